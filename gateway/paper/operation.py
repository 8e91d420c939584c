"""How well it ran, and how good the data is: on paper."""

from collections.abc import Mapping
from typing import Any, Final

from reportlab.platypus import Flowable

from gateway.paper import charts, sheet, words
from gateway.paper.facts import Facts

_MOST_BARS: Final = 25
_ROLES: Final = {
    "oee": "OEE",
    "availability": "Availability",
    "performance": "Performance",
    "quality": "Quality",
    "utilisation": "Utilisation",
}
_WIDTHS: Final = (3.6, 2.2, 2.0, 2.0, 2.0, 2.0)


def section(facts: Facts) -> list[Flowable]:
    operation = facts.report["operation"]
    machines, types = operation["machines"], operation["types"]
    found = [sheet.section("How well it ran")]
    if not machines:
        found.append(sheet.body("No machine here has OEE, availability or use among its figures."))
        return found
    bars = [
        (facts.called(each["device"]), each["figures"]["oee"]["value"])
        for each in machines
        if each["figures"].get("oee", {}).get("value") is not None
    ][:_MOST_BARS]
    if bars:
        found += [sheet.table_name("OEE"), charts.rows(bars)]
    lines = [_row(f"All: {each['title']}", each["figures"]) for each in types]
    lines += [_row(facts.called(each["device"]), each["figures"]) for each in machines]
    heads = ("Machine", *_ROLES.values())
    columns = [
        (head, width, at > 0) for at, (head, width) in enumerate(zip(heads, _WIDTHS, strict=True))
    ]
    found += [sheet.gap(2), sheet.table(columns, lines[: sheet.MOST_ROWS])]
    if len(lines) > sheet.MOST_ROWS:
        more = f"{len(lines) - sheet.MOST_ROWS:,} more: the report as JSON lists all."
        found.append(sheet.small(f"And {more}"))
    if operation["without"]:
        who = words.listing(facts.all_called(operation["without"]), 20)
        found.append(sheet.small(f"Without OEE, as their types have none: {who}."))
    return found


def _row(name: str, figures: Mapping[str, Any]) -> list[Any]:
    return [name, *(_cell(figures.get(role)) for role in _ROLES)]


def _cell(figure: Mapping[str, Any] | None) -> tuple[str, str]:
    """A value with how much of it was measured where that is not all; or why there is none."""
    if figure is None:
        return words.DASH, ""
    if figure["value"] is None:
        return words.DASH, figure["reason"] or ""
    thin = figure["coverage"] < 0.9995  # noqa: PLR2004 - what reads as 100 %
    note = f"measured {words.percent(figure['coverage'])}" if thin else ""
    return f"{figure['value']:.1f} {figure['unit']}", note


def doubts(facts: Facts) -> list[Flowable]:
    found = facts.report["doubts"]
    return [
        sheet.section("How good the data is"),
        sheet.body(facts.measured()),
        *_refused(facts, found),
        *_clocks(facts, found["clocks"]),
    ]


def _refused(facts: Facts, found: Mapping[str, Any]) -> list[Flowable]:
    if found["refused"] is None:
        return [sheet.body(found["reason"])]
    rows = [
        [facts.called(each["device"]), words.title_of(each["reason"]), f"{each['count']:,}"]
        for each in found["refused"][: sheet.MOST_ROWS]
    ]
    since = ""
    if found["kept_from_ms"] is not None:
        since = f" What was refused before {facts.times.minute(found['kept_from_ms'])} is not kept."
    if not rows:
        return [sheet.body(f"Nothing that was received in this time was refused.{since}")]
    columns = (("Machine", 4, False), ("Refused, as it was", 4, False), ("In quarantine", 2, True))
    note = f"Counted is what quarantine keeps: of what comes in masses it keeps some.{since}"
    return [sheet.table_name("What was refused"), sheet.table(columns, rows), sheet.small(note)]


def _clocks(facts: Facts, clocks: list[Mapping[str, Any]]) -> list[Flowable]:
    if not clocks:
        return [sheet.body("No board's clock was off so far that an alarm said so.")]
    told = [
        f"{facts.called(each['device'])} ({words.count(each['times'], 'time')},"
        f" {words.duration(each['off_ms'])})"
        for each in clocks
    ]
    return [sheet.body(f"Clocks that were off: {words.listing(told, 12)}.")]
