"""Diagnoses, episodes and refusals, as the journal holds them."""

import base64
from typing import Any

import httpx
import msgspec
import pytest

from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop

HOUR_MS = 60 * MINUTE_MS


def faults(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entry["fault"] for entry in answer.json()]


@pytest.fixture
def judged(empty_workshop: Workshop) -> Workshop:
    first, second = empty_workshop.add("fan-01"), empty_workshop.add("fan-02")
    for at_ms, fault, changed in (
        (0, "normal", True),
        (60_000, "normal", False),
        (90_000, "overcurrent", True),
        (150_000, "overcurrent", False),
        (200_000, "normal", True),
    ):
        empty_workshop.diagnose(first, time_ms=NOON_MS + at_ms, fault=fault, changed=changed)
    empty_workshop.diagnose(second, time_ms=NOON_MS + 100_000, fault="thermal_drift")
    empty_workshop.now_ms = first.last_seen_ms = NOON_MS + 300_000
    return empty_workshop


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("device=fan-02", ["thermal_drift"]),
        ("device=fan-01&limit=2", ["normal", "overcurrent"]),
        (f"device=fan-01&from={NOON_MS + 90_000}&to={NOON_MS + 150_000}", ["overcurrent"]),
        (f"from={NOON_MS + 60_000}&to={NOON_MS + 101_000}",
         ["thermal_drift", "overcurrent", "normal"]),
        (f"to={NOON_MS}", []),
    ],
)  # fmt: skip
def test_diagnoses_by_device_and_range(
    judged: Workshop, serve: Serve, query: str, expected: list[str]
) -> None:
    assert sorted(faults(serve(judged).get(f"/diagnoses?{query}"))) == sorted(expected)


def test_diagnoses_come_newest_first(judged: Workshop, serve: Serve) -> None:
    times = [d["time_ms"] for d in serve(judged).get("/diagnoses?device=fan-01").json()]
    assert times == sorted(times, reverse=True)


def spans(answer: httpx.Response) -> list[tuple[str, int, int | None]]:
    assert answer.status_code == 200, answer.text
    return [
        (e["fault"], e["start_ms"] - NOON_MS, e["end_ms"] and e["end_ms"] - NOON_MS)
        for e in answer.json()
    ]


NORMAL = ("normal", 0, 90_000)
OVERCURRENT = ("overcurrent", 90_000, 200_000)
AGAIN = ("normal", 200_000, None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [NORMAL, OVERCURRENT, AGAIN]),
        ({"from": NOON_MS + 90_000}, [OVERCURRENT, AGAIN]),
        ({"from": NOON_MS + 89_999}, [NORMAL, OVERCURRENT, AGAIN]),
        ({"from": NOON_MS + 120_000, "to": NOON_MS + 130_000}, [OVERCURRENT]),
        ({"from": NOON_MS + 120_000, "to": NOON_MS + 200_000}, [OVERCURRENT]),
        ({"from": NOON_MS + 250_000}, [AGAIN]),
        ({"from": 0, "to": NOON_MS}, []),
        ({"limit": 2}, [OVERCURRENT, AGAIN]),
    ],
)
def test_timeline_gives_the_episodes_that_reach_into_the_range(
    judged: Workshop, serve: Serve, query: dict[str, int], expected: list[Any]
) -> None:
    assert spans(serve(judged).get("/devices/fan-01/timeline", params=query)) == expected


def test_timeline_joins_rows_of_one_class(empty_workshop: Workshop, serve: Serve) -> None:
    """As after a restart, when the class is noted as changed although it is the same."""
    device = empty_workshop.add("fan-01")
    for at_ms in (0, 1_000, 2_000):
        empty_workshop.diagnose(device, time_ms=NOON_MS + at_ms, fault="overcurrent")
    empty_workshop.now_ms = device.last_seen_ms = NOON_MS + 10_000
    expected = [("overcurrent", 0, None)]
    assert spans(serve(empty_workshop).get("/devices/fan-01/timeline?from=0")) == expected


def test_timeline_begins_with_the_oldest_row_where_retention_took_the_change(
    empty_workshop: Workshop, serve: Serve
) -> None:
    device = empty_workshop.add("fan-01")
    empty_workshop.diagnose(device, time_ms=NOON_MS, fault="overcurrent", changed=False)
    empty_workshop.now_ms = device.last_seen_ms = NOON_MS + 10_000
    expected = [("overcurrent", 0, None)]
    assert spans(serve(empty_workshop).get("/devices/fan-01/timeline")) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # being judged ended, and began again
        ([(0, "normal"), (30, "normal", "end"), (55, "normal"), (58, "normal")],
         [("normal", 0, 30_000), ("normal", 55_000, None)]),
        # the hole was judged since: rows of later ids with earlier times
        ([(0, "normal"), (30, "normal", "end"), (55, "normal"),
          (30, "normal"), (40, "overcurrent"), (54, "overcurrent")],
         [("normal", 0, 40_000), ("overcurrent", 40_000, 55_000), ("normal", 55_000, None)]),
        # a part of it was
        ([(0, "normal"), (30, "normal", "end"), (99, "normal"),
          (30, "normal"), (40, "overcurrent"), (54, "overcurrent", "end")],
         [("normal", 0, 40_000), ("overcurrent", 40_000, 54_000), ("normal", 99_000, None)]),
        # an end that is followed at once is none
        ([(0, "normal"), (30, "normal", "end"), (33, "normal")], [("normal", 0, None)]),
        # no row for more than a minute, and nobody has said why
        ([(0, "normal"), (75, "normal"), (151, "normal")],
         [("normal", 0, 150_000), ("normal", 151_000, None)]),
        # judged nothing at all in between
        ([(0, "overcurrent", "end"), (55, "normal")],
         [("overcurrent", 0, 0), ("normal", 55_000, None)]),
    ],
)  # fmt: skip
def test_timeline_has_holes_where_nothing_was_judged(
    empty_workshop: Workshop, serve: Serve, rows: list[Any], expected: list[Any]
) -> None:
    device = empty_workshop.add("fan-01")
    for at_s, fault, *end in rows:
        time_ms = NOON_MS + at_s * 1000
        empty_workshop.diagnose(device, time_ms=time_ms, fault=fault, stale=bool(end))
    assert device.diagnosis is not None
    device.diagnosis.stale = False
    empty_workshop.now_ms = device.last_seen_ms = NOON_MS + 200_000
    assert spans(serve(empty_workshop).get("/devices/fan-01/timeline?from=0")) == expected


@pytest.mark.parametrize(("heard_s", "stale"), [(100, False), (200, True)])
def test_the_newest_episode_ends_with_the_last_judgement(
    empty_workshop: Workshop, serve: Serve, heard_s: int, *, stale: bool
) -> None:
    """Of a device that is silent, or that nobody judges."""
    device = empty_workshop.add("fan-01")
    for at_s in (0, 60, 70):
        empty_workshop.diagnose(device, time_ms=NOON_MS + at_s * 1000, fault="normal")
    assert device.diagnosis is not None
    device.judged = msgspec.structs.replace(device.diagnosis, time_ms=NOON_MS + 85_000)
    device.diagnosis.stale = stale
    empty_workshop.now_ms = NOON_MS + 200_000
    device.last_seen_ms = NOON_MS + heard_s * 1000
    client = serve(empty_workshop)
    assert spans(client.get("/devices/fan-01/timeline")) == [("normal", 0, 85_000)]
    late = {"from": NOON_MS + 85_001}
    assert spans(client.get("/devices/fan-01/timeline", params=late)) == []


@pytest.mark.parametrize(("since_s", "end_ms"), [(170, None), (190, 240_000)])
def test_the_episode_of_a_device_that_measures_rarely_lasts_between_its_readings(
    empty_workshop: Workshop, serve: Serve, since_s: int, end_ms: int | None
) -> None:
    device = empty_workshop.add("fan-01")
    last_ms = NOON_MS + 240_000
    empty_workshop.run(device, from_ms=NOON_MS, to_ms=last_ms + 1, step_ms=60_000)
    for time_ms in range(NOON_MS, last_ms + 1, 60_000):
        empty_workshop.diagnose(device, time_ms=time_ms, fault="normal", changed=False)
    device.judged, device.last_seen_ms = device.diagnosis, last_ms
    empty_workshop.now_ms = last_ms + since_s * 1000
    answer = serve(empty_workshop).get("/devices/fan-01/timeline")
    assert spans(answer) == [("normal", 0, end_ms)]


def test_a_range_begins_with_the_episode_that_the_past_made_longer(
    empty_workshop: Workshop, serve: Serve
) -> None:
    """The row at 55 s was a change when it was stored; the time before it was judged since."""
    device = empty_workshop.add("fan-01")
    for at_s, fault, changed in (
        (0, "normal", True),
        (55, "overcurrent", True),
        (20, "overcurrent", True),
        (54, "overcurrent", False),
    ):
        time_ms = NOON_MS + at_s * 1000
        empty_workshop.diagnose(device, time_ms=time_ms, fault=fault, changed=changed)
    device.diagnosis = None
    empty_workshop.now_ms = NOON_MS + 200_000
    query = {"from": NOON_MS + 55_000}
    answer = serve(empty_workshop).get("/devices/fan-01/timeline", params=query)
    assert spans(answer) == [("overcurrent", 20_000, 55_000)]


def test_of_two_diagnoses_of_one_time_the_last_counts(
    empty_workshop: Workshop, serve: Serve
) -> None:
    device = empty_workshop.add("fan-01")
    for fault in ("normal", "overcurrent"):
        empty_workshop.diagnose(device, time_ms=NOON_MS, fault=fault)
    client = serve(empty_workshop)
    for query in ("", "?device=fan-01"):
        assert faults(client.get(f"/diagnoses{query}")) == ["overcurrent"]


def test_timeline_gives_the_highest_confidence(judged: Workshop, serve: Serve) -> None:
    episode = serve(judged).get("/devices/fan-01/timeline").json()[1]
    assert episode["confidence"] == 0.9
    assert episode["fault_label"] == "Overcurrent Fault"
    assert episode["fault_code"] == 1
    assert episode["severity"] == "High"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("limit=1", 1),
        ("device=fan-01", 2),
        ("reason=not_json", 1),
        ("device=fan-02&reason=not_json", 0),
    ],
)
def test_quarantine_by_device_and_reason(
    empty_workshop: Workshop, serve: Serve, query: str, count: int
) -> None:
    empty_workshop.refuse("fan-01", reason="not_json", raw=b"{")
    empty_workshop.refuse("fan-01", reason="not_utf8", raw=b"\xff\x00")
    empty_workshop.refuse("fan-02", reason="too_large", raw=b"")
    assert len(serve(empty_workshop).get(f"/quarantine?{query}").json()) == count


def test_quarantine_shows_bytes_that_are_no_text_in_base64(
    empty_workshop: Workshop, serve: Serve
) -> None:
    empty_workshop.refuse("fan-01", reason="not_json", raw="größer {".encode())
    empty_workshop.refuse("fan-01", reason="not_utf8", raw=b"\xff\x00")
    newest, oldest = serve(empty_workshop).get("/quarantine").json()
    assert oldest["raw"] == "größer {"
    assert "encoding" not in oldest
    assert newest["encoding"] == "base64"
    assert base64.b64decode(newest["raw"]) == b"\xff\x00"
