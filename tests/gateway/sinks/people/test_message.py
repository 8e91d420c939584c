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
        advice=build.advice,
        site=BERLIN,
    )


def test_a_message_says_which_machine_where_what_how_bad_since_when_and_what_to_do() -> None:
    title, body = said(occasion(raised_ms=BEGAN_MS, text="Overcurrent Fault (92 % sure)"))
    assert title == "High: Extractor (fan-01): Overcurrent Fault (92 % sure)"
    assert body.splitlines()[:3] == [
        "Extractor (fan-01), hall 2",
        "High: Overcurrent Fault (92 % sure)",
        "since Sun 29 Nov 2026 14:02:07 (Europe/Berlin)",
    ]
    assert body.splitlines()[3].startswith("What to do: ")


def test_the_end_of_an_alarm_says_how_long_it_stood() -> None:
    over = occasion(change="cleared", raised_ms=BEGAN_MS, time_ms=BEGAN_MS + 12 * 60_000)
    title, body = said(occasion(raised_ms=BEGAN_MS), over)
    assert title == "Over: Extractor (fan-01): Hot."
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
    assert title == "High: Extractor (fan-01): Hot. (and 2 more)"
    assert [body.index(text) for text in ("Hot.", "Slow.", "Gone.")] == sorted(
        body.index(text) for text in ("Hot.", "Slow.", "Gone.")
    )


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [
        (-5, "0 s"), (59_999, "59 s"), (720_000, "12 min"), (5_430_000, "1 h 30 min"),
        (90_000_000, "1 d 1 h"),
    ],
)  # fmt: skip
def test_how_long_is_said_as_a_person_says_it(duration_ms: int, text: str) -> None:
    assert span(duration_ms) == text
