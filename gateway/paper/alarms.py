"""What went wrong: on paper."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from reportlab.platypus import Flowable

from gateway.paper import sheet, words
from gateway.paper.facts import Facts

_MOST: Final = 15
_KINDS: Final = {"limit": "of limits", "fault": "of faults", "system": "of the system"}
_SUMS: Final = (
    ("Alarms", 1.3, True),
    ("Lasted", 1.7, True),
    ("Until seen", 1.7, True),
    ("Until over", 1.7, True),
    ("Open", 1.0, True),
    ("Right", 1.4, True),
)
_LONGEST: Final = (
    ("Alarm", 5.6, False),
    ("Machine", 2.6, False),
    ("Severity", 1.5, False),
    ("Raised", 2.7, False),
    ("Lasted", 1.8, True),
)


def section(facts: Facts) -> list[Flowable]:
    alarms = facts.report["alarms"]
    found = [sheet.section("What went wrong"), sheet.cards(_figures(alarms))]
    if alarms["total"]["count"]:
        found += [
            sheet.table_name("By alarm"),
            *_sums("Alarm", alarms["by_name"], lambda each: words.title_of(each["name"])),
            sheet.table_name("By machine"),
            *_sums("Machine", alarms["by_device"], lambda each: facts.called(each["device"])),
            sheet.small(
                "Lasted: those that are over, together. Until seen, until over: means of those"
                " that were acknowledged, and cleared. Right: of those that people judged, the"
                " share that was about something."
            ),
        ]
    if alarms["note"]:
        found.append(sheet.small(alarms["note"]))
    if alarms["longest"]:
        found += [
            sheet.table_name("The longest that stood in this time"),
            sheet.table(_LONGEST, [_longest(facts, each) for each in alarms["longest"]]),
        ]
    return found


def _figures(alarms: Mapping[str, Any]) -> list[tuple[str, str, list[str]]]:
    total = alarms["total"]
    again = f"came {total['times']:,} times" if total["times"] > total["count"] else ""
    kinds = [f"{each['count']} {_KINDS[each['kind']]}" for each in alarms["by_kind"]]
    severities = [f"{each['count']} {each['severity'].lower()}" for each in alarms["by_severity"]]
    still = f"{total['open']} still open" if total["open"] else ""
    kept = f"{total['suppressed']} in maintenance" if total["suppressed"] else ""
    return [
        ("Alarms raised", f"{total['count']:,}", [again, ", ".join(kinds), still, kept]),
        ("By severity", severities[0] if severities else "none", severities[1:]),
        ("Until seen, mean", *_mean(total["mtta"])),
        ("Until over, mean", *_mean(total["mttr"])),
        ("Right", *_right(total["precision"])),
    ]


def _mean(mean: Mapping[str, Any]) -> tuple[str, list[str]]:
    if mean["value_ms"] is None:
        return words.DASH, [mean["reason"]]
    return words.duration(mean["value_ms"]), [f"of {words.count(mean['of'], 'alarm')}"]


def _right(precision: Mapping[str, Any]) -> tuple[str, list[str]]:
    if precision["value"] is None:
        return words.DASH, [precision["reason"]]
    return words.percent(precision["value"]), [f"of {precision['of']} that people judged"]


def _sums(head: str, groups: Sequence[Mapping[str, Any]], named: Any) -> list[Flowable]:
    rows = [
        [
            named(each),
            f"{each['count']:,}",
            words.duration(each["duration_ms"]) if each["count"] > each["open"] else words.DASH,
            words.duration(each["mtta"]["value_ms"]),
            words.duration(each["mttr"]["value_ms"]),
            f"{each['open']:,}",
            words.percent(each["precision"]["value"]),
        ]
        for each in groups[:_MOST]
    ]
    more = len(groups) - len(rows)
    rest = [sheet.small(f"And {more:,} more, in the figures above.")] if more else []
    return [sheet.table(((head, 4.0, False), *_SUMS), rows), *rest]


def _longest(facts: Facts, alarm: Mapping[str, Any]) -> list[str]:
    ended_ms = alarm["cleared_ms"] or facts.known_ms
    lasted = words.duration(ended_ms - alarm["raised_ms"])
    return [
        alarm["text"],
        facts.called(alarm["device"]),
        alarm["severity"],
        facts.times.minute(alarm["raised_ms"]),
        lasted if alarm["cleared_ms"] else f"{lasted}, still open",
    ]
