"""A CSV that the gateway has exported, with whatever options, in; its rows out."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from contract.assets import GENERIC
from contract.csv_labels import bare
from contract.errors import Refused
from gateway.importing.cells import number
from gateway.importing.dialect import rows_of
from gateway.importing.own import Content
from gateway.importing.tables import Row
from gateway.importing.texts import TextFile

_BEGINS: Final = re.compile(r"time_ms([,;])time\1board_time_ms\1device\1epoch\1seq\1")
_DEVICE: Final = 3
_FIRST: Final = 6  # in front of it stand our own
_NO_VALUES: Final = frozenset({"power_w", "truth", "diagnosis", "asset"})
_ASSET, _EVENT, _UNIT = "asset", "event", "ms"
_NOT_WHOLE, _LEFT_OUT = "# INCOMPLETE: ", "# LEFT OUT: "
_GUARD: Final = "'"  # stands before what a spreadsheet might take for a formula


def separator_of(head: Sequence[str]) -> str | None:
    """What parts the cells of one that we have exported; None: it is none."""
    found = _BEGINS.match(head[0]) if head else None
    return found[1] if found else None


class OwnText:
    """Read once to know what is in it, and again for the rows of each machine."""

    time = "time_ms"
    period: int | None = None

    def __init__(self, text: TextFile, separator: str) -> None:
        """Raises Refused: it has events, or is not whole."""
        self._text, self._separator = text, separator
        self.comma = separator == ";"
        self.notes: list[str] = []
        first, second = [*islice(self._cells(), 2), (0, []), (0, [])][:2]
        self._heads = 2 if second[1][:1] == [_UNIT] else 1
        labels = first[1]
        self.names = [bare(label) for label in labels]
        self.units = second[1] if self._heads > 1 else [_unit_of(label) for label in labels]
        if self.names[_FIRST] == _EVENT:
            raise Refused(f"{text.path.name} has what happened: only readings are imported.")
        self._values = [
            at for at, name in enumerate(self.names) if at >= _FIRST and name not in _NO_VALUES
        ]
        self.contents = self._looked_at()
        more = "s" if len(self.contents) > 1 else ""
        self.kind = f"our own CSV of {len(self.contents)} machine{more}"

    def rows_of(self, device: str) -> Iterator[Row]:
        for line, cells in islice(self._cells(), self._heads, None):
            if cells[_DEVICE] == device:
                yield line, [cell.removeprefix(_GUARD) for cell in cells]

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        return rows_of(self._lines(), self._separator)

    def _lines(self) -> Iterator[str]:
        """Without what an export says at its end."""
        for line in self._text.lines():
            if line.startswith(_NOT_WHOLE):
                said = line.removeprefix(_NOT_WHOLE).strip()
                raise Refused(f"{self._text.path.name} is not whole: {said} Export it again.")
            if not line.startswith(_LEFT_OUT):
                yield line
            elif (said := line.strip().removeprefix("# ")) not in self.notes:
                self.notes.append(said)

    # ------------------------------------------------------------ once through it

    def _looked_at(self) -> dict[str, Content]:
        seen: dict[str, _Seen] = {}
        width = len(self.names)
        for line, cells in islice(self._cells(), self._heads, None):
            if len(cells) != width:
                raise Refused(
                    f"{self._text.path.name} is not whole: line {line} has {len(cells)} cells, and"
                    f" its header {width}. Export it again."
                )
            device = cells[_DEVICE]
            if device not in seen:
                seen[device] = _Seen(self._asset(cells), self._values)
            seen[device].look(cells, comma=self.comma)
        return {device: each.content(self.names) for device, each in seen.items()}

    def _asset(self, cells: Sequence[str]) -> str:
        return cells[self.names.index(_ASSET)] if _ASSET in self.names else ""


class _Seen:
    """What the rows of one machine have shown."""

    def __init__(self, asset: str, values: Sequence[int]) -> None:
        self.asset = asset
        self._empty = set(values)
        self._numbers = set(values) if asset in ("", GENERIC) else set[int]()
        self._values = values

    def look(self, cells: Sequence[str], *, comma: bool) -> None:
        if self._empty:
            self._empty -= {at for at in self._empty if cells[at]}
        if self._numbers:
            self._numbers -= {
                at for at in self._numbers if cells[at] and number(cells[at], comma=comma) is None
            }

    def content(self, names: Sequence[str]) -> Content:
        channels = {at: names[at] for at in self._values if at not in self._empty}
        texts = frozenset(channels) - self._numbers
        return Content(asset=self.asset, channels=channels, texts=texts)


def _unit_of(label: str) -> str:
    return label[len(bare(label)) + 2 : -1] if bare(label) != label else ""
