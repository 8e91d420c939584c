"""What a person reads of an alarm."""

import pytest

from contract.site_time import SiteTime
from gateway import build
from gateway.sinks.people.message import compose, span
from gateway.sinks.people.routing import Machine, Occasion
from tests.gateway.sinks.people.test_routing import at, occasion

BERLIN = SiteTime("Europe/Berlin")
BEGAN_MS = at("2026-11-29 14:02:07", BERLIN)


def said(*occasions: Occasion) -> tuple[str, str]:
    return compose(
        occasions,
        machine=lambda device: Machine("Extractor", "hall 2") if device == "fan-01" else Machine(),
        title=build.title,
        advice=build.advice,
        site=BERLIN,
    )


def test_a_message_says_which_machine_where_what_how_bad_since_when_and_what_to_do() -> None:
    title, body = said(occasion(raised_ms=BEGAN_MS, text="Overcurrent Fault (92 % sure)"))
    assert title == "High: Extractor (fan-01): Overcurrent Fault"
    assert body.splitlines()[:3] == [
        "Extractor (fan-01), hall 2",
        "High: Overcurrent Fault (92 % sure)",
        "since Sun 29 Nov 2026 14:02:07 (Europe/Berlin)",
    ]
    assert body.splitlines()[3].startswith("What to do: ")


def test_the_end_of_an_alarm_says_how_long_it_stood() -> None:
    over = occasion(change="cleared", raised_ms=BEGAN_MS, time_ms=BEGAN_MS + 12 * 60_000)
    title, body = said(occasion(raised_ms=BEGAN_MS), over)
    assert title == "Over: Extractor (fan-01): Overcurrent Fault"
    assert "over after 12 min, began Sun 29 Nov 2026 14:02:07" in body
    assert body.count("Hot.") == 1


def test_what_else_was_found_of_the_same_cause_is_told_while_it_stands() -> None:
    found = ("High: Current 2.9 A is above 2.2 A.",)
    _, body = said(occasion(raised_ms=BEGAN_MS, evidence=found))
    assert "Also found: High: Current 2.9 A is above 2.2 A." in body.splitlines()
    _, over = said(occasion(change="cleared", raised_ms=BEGAN_MS, evidence=found))
    assert "Also found" not in over


def test_several_alarms_are_one_message_the_worst_that_stands_first() -> None:
    title, body = said(
        occasion(alarm=1, change="cleared", severity="Critical", text="Gone."),
        occasion(alarm=2, severity="Low", device="pump-7", text="Slow."),
        occasion(alarm=3, severity="High", text="Hot."),
    )
    assert title == "High: Extractor (fan-01): Overcurrent Fault (and 2 more)"
    assert [body.index(text) for text in ("Hot.", "Slow.", "Gone.")] == sorted(
        body.index(text) for text in ("Hot.", "Slow.", "Gone.")
    )


def test_who_has_acknowledged_it_by_the_time_it_is_told_is_named() -> None:
    _, body = said(occasion(raised_ms=BEGAN_MS, heeded_by="Anna"))
    assert "acknowledged by Anna meanwhile" in body.splitlines()
    _, over = said(occasion(change="cleared", raised_ms=BEGAN_MS, heeded_by="Anna"))
    assert "meanwhile" not in over


def test_what_is_to_be_done_is_said_once() -> None:
    advice = build.advice(occasion())
    _, body = said(occasion(text=f"Overcurrent Fault (92 % sure): {advice}"))
    assert advice
    assert body.count(advice) == 1


@pytest.mark.parametrize(
    ("changed", "begins"),
    [
        ({"change": "acknowledged", "by": "Sam"}, "Acknowledged by Sam: "),
        ({"change": "unacknowledged", "by": "Sam"}, "Acknowledgement taken back: "),
        ({"change": "regraded"}, "Graver, High: "),
        ({"change": "reopened"}, "Back, High: "),
        ({"change": "unshelved"}, "Off the shelf, High: "),
        ({"change": "cleared"}, "Over: "),
        ({"change": "cleared", "over": "The machine was retired by Sam."}, "Closed: "),
    ],
)
def test_the_subject_says_first_what_has_happened(changed: dict[str, str], begins: str) -> None:
    assert said(occasion(**changed))[0] == f"{begins}Extractor (fan-01): Overcurrent Fault"


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("temperature_high", "Temperature high"), ("fault_unknown", "Unknown"),
        ("rejected_readings", "Rejected readings"),
    ],
)  # fmt: skip
def test_the_subject_is_short(name: str, called: str) -> None:
    assert said(occasion(name=name))[0] == f"High: Extractor (fan-01): {called}"


def test_one_that_got_graver_says_since_when_and_whose_word_counts_no_more() -> None:
    _, body = said(occasion(change="regraded", raised_ms=BEGAN_MS, time_ms=BEGAN_MS, by="Sam"))
    assert "and graver since Sun 29 Nov 2026 14:02:07" in body
    assert "Sam's word was of what it was before: it asks for somebody anew" in body


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [
        (-5, "0 s"), (59_999, "59 s"), (720_000, "12 min"), (5_430_000, "1 h 30 min"),
        (90_000_000, "1 d 1 h"),
    ],
)  # fmt: skip
def test_how_long_is_said_as_a_person_says_it(duration_ms: int, text: str) -> None:
    assert span(duration_ms) == text
