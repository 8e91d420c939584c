"""Texts, cards and tables as they stand on paper."""

from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer, Table, TableStyle

from gateway.paper.fonts import BOLD, SANS, shown

WIDTH: Final = 174 * mm  # A4 between its margins
MOST_ROWS: Final = 200
INK: Final = colors.HexColor("#16202c")
MUTED: Final = colors.HexColor("#5b6775")
LINE: Final = colors.HexColor("#d5dbe2")
ACCENT: Final = colors.HexColor("#0b6fae")
PALE: Final = colors.HexColor("#a9cbe2")
DOUBT: Final = colors.HexColor("#9a5b00")

_BODY: Final = ParagraphStyle(
    "body", fontName=SANS, fontSize=8.5, leading=12, textColor=INK, spaceBefore=2
)
_SMALL: Final = ParagraphStyle("small", _BODY, fontSize=7, leading=9.2, textColor=MUTED)
_NOTE: Final = ParagraphStyle("note", _SMALL, spaceBefore=3)
_CELL: Final = ParagraphStyle("cell", _BODY, fontSize=7.6, leading=9.8)
_RIGHT: Final = ParagraphStyle("right", _CELL, alignment=TA_RIGHT)
_HEAD: Final = ParagraphStyle("head", _CELL, textColor=MUTED)
_HEAD_RIGHT: Final = ParagraphStyle("head-right", _HEAD, alignment=TA_RIGHT)
_TITLE: Final = ParagraphStyle("title", _BODY, fontName=BOLD, fontSize=18, leading=23)
_SECTION: Final = ParagraphStyle(
    "section", _BODY, fontName=BOLD, fontSize=12, leading=16, spaceBefore=12, spaceAfter=5,
    keepWithNext=1,
)  # fmt: skip
_TABLE_NAME: Final = ParagraphStyle(
    "table-name", _BODY, fontName=BOLD, spaceBefore=8, spaceAfter=2, keepWithNext=1
)
_FIGURE: Final = ParagraphStyle("figure", _BODY, fontName=BOLD, fontSize=13, leading=17)


def text_of(text: str) -> str:
    """As reportlab's markup has it: what people have written is no markup."""
    return escape(shown(text))


def title(text: str) -> Flowable:
    return Paragraph(text_of(text), _TITLE)


def section(text: str) -> Flowable:
    return Paragraph(text_of(text), _SECTION)


def table_name(text: str) -> Flowable:
    return Paragraph(text_of(text), _TABLE_NAME)


def body(text: str) -> Flowable:
    return Paragraph(text_of(text), _BODY)


def small(text: str) -> Flowable:
    return Paragraph(text_of(text), _NOTE)


def gap(height_mm: float) -> Flowable:
    return Spacer(1, height_mm * mm)


def cards(figures: Sequence[tuple[str, str, Sequence[str]]]) -> Flowable:
    """Title, value and notes of each, beside each other."""
    cells = [
        [
            Paragraph(text_of(name), _SMALL),
            Paragraph(text_of(value), _FIGURE),
            *(Paragraph(text_of(note), _SMALL) for note in notes if note),
        ]
        for name, value, notes in figures
    ]
    style = TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBEFORE", (1, 0), (-1, -1), 0.5, LINE),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return Table([cells], colWidths=[WIDTH / len(cells)] * len(cells), style=style)


def table(columns: Sequence[tuple[str, float, bool]], rows: Sequence[Sequence[Any]]) -> Flowable:
    """Head, width in shares, and whether it is of numbers, of each column; the head on each page.

    A cell is a text, or a text and a small one below it.
    """
    head = [
        Paragraph(text_of(name), _HEAD_RIGHT if is_number else _HEAD)
        for name, _, is_number in columns
    ]
    lines = [
        [_cell(cell, is_number) for cell, (_, _, is_number) in zip(row, columns, strict=True)]
        for row in rows
    ]
    whole = sum(share for _, share, _ in columns)
    style = TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
            ("TOPPADDING", (0, 0), (-1, -1), 2.2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    widths = [WIDTH * share / whole for _, share, _ in columns]
    return Table([head, *lines], colWidths=widths, repeatRows=1, style=style)


def _cell(cell: str | tuple[str, str], is_number: bool) -> list[Flowable]:  # noqa: FBT001
    main, note = (cell, "") if isinstance(cell, str) else cell
    style = _RIGHT if is_number else _CELL
    found: list[Flowable] = [Paragraph(text_of(main), style)]
    if note:
        below = ParagraphStyle("below", _SMALL, alignment=style.alignment, textColor=DOUBT)
        found.append(Paragraph(text_of(note), below))
    return found
