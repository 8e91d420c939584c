"""What a person says of a file."""

import json
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from gateway.importing.columns import Asked
from gateway.importing.ordering import Filling


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a person says of a file; empty and None where it is found out."""

    zone: ZoneInfo
    asked: Asked
    time_column: str = ""
    time_format: str = ""
    period_ms: float | None = None
    from_ms: int | None = None
    gaps: Filling = field(default_factory=Filling)
    keep_flat: bool = False
    split: str = ""
    comma: bool | None = None  # whether decimals stand behind one

    def identity(self) -> str:
        """Another whenever rows would come out otherwise."""
        said = (
            str(self.zone), sorted(self.asked.channels.items()), sorted(self.asked.units.items()),
            self.time_column, self.time_format, self.period_ms, self.from_ms, self.gaps,
            self.keep_flat, self.split,
        )  # fmt: skip
        return json.dumps(said if self.comma is None else (*said, self.comma))
