"""Alarms, what people say of them, and what they add up to."""

from typing import Any

import httpx
import pytest

from hosting.audit.events import What
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop

HOUR_MS = 60 * MINUTE_MS


def ids(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [alarm["id"] for alarm in answer.json()]


@pytest.fixture
def alarmed(empty_workshop: Workshop) -> Workshop:
    """Ids in order of being raised: 1 cleared, 2 open (both fan-01), 3 cleared (fan-02)."""
    first, second = empty_workshop.add("fan-01"), empty_workshop.add("fan-02")
    empty_workshop.alarm(first, raised_ms=NOON_MS - 60_000, cleared_ms=NOON_MS - 30_000)
    empty_workshop.alarm(first, raised_ms=NOON_MS - 50_000)
    empty_workshop.alarm(second, raised_ms=NOON_MS - 10_000, cleared_ms=NOON_MS - 5_000)
    return empty_workshop


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [2]),
        ("state=open", [2]),
        ("state=all", [3, 2, 1]),
        ("state=all&limit=1", [3]),
        ("state=all&device=fan-01", [2, 1]),
        ("device=fan-02", []),
        (f"state=all&from={NOON_MS - 29_999}", [3, 2]),
        (f"state=all&from={NOON_MS - 30_000}", [3, 2, 1]),
        (f"state=all&to={NOON_MS - 50_000}", [1]),
        (f"state=all&to={NOON_MS - 60_000}", []),
        (f"state=all&from={NOON_MS}", [2]),  # it has stood ever since
    ],
)
def test_alarms_by_state_device_and_range(
    alarmed: Workshop, serve: Serve, query: str, expected: list[int]
) -> None:
    assert ids(serve(alarmed).get(f"/alarms?{query}")) == expected


def test_the_gravest_come_first_and_of_these_the_oldest(
    empty_workshop: Workshop, serve: Serve
) -> None:
    fan = empty_workshop.add("fan-01")
    for at, severity in enumerate(("Medium", "Critical", "High", "Critical", "Low"), start=1):
        empty_workshop.alarm(fan, raised_ms=NOON_MS + at, severity=severity)
    client = serve(empty_workshop)
    first = client.get("/alarms?order=severity&limit=2")
    assert ids(first) == [2, 4]
    assert ids(client.get("/alarms?order=severity")) == [2, 4, 3, 1, 5]
    assert ids(client.get(first.links["next"]["url"])) == [3, 1]


def test_what_stood_longest_stays_in_its_place_from_page_to_page(
    empty_workshop: Workshop, serve: Serve
) -> None:
    """What is open grows meanwhile, past what has cleared."""
    fan = empty_workshop.add("fan-01")
    for raised_ms, cleared_ms in ((900, 300), (400, None), (500, 0), (390, None), (395, 0)):
        ended = None if cleared_ms is None else NOON_MS - cleared_ms
        empty_workshop.alarm(fan, raised_ms=NOON_MS - raised_ms, cleared_ms=ended)
    empty_workshop.now_ms = NOON_MS
    client, found = serve(empty_workshop), list[int]()
    address = "/alarms?state=all&order=longest&limit=2"
    while address:
        answer = client.get(address)
        found += ids(answer)
        empty_workshop.now_ms += 10 * HOUR_MS
        address = answer.links.get("next", {}).get("url", "")
    assert found == [1, 3, 2, 5, 4]
    assert ids(client.get("/alarms?state=all&order=longest")) == [2, 4, 1, 3, 5]


def test_acknowledge_answers_with_the_alarm(workshop: Workshop, serve: Serve) -> None:
    client = serve(workshop)
    answer = client.post("/alarms/1/acknowledge", json={"by": " Sam "})
    assert answer.status_code == 200
    assert answer.json()["acknowledged_by"] == "Sam"
    assert answer.json()["acknowledged_ms"] == workshop.now_ms


def test_acknowledging_twice_is_a_conflict(workshop: Workshop, serve: Serve) -> None:
    client = serve(workshop)
    client.post("/alarms/1/acknowledge", json={"by": "Sam"})
    answer = client.post("/alarms/1/acknowledge", json={"by": "Alex"})
    assert answer.status_code == 409
    assert "already" in answer.json()["detail"]


def test_an_acknowledgement_with_a_note_can_be_taken_back(workshop: Workshop, serve: Serve) -> None:
    client = serve(workshop)
    seen = client.post("/alarms/1/acknowledge", json={"by": "Sam", "note": " Cleaning. "}).json()
    assert seen["note"] == "Cleaning."
    undone = client.post("/alarms/1/unacknowledge", json={"by": "Alex"})
    assert undone.status_code == 200, undone.text
    assert undone.json() == seen | {
        "acknowledged_ms": None,
        "acknowledged_by": None,
        "note": None,
        "word_ms": seen["word_ms"] + 1,  # the clock of the test stands still
    }
    assert client.get("/alarms").json()[0] == undone.json()
    again = client.post("/alarms/1/unacknowledge", json={"by": "Alex"})
    assert again.status_code == 409
    assert "nothing to undo" in again.json()["detail"]
    assert [(who, what) for who, what, _ in workshop.audited] == [
        ("Sam", What.ACKNOWLEDGED),
        ("Alex", What.UNACKNOWLEDGED),
    ]


def test_many_are_acknowledged_by_their_ids_and_those_left_say_why(
    alarmed: Workshop, serve: Serve
) -> None:
    client = serve(alarmed)
    body = {"by": "Sam", "note": "Power cut.", "ids": [2, 1, 2, 99]}
    answer = client.post("/alarms/acknowledge", json=body).json()
    assert [(alarm["id"], alarm["note"]) for alarm in answer["acknowledged"]] == [(2, "Power cut.")]
    cleared, unknown = answer["left"]
    assert (cleared["id"], unknown["id"]) == (1, 99)
    assert "cleared already" in cleared["detail"]
    assert unknown["detail"] == "There is no alarm 99."
    again = client.post("/alarms/acknowledge", json={"by": "Alex", "ids": [2]}).json()
    assert "already been acknowledged by Sam" in again["left"][0]["detail"]
    assert alarmed.audited == [("Sam", What.ACKNOWLEDGED, "1 alarms: 2")]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [2, 4]),
        ({"device": "fan-02"}, [4]),
        ({"severity": "High"}, [2, 4]),
        ({"kind": "system"}, []),
        ({"name": "temperature_high_1"}, [2]),
    ],
)
def test_all_that_fit_are_acknowledged(
    alarmed: Workshop, serve: Serve, wanted: dict[str, str], expected: list[int]
) -> None:
    alarmed.alarm(alarmed.fleet.get("fan-02"), raised_ms=NOON_MS)
    client = serve(alarmed)
    answer = client.post("/alarms/acknowledge", json={"by": "Sam", "filter": wanted}).json()
    assert sorted(alarm["id"] for alarm in answer["acknowledged"]) == expected
    assert answer["left"] == []
    again = client.post("/alarms/acknowledge", json={"by": "Sam", "filter": wanted}).json()
    assert again == {"acknowledged": [], "left": []}


@pytest.mark.parametrize("which", [{}, {"ids": [1], "filter": {}}, {"ids": []}])
def test_who_acknowledges_many_says_which(
    workshop: Workshop, serve: Serve, which: dict[str, Any]
) -> None:
    answer = serve(workshop).post("/alarms/acknowledge", json={"by": "Sam"} | which)
    assert answer.status_code == 422
    assert "ids" in answer.json()["detail"]


def test_an_alarm_is_shelved_for_a_while_and_taken_off_again(
    workshop: Workshop, serve: Serve
) -> None:
    client = serve(workshop)
    body = {"by": "Sam", "minutes": 30, "note": "Known."}
    shelved = client.post("/alarms/1/shelve", json=body).json()
    assert shelved["shelved_until_ms"] == workshop.now_ms + 30 * MINUTE_MS
    assert (shelved["shelved_by"], shelved["shelved_note"]) == ("Sam", "Known.")
    assert client.get("/alarms").json() == [shelved], "it is not shown any more"
    off = client.post("/alarms/1/unshelve", json={"by": "Alex"}).json()
    assert (off["shelved_until_ms"], off["shelved_by"]) == (None, None)
    assert client.post("/alarms/1/unshelve", json={"by": "Alex"}).status_code == 409
    assert [what for _, what, _ in workshop.audited] == [What.SHELVED, What.UNSHELVED]


@pytest.mark.parametrize("minutes", [0, 1441, None, "30"])
def test_nothing_is_shelved_for_good(
    workshop: Workshop, serve: Serve, minutes: int | str | None
) -> None:
    body = {"by": "Sam", "minutes": minutes}
    answer = serve(workshop).post("/alarms/1/shelve", json=body)
    assert answer.status_code == 422
    assert "minutes" in answer.json()["detail"]


@pytest.fixture
def busy(empty_workshop: Workshop) -> Workshop:
    """Of fan-01 two that were cleared after 2 and 4 minutes and one open; fan-02 has one cleared.

    The second was acknowledged after a minute.
    """
    first, second = empty_workshop.add("fan-01"), empty_workshop.add("fan-02")
    at_ms = NOON_MS - 60 * MINUTE_MS
    for device, name, minutes in (
        (first, "offline", 2), (first, "heat", 4), (second, "offline", 1),
    ):  # fmt: skip
        empty_workshop.alarm(
            device, name=name, raised_ms=at_ms, cleared_ms=at_ms + minutes * MINUTE_MS,
            acknowledged_ms=at_ms + MINUTE_MS if name == "heat" else None,
        )  # fmt: skip
    empty_workshop.alarm(first, name="silent", raised_ms=NOON_MS - 5 * MINUTE_MS)
    return empty_workshop


def minutes(ms: int | None) -> float | None:
    return ms and ms / MINUTE_MS


def sums(entry: dict[str, Any]) -> list[Any]:
    """Count, minutes of those cleared, MTTA and MTTR in minutes, open, minutes of these."""
    times = (entry["duration_ms"], entry["mtta"]["value_ms"], entry["mttr"]["value_ms"])
    lasted, mtta, mttr = map(minutes, times)
    return [entry["count"], lasted, mtta, mttr, entry["open"], minutes(entry["open_ms"])]


def test_alarms_add_up_by_machine(busy: Workshop, serve: Serve) -> None:
    answer = serve(busy).get("/alarms/statistics").json()
    assert (answer["to_ms"] - answer["from_ms"], answer["by"]) == (7 * 24 * HOUR_MS, "device")
    assert sums(answer["total"]) == [4, 7, 1, pytest.approx(7 / 3), 1, 5]
    first, second = answer["groups"]
    assert (first["device"], second["device"]) == ("fan-01", "fan-02")
    assert sums(first) == [3, 6, 1, 3, 1, 5]
    assert sums(second) == [1, 1, None, 1, 0, 0]
    assert second["mtta"] == {"value_ms": None, "of": 0, "reason": "none was acknowledged"}
    assert (first["oldest_open_ms"], second["oldest_open_ms"]) == (5 * MINUTE_MS, None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("by=name", [(None, "offline", 2), (None, "heat", 1), (None, "silent", 1)]),
        ("by=name&limit=1", [(None, "offline", 2)]),
        ("by=name&device=fan-02", [(None, "offline", 1)]),
        ("by=device_and_name&device=fan-02", [("fan-02", "offline", 1)]),
        (f"from={NOON_MS - 6 * MINUTE_MS}", [("fan-01", None, 1)]),
        (f"to={NOON_MS - 61 * MINUTE_MS}", []),
    ],
)
def test_groups_of_alarms(
    busy: Workshop, serve: Serve, query: str, expected: list[tuple[str | None, str | None, int]]
) -> None:
    answer = serve(busy).get(f"/alarms/statistics?{query}")
    assert answer.status_code == 200, answer.text
    groups = answer.json()["groups"]
    assert [(each["device"], each["name"], each["count"]) for each in groups] == expected


def test_what_was_in_maintenance_to_its_end_counts_and_is_in_no_mean(
    empty_workshop: Workshop, serve: Serve
) -> None:
    device = empty_workshop.add("fan-03")
    raised_ms = NOON_MS - 60 * MINUTE_MS
    quiet = {"suppressed_ms": raised_ms, "suppressed_by": "Belt", "word_ms": raised_ms}
    empty_workshop.alarm(
        device, raised_ms=raised_ms, cleared_ms=NOON_MS, acknowledged_ms=NOON_MS, **quiet
    )
    empty_workshop.alarm(device, raised_ms=raised_ms, cleared_ms=raised_ms + MINUTE_MS)
    total = serve(empty_workshop).get("/alarms/statistics").json()["total"]
    assert (total["count"], total["suppressed"]) == (2, 1)
    assert (total["mttr"]["value_ms"], total["mttr"]["of"]) == (MINUTE_MS, 1)
    assert total["mtta"]["value_ms"] is None


def test_where_there_was_no_alarm_there_is_no_mean(workshop: Workshop, serve: Serve) -> None:
    total = (
        serve(workshop)
        .get("/alarms/statistics?from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z")
        .json()["total"]
    )
    assert sums(total) == [0, 0, None, None, 0, 0]
    assert total["mtta"]["reason"] == total["mttr"]["reason"] == "there was no alarm"


def test_what_comes_most_often_stands_first_though_it_is_one_alarm(
    busy: Workshop, serve: Serve
) -> None:
    fan = busy.add("fan-03")
    busy.alarm(fan, name="vibration_high", raised_ms=NOON_MS, count=9)
    first, *_ = (
        serve(busy).get("/alarms/statistics?to=2100-01-01T00:00:00Z&from=0").json()["groups"]
    )
    assert (first["device"], first["count"], first["times"]) == ("fan-03", 1, 9)


def test_statistics_of_a_machine_that_nobody_knows(workshop: Workshop, serve: Serve) -> None:
    assert serve(workshop).get("/alarms/statistics?device=fan-77").status_code == 404
