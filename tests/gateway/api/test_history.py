"""Buckets of readings, against a computation so simple that it can be trusted."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import apsw
import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contract.buckets import Interval, tile
from contract.site_time import SiteTime
from gateway.api.queries.chart import Kept
from gateway.api.queries.history import History, history
from gateway.api.routes import history as route
from gateway.api.steps import STEPS_MS, Steps, step_ms
from gateway.journal.reader import open_read_only
from gateway.twin.fleet import Device
from tests.gateway.api.workshop import GOOD, MINUTE_MS, NOON_MS, Serve, Workshop

SPAN_MS = 8 * MINUTE_MS
UTC = SiteTime("UTC")
CHANNELS = ("temperature", "ambient")
_names = (f"fan-{number}" for number in itertools.count())


class Bench:
    """A workshop that gets a new device for each example."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.connection: apsw.Connection = open_read_only(workshop.settings.journal_path)

    def device_with(self, readings: list[tuple[int, dict[str, float]]]) -> Device:
        device = self.workshop.add(next(_names))
        self.workshop.store(device, readings)
        return device


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Workshop(tmp_path_factory.mktemp("history")) as workshop:
        made = Bench(workshop)
        yield made
        made.connection.close()


def naive(
    readings: list[tuple[int, dict[str, float]]], *, from_ms: int, to_ms: int, bucket_ms: int
) -> dict[int, dict[str, list[float]]]:
    """Bucket start → channel → its values."""
    buckets: dict[int, dict[str, list[float]]] = {}
    for time_ms, values in readings:
        if from_ms <= time_ms < to_ms:
            bucket = buckets.setdefault(time_ms // bucket_ms * bucket_ms, {c: [] for c in CHANNELS})
            for channel in CHANNELS:
                if channel in values:
                    bucket[channel].append(values[channel])
            bucket.setdefault("all", []).append(0.0)
    return buckets


def assert_same(answer: History, expected: dict[int, dict[str, list[float]]]) -> None:
    assert answer.time_ms == sorted(expected)
    for at, start_ms in enumerate(answer.time_ms):
        assert answer.count[at] == len(expected[start_ms]["all"])
        for channel in CHANNELS:
            values, band = expected[start_ms][channel], answer.channels[channel]
            assert band.min[at] == (min(values) if values else None)
            assert band.max[at] == (max(values) if values else None)
            mean = sum(values) / len(values) if values else None
            assert band.mean[at] == (None if mean is None else pytest.approx(mean))


times = st.integers(NOON_MS, NOON_MS + SPAN_MS)
measured = st.builds(
    lambda temperature, ambient: GOOD | {"temperature": temperature} | ambient,
    st.floats(-40, 150),
    st.one_of(st.just({}), st.builds(lambda value: {"ambient": value}, st.floats(-40, 85))),
)


@pytest.mark.slow
@settings(deadline=None)
@given(
    times=st.lists(times, min_size=0, max_size=30, unique=True).map(sorted),
    values=st.lists(measured, min_size=30, max_size=30),
    ends=st.tuples(times, times).map(sorted),
    points=st.integers(2, 40),
)
@example(  # the range begins and ends on minutes, and the newest minute is still open
    times=[NOON_MS, NOON_MS + MINUTE_MS - 1, NOON_MS + MINUTE_MS, NOON_MS + 3 * MINUTE_MS],
    values=[GOOD] * 30,
    ends=[NOON_MS, NOON_MS + 4 * MINUTE_MS],
    points=4,
)
@example(  # a range within one minute
    times=[NOON_MS + 10, NOON_MS + 20, NOON_MS + 5 * MINUTE_MS],
    values=[GOOD] * 30,
    ends=[NOON_MS + 11, NOON_MS + 20],
    points=2,
)
def test_history_is_what_the_readings_say(
    bench: Bench,
    times: list[int],
    values: list[dict[str, float]],
    ends: list[int],
    points: int,
) -> None:
    readings = list(zip(times, values, strict=False))
    device = bench.device_with(readings)
    from_ms, to_ms = ends
    answer = history(
        bench.connection,
        device_id=device.id,
        device=device.name,
        asset=device.asset,
        from_ms=from_ms,
        to_ms=to_ms,
        site=UTC,
        points=points,
        channels=CHANNELS,
    )
    assert len(answer.time_ms) <= points
    expected = naive(readings, from_ms=from_ms, to_ms=to_ms, bucket_ms=answer.bucket_ms)
    assert_same(answer, expected)


def test_long_buckets_are_added_up_from_minutes_alone(bench: Bench) -> None:
    device = bench.device_with([])
    bench.workshop.run(device, from_ms=NOON_MS, to_ms=NOON_MS + 10 * MINUTE_MS, step_ms=5_000)
    scanned: list[str] = []

    def note(_cursor: apsw.Cursor, sql: str, _bindings: object) -> bool:
        scanned.append(sql)
        return True

    bench.connection.exec_trace = note
    try:
        answer = history(
            bench.connection,
            device_id=device.id,
            device=device.name,
            asset=device.asset,
            from_ms=NOON_MS,
            to_ms=NOON_MS + 9 * MINUTE_MS,
            points=9,
            site=UTC,
            channels=CHANNELS,
        )
    finally:
        bench.connection.exec_trace = None
    assert answer.count == [12] * 9
    assert not any("time_ms / ?1" in sql for sql in scanned)


@given(
    from_ms=st.integers(0, 253_402_300_799_999),
    length_ms=st.integers(0, 10**15),
    points=st.integers(2, 2000),
)
def test_a_bucket_is_the_shortest_that_keeps_to_the_points(
    from_ms: int, length_ms: int, points: int
) -> None:
    to_ms = from_ms + length_ms

    def count(bucket_ms: int) -> int:
        return (to_ms - 1) // bucket_ms - from_ms // bucket_ms + 1

    bucket_ms = step_ms(from_ms=from_ms, to_ms=to_ms, points=points)
    assert count(bucket_ms) <= points
    assert all(count(step_ms) > points for step_ms in STEPS_MS if step_ms < bucket_ms)
    assert bucket_ms < MINUTE_MS or bucket_ms % MINUTE_MS == 0


@given(
    from_ms=st.integers(1_500_000_000_000, 1_900_000_000_000),
    length_ms=st.integers(0, 4 * 10**11),
    points=st.integers(2, 2000),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/New_York"]),
)
def test_buckets_of_days_keep_to_the_points_and_to_the_midnights_of_the_site(
    from_ms: int, length_ms: int, points: int, zone: str
) -> None:
    to_ms, site = from_ms + length_ms, SiteTime(zone)
    steps = Steps(step_ms(from_ms=from_ms, to_ms=to_ms, points=points), site)
    if steps.days:
        buckets = list(tile(steps.at, Interval(from_ms, to_ms)))
        assert len(buckets) <= points
        assert all(site.wall(start_ms).hour == 0 for start_ms, _ in buckets)


def test_kpis_are_welcome_beside_channels_in_buckets_of_a_minute_or_more(
    client: httpx.Client,
) -> None:
    query = {"channels": "temperature,energy_wh,power_w", "from": "-5m"}
    answer = client.get("/devices/fan-01/history", params=query).json()
    assert answer["bucket_ms"] == MINUTE_MS
    assert list(answer["channels"]) == ["temperature"]
    hour = client.get(
        "/devices/fan-01/kpis", params={"bucket": "minute", "names": "energy_wh", "from": "-5m"}
    ).json()
    assert answer["kpis"]["energy_wh"] == hour["kpis"]["energy_wh"]
    assert all(len(column["value"]) == 5 for column in answer["kpis"].values())
    assert answer["coverage"] == [pytest.approx(1.0, abs=0.05)] * 5


def test_of_each_channel_only_what_is_asked_for_is_told(client: httpx.Client) -> None:
    span: dict[str, str | int] = {"from": NOON_MS - 4 * MINUTE_MS, "to": NOON_MS}
    params = span | {"channels": "temperature"}
    whole = client.get("/devices/fan-01/history", params=params).json()
    some = client.get("/devices/fan-01/history", params=params | {"agg": "max,mean"}).json()
    assert any(whole["channels"]["temperature"]["mean"])
    left = {name: whole["channels"]["temperature"][name] for name in ("mean", "max")}
    assert some == whole | {"channels": {"temperature": left}}
    several = params | {"devices": "fan-01", "agg": "min"}
    [shown] = client.get("/history", params=several).json()["devices"]
    assert shown["channels"] == {"temperature": {"min": whole["channels"]["temperature"]["min"]}}


@pytest.mark.parametrize(
    ("path", "of"), [("/devices/fan-01/history", {}), ("/history", {"devices": "fan-01"})]
)
def test_an_aggregate_that_there_is_none_of_is_named(
    client: httpx.Client, path: str, of: dict[str, str]
) -> None:
    params = {"channels": "temperature", "agg": "mean,median"} | of
    refused = client.get(path, params=params)
    assert refused.status_code == 422
    assert refused.json()["detail"] == "There is no 'agg' 'median'; there are min, mean, max."


def test_several_are_shown_in_the_same_buckets(workshop: Workshop, serve: Serve) -> None:
    other = workshop.add("dispenser-07", asset="dispenser")
    query = {"devices": f"fan-01,{other.name}", "channels": "temperature,cost", "from": "0"}
    answer = serve(workshop).get("/history", params=query).json()
    first, second = answer["devices"]
    assert (first["device"], second["device"]) == ("fan-01", other.name)
    assert first["bucket_ms"] == second["bucket_ms"] == answer["bucket_ms"]
    assert list(first["channels"]) == ["temperature"]
    assert second["channels"] == {}  # a dispenser has none of that name
    assert list(second["kpis"]) == ["cost"]
    assert second["time_ms"] == []
    alone = serve(workshop).get("/devices/fan-01/history", params={"from": "0"}).json()
    assert answer["bucket_ms"] == max(alone["bucket_ms"], MINUTE_MS), "as if it were not asked for"


def test_figures_of_many_machines_are_bounded_together(
    workshop: Workshop, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = workshop.add("fan-02")
    workshop.run(other, from_ms=NOON_MS - 10 * MINUTE_MS, to_ms=NOON_MS, step_ms=5_000)
    monkeypatch.setattr(route, "MAX_FIGURES", 15)  # of ten minutes each
    query = {"channels": "energy_wh", "from": "-10m"}
    client = serve(workshop)
    for device in ("fan-01", "fan-02"):
        assert client.get(f"/devices/{device}/history", params=query).status_code == 200
    answer = client.get("/history", params=query | {"devices": "fan-01,fan-02"})
    assert answer.status_code == 422
    assert "'devices'" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "query", "status", "sentence"),
    [
        (
            "/history",
            {"devices": "fan-01", "channels": "wind"},
            422,
            "These devices have no channel",
        ),
        ("/history", {"devices": "fan-77", "channels": "rpm"}, 404, "fan-77"),
        ("/history", {"devices": "fan-01"}, 422, "channels"),
        ("/devices/fan-01/history", {"channels": "wind"}, 422, "A fan has no channel 'wind'"),
        ("/devices/fan-01/history", {"from": "last fortnight"}, 422, "is not a time"),
        ("/devices/fan-01/history", {"from": "today", "to": "yesterday"}, 200, ""),
        ("/devices/fan-01/history", {"from": "now", "to": "-1h"}, 422, "later than"),
    ],
)
def test_what_cannot_be_shown_is_named(
    client: httpx.Client, path: str, query: dict[str, str], status: int, sentence: str
) -> None:
    answer = client.get(path, params=query)
    assert answer.status_code == status
    assert sentence in answer.text


@pytest.mark.parametrize(
    ("since", "from_min", "finest_ms"),
    [
        ((None, None, None), 0, 1),
        ((7, None, None), 0, 1),
        ((7, 7, None), 0, 1),
        ((7, 7, 0), 2, 1),  # a machine that is young: its quarter hour began before it
        ((7, 7, 0), 40, 1),
        ((90, 7, 0), 100, 1),
        ((90, 7, 0), 40, MINUTE_MS),
        ((90, 7, 0), 0, MINUTE_MS),
        ((90, 60, 0), 70, MINUTE_MS),
        ((90, 60, 0), 50, 15 * MINUTE_MS),
        ((None, None, 0), 50, 15 * MINUTE_MS),
        ((None, 7, 0), 50, MINUTE_MS),
    ],
)
def test_buckets_are_as_short_as_what_is_kept_of_their_time(
    since: tuple[int | None, int | None, int | None], from_min: int, finest_ms: int
) -> None:
    readings, minutes, quarters = (
        None if each is None else NOON_MS + each * MINUTE_MS + (333 if at == 0 else 0)
        for at, each in enumerate(since)
    )
    it = Kept(readings, minutes, quarters)
    assert it.finest_ms(NOON_MS + from_min * MINUTE_MS) == finest_ms


def test_the_default_is_the_last_15_minutes_of_all_channels(client: httpx.Client) -> None:
    answer = client.get("/devices/fan-01/history").json()
    assert (answer["from_ms"], answer["to_ms"]) == (NOON_MS - 15 * MINUTE_MS, NOON_MS)
    assert answer["bucket_ms"] == 2000
    assert sum(answer["count"]) == 450
    assert list(answer["channels"]) == ["temperature", "rpm", "current", "vibration", "ambient"]
    assert set(answer["channels"]["ambient"]["mean"]) == {None}


def test_all_since_1970_still_has_many_buckets(client: httpx.Client) -> None:
    answer = client.get("/devices/fan-01/history", params={"from": 0, "points": 120}).json()
    assert answer["bucket_ms"] == MINUTE_MS
    assert answer["count"] == [30] * 120


def test_times_may_be_iso_8601(client: httpx.Client) -> None:
    query = {"from": "2025-11-20T11:50:00Z", "to": "2025-11-20T12:51:00+01:00"}
    answer = client.get("/devices/fan-01/history", params=query).json()
    assert answer["to_ms"] - answer["from_ms"] == MINUTE_MS
    assert sum(answer["count"]) == 30


def test_a_range_before_all_readings_has_buckets_of_its_own_length(client: httpx.Client) -> None:
    day_ms = 24 * 60 * MINUTE_MS
    span = f"from={NOON_MS - 3 * day_ms}&to={NOON_MS - 2 * day_ms}"
    answer = client.get(f"/devices/fan-01/history?points=24&{span}").json()
    assert (answer["bucket_ms"], answer["time_ms"]) == (60 * MINUTE_MS, [])


def test_an_empty_range_has_no_buckets(client: httpx.Client) -> None:
    query = {"from": NOON_MS, "to": NOON_MS}
    answer = client.get("/devices/fan-01/history", params=query).json()
    assert answer["time_ms"] == []


def test_a_device_without_readings_has_no_buckets(empty_workshop: Workshop, serve: Serve) -> None:
    empty_workshop.add("fan-09")
    client = serve(empty_workshop)
    answer = client.get("/devices/fan-09/history", params={"from": 0}).json()
    assert answer["count"] == []
    assert answer["channels"]["rpm"] == {"min": [], "mean": [], "max": []}


def test_what_is_committed_meanwhile_is_seen(workshop: Workshop, serve: Serve) -> None:
    client = serve(workshop)
    device = workshop.fleet.get("fan-01")
    client.get("/devices/fan-01/history")
    workshop.store(device, [(NOON_MS + 500, GOOD)])
    workshop.now_ms = NOON_MS + 1000
    answer = client.get("/devices/fan-01/history").json()
    assert answer["time_ms"][-1] == NOON_MS
    assert answer["count"][-1] == 1


def test_the_journal_is_only_read(tmp_path: Path) -> None:
    with Workshop(tmp_path) as workshop:
        connection = open_read_only(workshop.settings.journal_path)
        with pytest.raises(apsw.ReadOnlyError):
            connection.execute("DELETE FROM minute")
        connection.close()
