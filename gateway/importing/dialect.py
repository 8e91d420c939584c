"""The first lines of a file in; what parts its cells, and where its rows begin, out. Pure."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from contract.errors import Refused
from gateway.importing.cells import has_decimal_comma, is_missing, is_unclear, number

COMMENT: Final = "#"
_SEPARATORS: Final = ("\t", ";", "|", ",")
_BLANKS: Final = " "
_MOST_ROWS: Final = 50
_ALIKE: Final = 0.9  # of the rows have as many cells
# What begins tables whose rows may be of several lengths.
_HEADS: Final = (
    frozenset({"timestamp", "measurement"}),
    frozenset({"_time", "_field", "_value"}),
)
_LETTER: Final = re.compile(r"[^\W\d_]")
_TIME: Final = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([T ].*)?|\d{1,2}:\d{2}(:\d{2}.*)?")


class Dialect(NamedTuple):
    """Attributes.

    names: the columns; c1, c2 … where the file has no header.
    units: by column; empty where nothing is said.
    first: how many rows stand before the first with values, comments and empty lines aside.
    is_unclear: commas may be decimal, or part thousands.
    """

    separator: str
    comma: bool
    names: list[str]
    units: list[str]
    first: int
    is_unclear: bool


def rows_of(lines: Iterable[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """(number of the line, cells) of each row: no comments, no empty lines.

    Raises:
        Refused: a cell has no end.
    """
    reader = csv.reader(
        lines, delimiter=separator, skipinitialspace=separator == _BLANKS, strict=False
    )
    try:
        for cells in reader:
            if not cells or cells[0].startswith(COMMENT):
                continue
            if separator == _BLANKS and not cells[-1]:
                cells.pop()
            yield reader.line_num, cells
    except csv.Error as error:
        raise Refused(
            f"Line {reader.line_num} cannot be parted into cells ({error}): is there a quotation"
            " mark before it that nothing closes?"
        ) from error


def found(head: Sequence[str], *, name: str) -> Dialect:
    """The dialect of a file that begins so; ``name`` is for the sentence.

    Raises:
        Refused: it is no table.
    """
    separator = _separator(head)
    if separator is None:
        raise Refused(
            f"{name} is no table: its rows have not the same number of cells, whether they are"
            " parted by tabs, semicolons, bars, commas or blanks."
        )
    rows = [cells for _, cells in rows_of(head, separator)]
    width = len(rows[0]) if _is_head(rows[0]) else Counter(map(len, rows)).most_common(1)[0][0]
    before = next(at for at, cells in enumerate(rows) if len(cells) == width)
    rows = rows[before:]
    texts = [cell for cells in rows for cell in cells]
    comma = has_decimal_comma(texts)
    names, units, first = _head(rows, width, comma=comma)
    return Dialect(separator, comma, names, units, before + first, is_unclear(texts))


def _separator(head: Sequence[str]) -> str | None:
    for separator in (*_SEPARATORS, _BLANKS):
        if _is_head(_first(head, separator)):
            return separator
        widths = _widths(head[: 4 * _MOST_ROWS], separator)
        width, times = Counter(widths).most_common(1)[0] if widths else (0, 0)
        if width > 1 and times >= _ALIKE * len(widths):
            return separator
        tail = widths[len(widths) // 2 :]  # a few lines of words before the table
        if width > 1 and len(widths) > 4 and set(tail) == {width}:  # noqa: PLR2004
            return separator
    return None


def _is_head(cells: Sequence[str]) -> bool:
    return any(each <= set(cells) for each in _HEADS)


def _first(head: Sequence[str], separator: str) -> list[str]:
    try:
        return next((cells for _, cells in rows_of(head, separator)), [])
    except Refused:  # a long line without it
        return []


def _widths(head: Sequence[str], separator: str) -> list[int]:
    try:
        return [len(cells) for _, cells in rows_of(head, separator)]
    except Refused:  # a long line without it
        return []


def _head(
    rows: Sequence[Sequence[str]], width: int, *, comma: bool
) -> tuple[list[str], list[str], int]:
    if not _is_words(rows[0], comma=comma):
        return [f"c{at + 1}" for at in range(width)], [""] * width, 0
    names = [cell.strip() for cell in rows[0]]
    if len(rows) > 2 and _is_units(rows[1], rows[2], comma=comma):  # noqa: PLR2004
        return names, [cell.strip().strip("[]()") for cell in rows[1]], 2
    return names, [""] * width, 1


def _is_words(cells: Sequence[str], *, comma: bool) -> bool:
    return any(_LETTER.search(cell) for cell in cells) and not any(
        _is_value(cell, comma=comma) for cell in cells
    )


def _is_units(cells: Sequence[str], after: Sequence[str], *, comma: bool) -> bool:
    """Words that stand above numbers."""
    if any(_is_value(cell, comma=comma) for cell in cells) or not any(c.strip() for c in cells):
        return False
    pairs = zip(cells, after, strict=False)
    above = [cell for cell, below in pairs if number(below, comma=comma) is not None]
    said = [cell for cell in above if not is_missing(cell)]
    return bool(said) and all(len(cell.strip()) <= 12 for cell in said)  # noqa: PLR2004


def _is_value(cell: str, *, comma: bool) -> bool:
    text = cell.strip()
    return number(text, comma=comma) is not None or _TIME.fullmatch(text) is not None
