"""What was known at a time: the answer of then, whatever has become another since."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from gateway.journal.formers import IMPORTED, LATE, Why
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop, Written

HOUR_MS = 60 * MINUTE_MS
SPAN = f"from={NOON_MS - 2 * HOUR_MS}&to={NOON_MS - 2 * MINUTE_MS}"
QUESTIONS = [
    f"/devices/fan-01/kpis?{SPAN}&bucket=total&names=energy_wh,cost,running_h",
    f"/devices/fan-01/kpis?{SPAN}&bucket=minute&names=energy_wh",
    f"/devices/fan-01/kpis?{SPAN}&bucket=hour",
    f"/kpis?group=site&bucket=hour&{SPAN}",
    f"/kpis?group=tag&bucket=total&names=energy_wh&{SPAN}",
    f"/energy?bucket=hour&{SPAN}",
    f"/devices/fan-01/history?{SPAN}&points=20",
    f"/devices/fan-01/history?{SPAN}&points=1000&channels=temperature,energy_wh,cost",
    f"/history?devices=fan-01&channels=rpm&points=20&{SPAN}",
]


class Past:
    """An hour of a fan; one of its minutes changes at noon and ten, one comes to be known."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.device = workshop.add("fan-01")
        self._energy_j = 7_200.0
        workshop.run(self.device, from_ms=NOON_MS - HOUR_MS, to_ms=NOON_MS)

    def change(self, why: Why = LATE, *, start_ms: int = NOON_MS - HOUR_MS // 2) -> None:
        """As of ten minutes past noon, or of now if that is later."""
        now_ms = max(self.workshop.now_ms, NOON_MS + 10 * MINUTE_MS)
        minute = self.device.twin.open_minute()
        assert minute is not None
        self._energy_j += 3.6
        by_name = {"energy_j": self._energy_j, "program": ""}
        other = msgspec.structs.replace(minute, start_ms=start_ms, **by_name)
        with Written(self.workshop.journal):
            put = self.workshop.journal.put_minutes
            put([(self.device.id, other)], why=why, now_ms=now_ms)
        self.workshop.now_ms = now_ms + 10 * MINUTE_MS


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    with Workshop(tmp_path) as workshop:
        yield Past(workshop)


def asked(client: httpx.Client, question: str, at_ms: int | None = None) -> Any:
    answer = client.get(question if at_ms is None else f"{question}&as_of={at_ms}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def without_as_of(answer: dict[str, Any]) -> dict[str, Any]:
    parts = [part | {"as_of": None} for part in answer.get("devices", []) if "as_of" in part]
    rest = {key: value for key, value in answer.items() if key != "as_of"}
    return rest | {"devices": parts} if parts else rest


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_of_then_is_told_again(past: Past, serve: Serve, question: str) -> None:
    client = serve(past.workshop)
    before = asked(client, question)
    past.change()
    past.change(IMPORTED, start_ms=NOON_MS - HOUR_MS - 10 * MINUTE_MS)
    body = {"by": "Sam", "params": {"price_per_kwh": {"value": 9.9, "valid_from": 0}}}
    client.put("/params", json=body)
    past.workshop.now_ms += HOUR_MS
    now = asked(client, question)
    then = asked(client, question, at_ms=NOON_MS)
    assert without_as_of(then) == without_as_of(before)
    assert without_as_of(now) != without_as_of(before)
    said = then["as_of"]
    assert said["time_ms"] == NOON_MS
    assert (said["to_ms"], said["reason"]) == (NOON_MS - 2 * MINUTE_MS, None)


def test_nothing_is_told_of_minutes_that_had_not_ended(past: Past, serve: Serve) -> None:
    client = serve(past.workshop)
    past.workshop.now_ms += HOUR_MS
    at_ms = NOON_MS - HOUR_MS // 2 + 1
    answer = asked(client, f"/devices/fan-01/kpis?bucket=minute&from={NOON_MS - HOUR_MS}", at_ms)
    assert answer["end_ms"][-1] == answer["as_of"]["to_ms"] == at_ms - 1 - 2 * MINUTE_MS


def test_what_is_not_kept_is_not_guessed(past: Past, serve: Serve) -> None:
    client = serve(past.workshop)
    past.change()
    with Written(past.workshop.journal):
        past.workshop.journal.formers.raise_floor(NOON_MS + 1)
    answer = asked(client, QUESTIONS[0], at_ms=NOON_MS)
    assert answer["kpis"]["energy_wh"]["value"] == []
    assert answer["as_of"]["reason"] == "It is not kept so far back what was known."
    assert asked(client, QUESTIONS[0], at_ms=NOON_MS + 1)["kpis"]["energy_wh"]["value"] != []


def test_before_its_first_word_nothing_was_known_of_a_machine(past: Past, serve: Serve) -> None:
    client = serve(past.workshop)
    past.device.first_seen_ms, at_ms = NOON_MS, NOON_MS - 1
    figures = f"kpis?{SPAN}&bucket=total&names=energy_wh"
    answer = asked(client, f"/devices/fan-01/{figures}", at_ms=at_ms)
    assert answer["kpis"]["energy_wh"]["value"] == []
    assert answer["as_of"]["reason"] == "Nothing had been heard of it by then."
    past.workshop.add("fan-02").first_seen_ms = NOON_MS
    several = asked(client, f"/{figures}", at_ms=at_ms)
    assert several["as_of"]["reason"] == "Nothing had been heard of any machine by then."


def test_where_minutes_are_gone_nobody_can_tell_what_changed(past: Past, serve: Serve) -> None:
    client = serve(past.workshop)
    past.change()
    past.change(start_ms=NOON_MS)  # the newest stays in any case
    horizon_ms = NOON_MS - HOUR_MS // 4
    with Written(past.workshop.journal):
        prune = past.workshop.journal.prune_history
        prune(before_ms=0, minutes_ms=horizon_ms, alarms_ms=0, formers_ms=0)
    said = asked(client, QUESTIONS[2], at_ms=NOON_MS)["as_of"]
    assert said["from_ms"] == horizon_ms
    assert "minutes are no longer kept" in said["reason"]


def test_of_quarters_that_were_emptied_nobody_can_tell(past: Past, serve: Serve) -> None:
    """Their minutes were gone before somebody deleted what had been measured."""
    client = serve(past.workshop)
    past.change(Why("deleted", "Sam"), start_ms=NOON_MS - 2 * HOUR_MS)
    said = asked(client, QUESTIONS[2], at_ms=NOON_MS)["as_of"]
    assert said["from_ms"] == NOON_MS - 2 * HOUR_MS + HOUR_MS // 4
    assert "minutes are no longer kept" in said["reason"]


def test_the_future_is_refused(past: Past, serve: Serve) -> None:
    answer = serve(past.workshop).get(f"{QUESTIONS[0]}&as_of={NOON_MS + 1}")
    assert (answer.status_code, "lies in the future" in answer.text) == (422, True)


def test_a_list_says_what_changed_when_and_why(past: Past, serve: Serve) -> None:
    client = serve(past.workshop)
    before_wh = asked(client, QUESTIONS[0])["kpis"]["energy_wh"]["value"]
    past.change()
    changed_wh = asked(client, QUESTIONS[0])["kpis"]["energy_wh"]["value"]
    for at in range(3):
        past.change(IMPORTED, start_ms=NOON_MS - 2 * HOUR_MS + at * MINUTE_MS)
        past.workshop.now_ms -= 10 * MINUTE_MS
    past.change(Why("restated", "Sam"))
    restated, imported, late = asked(client, "/devices/fan-01/revisions")
    assert (restated["reason"], restated["by"], restated["minutes"]) == ("restated", "Sam", 1)
    assert (imported["minutes"], imported["unknown"]) == (3, 3)
    assert imported["from_ms"] == NOON_MS - 2 * HOUR_MS
    assert imported["energy_wh"] == {"before": 0.0, "after": pytest.approx(6.009)}
    assert (late["text"], late["minutes"], late["unknown"]) == ("Readings came late.", 1, 0)
    assert late["first_changed_ms"] == NOON_MS + 10 * MINUTE_MS
    [more_wh] = [b - a for a, b in zip(before_wh, changed_wh, strict=True)]
    told = late["energy_wh"]
    assert told["after"] - told["before"] == pytest.approx(more_wh)


def test_the_list_goes_on_where_a_page_ends(past: Past, serve: Serve) -> None:
    client = serve(past.workshop)
    for _ in range(3):
        past.change()
    whole = asked(client, "/devices/fan-01/revisions")
    page = client.get("/devices/fan-01/revisions?limit=2")
    rest = client.get(page.links["next"]["url"])
    assert (len(page.json()), page.json() + rest.json(), rest.links) == (2, whole, {})
    span = f"?from={NOON_MS - MINUTE_MS}&to={NOON_MS}"
    assert asked(client, f"/devices/fan-01/revisions{span}") == []
