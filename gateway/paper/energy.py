"""What it used and cost: on paper."""

from collections.abc import Mapping, Sequence
from typing import Any

from reportlab.platypus import Flowable

from gateway.paper import charts, sheet, words
from gateway.paper.facts import Facts

_COLUMNS = (
    ("Machine", 3.4, False),
    ("Type", 2.4, False),
    ("Energy", 1.8, True),
    ("Cost", 1.7, True),
    ("CO₂", 1.7, True),
    ("Share", 1.1, True),
    ("Measured", 2.6, True),
)


def section(facts: Facts) -> list[Flowable]:
    energy = facts.report["energy"]
    return [
        sheet.section("What it used and cost"),
        sheet.cards(_figures(facts, energy)),
        sheet.small(_against(facts, energy)),
        *_chart(facts, energy["buckets"]),
        *_machines(facts, energy),
        sheet.small(_factors(facts, energy["factors"])),
    ]


def _figures(facts: Facts, energy: Mapping[str, Any]) -> list[tuple[str, str, list[str]]]:
    totals, power = energy["totals"], energy["power"]
    measured = f"measured {words.percent(totals['coverage'])}"
    there = [each["device"] for each in facts.there]
    told = [each for each in there if each not in energy["untold"]]
    of = f"of {len(told)} of {len(there)} machines" if len(told) < len(there) else ""
    values = (
        ("Energy", words.amount(totals["energy_wh"], "Wh"), "energy_wh"),
        ("Cost", words.money(totals["cost"], facts.currency), "cost"),
        ("CO₂ equivalent", words.amount(totals["co2_g"], "g"), "co2_g"),
    )
    found = [
        (name, value, [measured, of, words.change(energy["change"][measure]) or ""])
        for name, value, measure in values
    ]
    return [*found, _load(facts, power, "peak", "Peak"), _load(facts, power, "base", "Base load")]


def _load(
    facts: Facts, power: Mapping[str, Any], name: str, title: str
) -> tuple[str, str, list[str]]:
    load = power[name]
    if load is None:
        return title, words.DASH, [power["reason"] or ""]
    counted = load.get("quarters", power["quarters"])
    quarters = f"of {counted} of {words.count(power['of'], 'quarter hour')}"
    value = words.amount(load["w"], "W")
    told = f"at least {value}" if load["is_least"] else value
    return title, told, [facts.times.minute(load["time_ms"]), quarters]


def _against(facts: Facts, energy: Mapping[str, Any]) -> str:
    before = energy["before"]
    ends = f"{facts.times.minute(before['from_ms'])} to {facts.times.minute(before['to_ms'])}"
    used = words.amount(before["energy_wh"], "Wh")
    told = f"The period before ({ends}): {used}, measured {words.percent(before['coverage'])}."
    if before["coverage"] is None:
        told = f"The period before ({ends}): no machine counted."
    reason, came = energy["change"]["reason"], energy["change"]["came"]
    if reason:
        return told if before["coverage"] is None else f"{told} No comparison: {reason}."
    if came:
        told += f" Not there all of that time: {words.listing(facts.all_called(came))}."
    return told


def _chart(facts: Facts, buckets: Mapping[str, Any]) -> list[Flowable]:
    kind = buckets["bucket"]
    values = buckets["energy_wh"]
    if not any(values):
        known = "known of this period then" if facts.as_of else "measured in this period"
        return [sheet.body(f"Nothing that tells energy was {known}.")]
    labels = [facts.times.bucket(kind, ms) for ms in buckets["time_ms"]]
    thin = [facts.is_thin(share) for share in buckets["coverage"]]
    by, unit = words.scale(max(value or 0.0 for value in values), "Wh")
    scaled = [None if value is None else value / by for value in values]
    note = "Paler: less than 95 % of it was measured. No bar: nothing was, or nothing was used."
    return [
        sheet.table_name(f"Energy by {kind}, {unit}"),
        charts.columns(scaled, labels, thin),
        sheet.small(note if any(thin) else ""),
    ]


def _machines(facts: Facts, energy: Mapping[str, Any]) -> list[Flowable]:
    lines = sorted(facts.machines, key=lambda each: -(each["energy_wh"] or -1.0))
    if not lines:
        return []
    rows = [_row(facts, each, energy) for each in lines[: sheet.MOST_ROWS]]
    found: list[Flowable] = [sheet.table_name("By machine"), sheet.table(_COLUMNS, rows)]
    if len(lines) > len(rows):
        more = words.count(len(lines) - len(rows), "more machine")
        found.append(sheet.small(f"And {more}, in the totals: the report as JSON lists all."))
    if energy["untold"]:
        found.append(sheet.small(_without_energy(facts, energy["untold"])))
    return found


def _without_energy(facts: Facts, untold: Sequence[str]) -> str:
    """Of whom nothing tells it, and that others may have none as they were not measured."""
    of = words.listing(facts.all_called(untold))
    told = f"{words.DASH}: of {of} nothing tells how much is drawn"
    others = (each for each in facts.there if each["device"] not in untold)
    if any(each["energy_wh"] is None for each in others):
        told += "; of others nothing was measured"
    return f"{told}."


def _row(facts: Facts, line: Mapping[str, Any], energy: Mapping[str, Any]) -> list[Any]:
    whole, used = energy["totals"]["energy_wh"], line["energy_wh"]
    share = used / whole if whole and used is not None else None
    return [
        facts.called(line["device"]),
        line["title"],
        words.amount(used, "Wh"),
        words.money(line["cost"], facts.currency),
        words.amount(line["co2_g"], "g"),
        words.percent(share),
        (words.percent(line["coverage"]), _holes(facts, line, energy["buckets"])),
    ]


def _holes(facts: Facts, line: Mapping[str, Any], buckets: Mapping[str, Any]) -> str:
    if line["device"] in facts.not_there:
        return "not there yet"
    if line["coverage"] is None:
        return "in commissioning" if buckets["time_ms"] else ""
    found = facts.times.holes(buckets["bucket"], buckets, line["by_bucket"], facts.holed_below)
    return ", ".join(filter(None, (facts.since_when(line), found)))


def _factors(facts: Facts, factors: Mapping[str, Any]) -> str:
    price, co2 = factors["price_per_kwh"], factors["co2_kg_per_kwh"]
    told = (
        f"A kWh costs {price:.4g} {facts.currency} and emits {co2:.4g} kg CO₂e. {factors['source']}"
    )
    is_one = len(factors["versions"]) == 1 and not factors["price"]["bands"]
    return told if is_one else f"{told} Each kWh is at the values of its own time."
