"""What parameters, bands and limits of one device were at a time, and until when.

Whoever keeps them says so.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from contract.assets.words import Channel

FOREVER_MS: Final = 2**62


class Dated(Protocol):
    """The parameters of one device, and its channels with bands and limits."""

    def now(self) -> Mapping[str, float]:
        """As they are."""
        ...

    def at(self, time_ms: int) -> Mapping[str, float]:
        """As they were at a time."""
        ...

    def ends_ms(self, time_ms: int) -> int:
        """Until when those of a time counted."""
        ...

    def channels_at(self, time_ms: int) -> tuple[Channel, ...] | None:
        """The channels as they were at a time; None: as the type has them."""
        ...

    def channels_now(self) -> tuple[Channel, ...] | None:
        """As they are."""
        ...

    def channels_end_ms(self, time_ms: int) -> int:
        """Until when those of a time counted."""
        ...


class Always:
    """The same at any time."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self._values = values

    def now(self) -> Mapping[str, float]:
        return self._values

    def at(self, time_ms: int) -> Mapping[str, float]:  # noqa: ARG002 - whatever the time
        return self._values

    def ends_ms(self, time_ms: int) -> int:  # noqa: ARG002
        return FOREVER_MS

    def channels_at(self, time_ms: int) -> tuple[Channel, ...] | None:  # noqa: ARG002
        return None

    def channels_now(self) -> tuple[Channel, ...] | None:
        return None

    def channels_end_ms(self, time_ms: int) -> int:  # noqa: ARG002
        return FOREVER_MS


AS_ITS_TYPE: Final = Always({})
