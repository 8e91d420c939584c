"""Values in, simple charts on paper out."""

import math
from collections.abc import Sequence
from typing import Final, Literal

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.units import mm

from gateway.paper.fonts import SANS, shown
from gateway.paper.sheet import ACCENT, INK, LINE, MUTED, PALE, WIDTH

_HEIGHT: Final = 44 * mm
_LEFT: Final = 14 * mm
_BELOW: Final = 6 * mm
_TICKS: Final = 4
_MOST_LABELS: Final = 12
_FONT: Final = 6.5
_ROW: Final = 5.2 * mm
_NAMES: Final = 44 * mm
Anchor = Literal["start", "middle", "end"]
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


def columns(values: Sequence[float | None], labels: Sequence[str], thin: Sequence[bool]) -> Drawing:
    """A bar for each value; paler where ``thin``, and none where nobody can tell."""
    drawing = Drawing(WIDTH, _HEIGHT)
    top = _nice(max([value for value in values if value is not None], default=0.0))
    height, width = _HEIGHT - _BELOW - 3 * mm, WIDTH - _LEFT
    for at in range(_TICKS + 1):
        y = _BELOW + height * at / _TICKS
        drawing.add(Line(_LEFT, y, WIDTH, y, strokeColor=LINE, strokeWidth=0.4))
        drawing.add(_text(f"{top * at / _TICKS:,.4g}", _LEFT - 4, y - 2, "end"))
    step = width / max(1, len(values))
    every = math.ceil(len(labels) / _MOST_LABELS)
    for at, (value, label, is_thin) in enumerate(zip(values, labels, thin, strict=True)):
        x = _LEFT + step * at
        if value is not None:
            colour, tall = PALE if is_thin else ACCENT, height * value / top
            bar = Rect(x + step * 0.14, _BELOW, step * 0.72, tall)
            bar.fillColor, bar.strokeColor = colour, None
            drawing.add(bar)
        if at % every == 0:
            drawing.add(_text(label, x + step / 2, _BELOW - 9, "middle"))
    return drawing


def rows(bars: Sequence[tuple[str, float]], most: float = 100.0) -> Drawing:
    """A name and a bar in per cent each."""
    drawing = Drawing(WIDTH, _ROW * len(bars) + 2 * mm)
    width = WIDTH - _NAMES - 16 * mm
    for at, (name, value) in enumerate(bars):
        y = _ROW * (len(bars) - 1 - at) + 1 * mm
        drawing.add(_text(_cut(name), _NAMES - 5, y + 3, "end", size=7))
        for share, colour in ((most, LINE), (min(max(value, 0.0), most), ACCENT)):
            bar = Rect(_NAMES, y + 1, width * share / most, _ROW - 4)
            bar.fillColor, bar.strokeColor = colour, None
            drawing.add(bar)
        drawing.add(_text(f"{value:.1f} %", WIDTH, y + 3, "end", size=7))
    return drawing


def _cut(name: str, most: int = 30) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _text(text: str, x: float, y: float, anchor: Anchor, *, size: float = _FONT) -> String:
    found = String(x, y, shown(text))
    found.fontName, found.fontSize, found.textAnchor = SANS, size, anchor
    found.fillColor = INK if size > _FONT else MUTED
    return found


def _nice(most: float) -> float:
    """A round number that is no smaller, and can be cut in four."""
    if most <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(most / _TICKS))
    return next(_TICKS * unit * step for step in _STEPS if _TICKS * unit * step >= most)
