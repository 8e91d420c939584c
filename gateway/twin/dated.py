"""What the parameters of one device were at a time, and until when: whoever keeps them says so."""

from collections.abc import Mapping
from typing import Final, Protocol

FOREVER_MS: Final = 2**62


class Dated(Protocol):
    """The parameters of one device."""

    def now(self) -> Mapping[str, float]:
        """As they are."""
        ...

    def at(self, time_ms: int) -> Mapping[str, float]:
        """As they were at a time."""
        ...

    def ends_ms(self, time_ms: int) -> int:
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
