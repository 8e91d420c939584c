"""All sections as pages of A4, each with its number, when it was made and how much was measured."""

import io
from collections.abc import Mapping
from typing import Any, Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from gateway.paper import alarms, energy, operation, sheet, words
from gateway.paper.facts import Facts
from gateway.paper.fonts import SANS, register, shown

_MARGIN: Final = 18 * mm
_FOOT: Final = 14 * mm


def pdf_of(report: Mapping[str, Any]) -> bytes:
    """``report`` is what ``GET /report`` answers."""
    register()
    facts, out = Facts(report), io.BytesIO()
    width, height = A4
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        title=shown(f"Report of {report['site']}, {facts.times.period(report['period'])}"),
        author="edgetwin",
        lang="en",
    )
    frame = Frame(
        _MARGIN, _MARGIN, width - 2 * _MARGIN, height - 2 * _MARGIN,
        leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip
    document.addPageTemplates([PageTemplate("page", [frame])])
    document.build(_story(facts), canvasmaker=_numbered(_foot(facts)))
    return out.getvalue()


def _story(facts: Facts) -> list[Flowable]:
    report = facts.report
    return [
        sheet.title(f"Report of {report['site']}"),
        sheet.table_name(facts.times.period(report["period"])),
        *([sheet.body(facts.known()), sheet.body(facts.since())] if facts.as_of else []),
        sheet.body(_who(facts)),
        sheet.body(facts.measured()),
        *energy.section(facts),
        *alarms.section(facts),
        *operation.section(facts),
        *operation.doubts(facts),
    ]


def _who(facts: Facts) -> str:
    """Which machines, and that the period goes on where it does."""
    period, asked = facts.report["period"], facts.report["filter"]
    parts = [f"{name} {asked[name]}" for name in ("asset", "place", "group", "tag") if asked[name]]
    if asked["devices"]:
        parts.append(words.listing(facts.all_called(asked["devices"]), 12))
    of = words.count(len(facts.machines), "machine")
    told = f"Of {of}: {', '.join(parts)}." if parts else f"Of all machines: {len(facts.machines)}."
    if period["is_over"] or facts.as_of:
        return told
    return f"{told} It is not over: so far, until {facts.times.minute(period['until_ms'])}."


def _foot(facts: Facts) -> str:
    made = facts.times.minute(facts.report["made_ms"])
    share = words.percent(facts.report["measured"]["coverage"])
    known = f" · as known at {facts.times.minute(facts.known_ms)}" if facts.as_of else ""
    return f"Made {made} ({facts.report['time_zone']}){known} · measured {share} of the time"


def _numbered(foot: str) -> type[Canvas]:
    """A canvas that knows how many pages there are before it writes the first one's number."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self._pages.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined] # how its own numbering is written

        def save(self) -> None:
            for number, page in enumerate(self._pages, start=1):
                self.__dict__.update(page)
                self._write_foot(f"{number} of {len(self._pages)}")
                super().showPage()
            super().save()

        def _write_foot(self, number: str) -> None:
            self.setFont(SANS, 7)
            self.setFillColor(sheet.MUTED)
            self.drawString(_MARGIN, _FOOT - 4, shown(foot))
            self.drawRightString(A4[0] - _MARGIN, _FOOT - 4, number)

    return Numbered
