"""The font that is put into each PDF, and what of a text it can show."""

import importlib.util
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

SANS: Final = "DejaVuSans"
BOLD: Final = "DejaVuSans-Bold"
_UNKNOWN: Final = "\ufffd"
_FROM_THE_RIGHT: Final = {"R", "AL", "AN"}  # letters that stand in another order, and join


@cache
def register() -> None:
    """Make both known to reportlab; it embeds the glyphs that are used."""
    for name in (SANS, BOLD):
        pdfmetrics.registerFont(_font(name))
    pdfmetrics.registerFontFamily(SANS, normal=SANS, bold=BOLD, italic=SANS, boldItalic=BOLD)


@cache
def _font(name: str) -> TTFont:
    return TTFont(name, str(_folder() / f"{name}.ttf"))


def can_show(text: str) -> bool:
    """Whether a reader would find every letter, in its place."""
    return all(map(_is_shown, unicodedata.normalize("NFC", text)))


def shown(text: str) -> str:
    """With a mark in place of each letter that cannot be."""
    letters = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(each if _is_shown(each) else _UNKNOWN for each in letters)


def _is_shown(letter: str) -> bool:
    glyphs = _font(SANS).face.charToGlyph
    return ord(letter) in glyphs and unicodedata.bidirectional(letter) not in _FROM_THE_RIGHT


def _folder() -> Path:
    """Matplotlib brings the font along, under its own free licence."""
    found = importlib.util.find_spec("matplotlib")
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"
