"""The follower against a real InfluxDB: what the journal holds is what InfluxDB holds, once."""

from pathlib import Path

import pytest

from gateway.sinks.follower import pause_s
from gateway.sinks.influxdb.access import Access
from gateway.sinks.influxdb.lines import NS_PER_MS
from gateway.sinks.influxdb.sink import NAME
from tests.gateway.sinks.keeper import (
    EPOCH,
    HOUR_MS,
    VALUES,
    Keeper,
    deliver,
    end,
    identities,
    now_ms,
    wait_until,
)
from tests.influx.running import Influxd

pytestmark = pytest.mark.influxdb


def test_a_reading_arrives_with_everything_it_had(
    influxd: Influxd, access: Access, keeper: Keeper
) -> None:
    time_ms = now_ms() - 5_000
    keeper.add(times_ms=[time_ms], first_seq=1041, truth="overcurrent")
    deliver(keeper, access)
    points = influxd.points(access.bucket, "reading")
    stamp = str(time_ms * NS_PER_MS + 1041)
    assert points == {
        ("fan-01", EPOCH, stamp): VALUES | {"epoch": EPOCH, "seq": 1041, "truth": "overcurrent"}
    }


def test_readings_of_one_millisecond_stay_apart(
    influxd: Influxd, access: Access, keeper: Keeper
) -> None:
    keeper.add(times_ms=[now_ms()] * 300)
    deliver(keeper, access)
    points = influxd.points(access.bucket, "reading")
    assert identities(points.values()) == identities(
        {"epoch": EPOCH, "seq": seq} for seq in range(1, 301)
    )


def test_a_clock_that_stands_still_for_a_million_rows_merges_nothing(
    influxd: Influxd, access: Access, keeper: Keeper
) -> None:
    time_ms = now_ms()
    for lap in range(3):
        keeper.add(times_ms=[time_ms], first_seq=7 + lap * NS_PER_MS)
    deliver(keeper, access)
    points = influxd.points(access.bucket, "reading")
    assert {(lane, fields["seq"]) for (_, lane, _), fields in points.items()} == {
        (EPOCH, 7), (f"{EPOCH}.1", 1_000_007), (f"{EPOCH}.2", 2_000_007),
    }  # fmt: skip
    assert len({stamp for _, _, stamp in points}) == 1  # without lanes they were one point


def test_a_replay_doubles_nothing(influxd: Influxd, access: Access, keeper: Keeper) -> None:
    start_ms = now_ms() - HOUR_MS
    keeper.add(times_ms=range(start_ms, start_ms + 1_000))
    keeper.add_minute(start_ms=start_ms, energy_j=3_600.0)
    keeper.add_diagnosis(time_ms=start_ms)
    keeper.put_alarm(raised_ms=start_ms)
    deliver(keeper, access)
    once = {name: influxd.points(bucket, name) for bucket, name in _measurements(access)}
    for _ in range(2):
        keeper.set_cursor(NAME, {"target": keeper.cursor()["target"]})
        deliver(keeper, access)
    assert {n: influxd.points(bucket, n) for bucket, n in _measurements(access)} == once
    assert {name: len(points) for name, points in once.items()} == {
        "reading": 1_000, "minute": 1, "diagnosis": 1, "alarm": 1,
    }  # fmt: skip


def test_a_journal_lost_three_times_doubles_nothing(
    influxd: Influxd, access: Access, tmp_path: Path
) -> None:
    """Devices send again what they hold, in whatever order and among other devices' readings."""
    start_ms = now_ms() - HOUR_MS
    for lap in range(4):
        keeper = Keeper(tmp_path / f"life-{lap}")
        keeper.add(device="other", times_ms=range(start_ms, start_ms + 17 * lap))
        for seq in reversed(range(1, 101)) if lap % 2 else range(1, 101):
            keeper.add(times_ms=[start_ms + seq // 3], first_seq=seq)
        for judged in range(lap + 1):
            keeper.add_diagnosis(time_ms=start_ms + judged)
        deliver(keeper, access)
        keeper.close()
    points = influxd.points(access.bucket, "reading")
    ours = [fields for (device, _, _), fields in points.items() if device == "fan-01"]
    assert identities(ours) == identities({"epoch": EPOCH, "seq": seq} for seq in range(1, 101))
    assert len(influxd.points(access.history_bucket, "diagnosis")) == 4


def _measurements(access: Access) -> list[tuple[str, str]]:
    history = access.history_bucket
    return [(access.bucket, "reading"), (history, "minute"), (history, "diagnosis"),
            (history, "alarm")]  # fmt: skip


def test_a_restated_minute_replaces_its_point(
    influxd: Influxd, access: Access, keeper: Keeper
) -> None:
    start_ms = now_ms() // 60_000 * 60_000
    keeper.add_minute(start_ms=start_ms, energy_j=1.0)
    deliver(keeper, access)
    keeper.add_minute(start_ms=start_ms, energy_j=7_200.0)
    deliver(keeper, access)
    (point,) = influxd.points(access.history_bucket, "minute").values()
    expected = {
        "energy_wh": 2.0, "co2_g": 0.4, "cost": 0.0006, "running_s": 12.0, "coverage": 0.5,
        "count": 2, "revision": 2, "rpm_min": 1.0, "rpm_mean": 2.0, "rpm_max": 3.0,
    }  # fmt: skip
    assert point == pytest.approx(expected)


def test_a_diagnosis_and_an_alarm_from_raised_to_cleared(
    influxd: Influxd, access: Access, keeper: Keeper
) -> None:
    time_ms = now_ms()
    keeper.add_diagnosis(time_ms=time_ms)
    keeper.put_alarm(raised_ms=time_ms)
    deliver(keeper, access)
    keeper.put_alarm(raised_ms=time_ms, cleared_ms=time_ms + 1)
    deliver(keeper, access)
    (diagnosis,) = influxd.points(access.history_bucket, "diagnosis").values()
    assert diagnosis["fault_label"] == 'Over"current, Fault'
    assert diagnosis["confidence"] == 1.0
    (alarm,) = influxd.points(access.history_bucket, "alarm").values()
    assert (alarm["text"], alarm["cleared_ms"]) == ("It is hot.\nVery.", time_ms + 1)
    keeper.put_alarm(raised_ms=time_ms, count=2)  # it came back
    deliver(keeper, access)
    (alarm,) = influxd.points(access.history_bucket, "alarm").values()
    assert (alarm["cleared_ms"], alarm["count"]) == (0, 2)


def test_nothing_is_sent_twice_when_nothing_is_new(access: Access, keeper: Keeper) -> None:
    keeper.add(times_ms=[now_ms()] * 10)
    assert deliver(keeper, access).rows_sent == 10
    assert deliver(keeper, access).rows_sent == 0


def test_rows_that_come_while_it_runs_follow(
    influxd: Influxd, access: Access, keeper: Keeper
) -> None:
    follower = keeper.follower(access)
    follower.start()
    try:
        for lap in range(3):
            keeper.add(times_ms=[now_ms()], first_seq=lap + 1)
            wait_until(follower, "ok", behind=0)
    finally:
        end(follower)
    deliver(keeper, access)
    assert len(influxd.points(access.bucket, "reading")) == 3


def test_what_the_bucket_would_not_keep_is_left_out_and_told(
    influxd: Influxd, access: Access, keeper: Keeper
) -> None:
    keeper.add(times_ms=[now_ms() - 31 * 24 * HOUR_MS] * 5)
    keeper.add(times_ms=[now_ms()], first_seq=6)
    follower = deliver(keeper, access)
    assert len(influxd.points(access.bucket, "reading")) == 1
    assert "5 rows were older" in follower.status().detail
    assert keeper.quarantined == []


def test_a_bucket_made_anew_gets_everything_again(
    influxd: Influxd, access: Access, keeper: Keeper
) -> None:
    keeper.add(times_ms=[now_ms() - 72 * HOUR_MS] * 20)  # older than comparing reaches back
    deliver(keeper, access)
    influxd.drop_bucket(access.bucket)
    again = influxd.set_up(
        data_dir=keeper.data_dir / "setup",
        influxdb_bucket=access.bucket,
        influxdb_admin_token=influxd.admin_token,
    )
    deliver(keeper, again)
    assert len(influxd.points(access.bucket, "reading")) == 20


def test_a_wrong_token_is_held_and_explained(access: Access, keeper: Keeper) -> None:
    keeper.add(times_ms=[now_ms()] * 3)
    follower = keeper.follower(
        Access(url=access.url, org=access.org, bucket=access.bucket, history_bucket="", token="x")
    )
    follower.start()
    try:
        wait_until(follower, "down", behind=3)
        assert "EDGETWIN_INFLUXDB_TOKEN" in follower.status().detail
    finally:
        end(follower)
    assert keeper.cursor() == {}


def test_a_missing_bucket_is_held_and_explained(access: Access, keeper: Keeper) -> None:
    keeper.add(times_ms=[now_ms()])
    missing = Access(
        url=access.url, org=access.org, bucket="nowhere", history_bucket="", token=access.token
    )
    follower = keeper.follower(missing)
    follower.start()
    try:
        wait_until(follower, "down")
        assert "nowhere" in follower.status().detail
        assert "influx setup" in follower.status().detail
    finally:
        end(follower)


def test_without_a_server_it_is_off_and_says_so(keeper: Keeper) -> None:
    nothing = Access(url="", org="edgetwin", bucket="edgetwin", history_bucket="", token="")
    follower = keeper.follower(nothing)
    follower.start()
    try:
        wait_until(follower, "off")
        assert "make influx" in follower.status().detail
    finally:
        end(follower)


@pytest.mark.parametrize("failures", [1, 2, 10, 1_000])
def test_pauses_stay_below_half_a_minute_and_heed_the_server(failures: int) -> None:
    assert 0.0 <= pause_s(failures=failures, asked_s=None) <= 30.0
    assert pause_s(failures=failures, asked_s=45.0) == 45.0


@pytest.mark.parametrize("asked_s", [300.0, 301.0, 100_000_000.0, float("inf")])
def test_no_server_silences_us_for_more_than_five_minutes(asked_s: float) -> None:
    assert pause_s(failures=1, asked_s=asked_s) == 300.0
