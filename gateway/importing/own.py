"""Our own exports, and files of the archive, in; rows as they were, and whose they are, out.

Nothing of them is guessed: the file says its machines, their types, and where the time stands. No
row is taken for the repetition of another, no sensor dropped because it stood still, and a text is
what it was, whatever else it means elsewhere ("unknown", "none").
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

from contract.assets import GENERIC
from contract.assets.words import Asset
from gateway.importing.columns import Asked, Column
from gateway.importing.tables import Row
from gateway.importing.wishes import Wishes

PERIOD: Final = "(period_ms)"  # no channel: how often the machine measured then
MS: Final = "ms"


@dataclass(frozen=True)
class Content:
    """What a file has of one machine.

    Attributes:
        asset: the name of its type; empty where the file does not say.
        channels: what is called how, by place; what has no value is not among them.
        texts: the places of those that are no numbers.
    """

    asset: str
    channels: Mapping[int, str]
    texts: frozenset[int]


class OwnTable(Protocol):
    """A file that we wrote.

    Attributes:
        time: the column of the time, in Unix milliseconds.
        period: the place of what machines said of their period; None: it is not there.
        contents: by machine.
        notes: what the file says is not in it.
    """

    names: list[str]
    units: list[str]
    comma: bool
    kind: str
    time: str
    period: int | None
    contents: dict[str, Content]
    notes: list[str]

    def rows_of(self, device: str) -> Iterator[Row]:
        """Of one machine, in the order of the file."""


class OwnPart:
    """The rows of one machine: a table like any other, of which all is known."""

    def __init__(self, table: OwnTable, device: str) -> None:
        self._table, self._device = table, device
        self._content = table.contents[device]
        self.names, self.units, self.comma = table.names, table.units, table.comma
        self.is_unclear, self.separator = False, ";" if table.comma else ","
        self.aliases: Mapping[str, str] = {}
        self.device, self.notes = device, table.notes
        self.is_alone = len(table.contents) == 1
        self.asset = self._content.asset  # empty where the file does not say
        self.kind = f"{table.kind}; {device}"

    def rows(self) -> Iterator[Row]:
        return self._table.rows_of(self._device)

    def wishes(self, said: Wishes) -> Wishes:
        """What a person would have to say of another file."""
        channels = {self.names[at]: name for at, name in self._content.channels.items()}
        return replace(
            said,
            asked=Asked(channels={**channels, **said.asked.channels}, units=said.asked.units),
            time_column=self._table.time,
            time_format=MS,
            keep_flat=True,
        )

    @property
    def left(self) -> frozenset[int]:
        """The columns that are none of its values."""
        return frozenset(range(len(self.names))) - frozenset(self._content.channels)

    def texts(self, asset: Asset) -> frozenset[int] | None:
        """Which columns are no numbers, where its type does not say so."""
        return self._content.texts if asset.name == GENERIC else None

    @property
    def more(self) -> list[Column]:
        """What is read of each row besides."""
        at = self._table.period
        if at is None:
            return []
        column = Column(
            at=at, name=self.names[at], channel=PERIOD, unit=MS, is_number=True,
            may_stand_still=True,
        )  # fmt: skip
        return [column]
