"""Kills at any moment: afterwards InfluxDB holds what the journal holds, every reading once."""

import contextlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gateway.journal.reader import follower_cursor, open_read_only
from gateway.journal.streams import READINGS
from gateway.sinks.follower import Follower
from gateway.sinks.influxdb.access import Access
from gateway.sinks.influxdb.server import Server
from gateway.sinks.influxdb.sink import NAME
from tests.gateway.sinks.keeper import (
    EPOCH,
    HOUR_MS,
    PATIENCE_S,
    VALUES,
    Keeper,
    deliver,
    end,
    now_ms,
    wait_until,
)
from tests.influx.running import Influxd, running

pytestmark = pytest.mark.influxdb

ROOT = Path(__file__).parents[3]
ROWS = 30_000
KILLS = 5


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Influxd]:
    """An influxd of this test alone, which it may kill."""
    with running(tmp_path / "mortal") as server:
        yield server


def _fill(keeper: Keeper, rows: int = ROWS) -> None:
    """Readings of three devices over the last hour, several in one millisecond, all different."""
    start_ms = now_ms() - HOUR_MS
    per_device = rows // 3
    for device in range(3):
        for first in range(0, per_device, 5_000):
            keeper.add(
                device=f"fan-{device}",
                times_ms=[start_ms + n // 3 for n in range(first, first + 5_000)],
                first_seq=first + 1,
                values=VALUES | {"rpm": float(1_000 + first + device)},
            )


def _assert_equal(influxd: Influxd, access: Access, keeper: Keeper) -> None:
    """Every row of the journal is one point with its values, and there is no other point."""
    points = influxd.points(access.bucket, "reading")
    held = {
        (key[0], fields["epoch"], fields["seq"], tuple(fields[name] for name in VALUES))
        for key, fields in points.items()
    }
    sql = (
        "SELECT d.name, e.name, r.seq, r.body FROM reading r JOIN device d ON d.id = r.device"
        " JOIN epoch e ON e.id = r.epoch"
    )
    wanted = {
        (device, epoch, seq, tuple(msgspec.json.decode(body)[name] for name in VALUES))
        for device, epoch, seq, body in keeper.journal._connection.execute(sql)
    }
    assert held == wanted
    assert len(points) == len(wanted)


def _assert_cursor_is_covered(access: Access, keeper: Keeper) -> None:
    """The cursor never runs ahead: InfluxDB holds every row up to it."""
    span = {"from_ms": now_ms() // HOUR_MS * HOUR_MS - 2 * HOUR_MS, "to_ms": now_ms() + 1}
    with (
        contextlib.closing(open_read_only(keeper.path)) as journal,
        Server(access, timeout_ms=60_000) as server,
    ):
        up_to = follower_cursor(journal, NAME).get("reading", 0)
        ours = READINGS.totals(journal, total="count(*)", **span, up_to=up_to)
        theirs = server.totals(
            server.buckets().raw, measurement="reading", field="seq", aggregate="count", **span
        )
    assert {key: theirs.get(key, 0) >= total for key, total in ours.items()} == dict.fromkeys(
        ours, True
    )


def _part_way(follower: Follower, rng: random.Random) -> None:
    """Wait until some more rows have gone, or until all have."""
    goal = follower.rows_sent + rng.randrange(1, 9_000)
    deadline_s = time.monotonic() + PATIENCE_S
    while follower.rows_sent < goal and follower.status().behind != 0:
        assert time.monotonic() < deadline_s, follower.status()
        time.sleep(0.001)


def test_influxd_killed_in_the_middle_of_batches(mortal: Influxd, keeper: Keeper) -> None:
    access, rng = mortal.set_up(), random.Random(1)
    _fill(keeper)
    follower = keeper.follower(access)
    follower.start()
    try:
        for _ in range(KILLS):
            _part_way(follower, rng)
            mortal.kill()
            mortal.start()
        wait_until(follower, "ok", behind=0)
    finally:
        end(follower)
    _assert_equal(mortal, access, keeper)


def test_the_follower_killed_in_the_middle_of_batches(
    influxd: Influxd, access: Access, keeper: Keeper, tmp_path: Path
) -> None:
    rng = random.Random(2)
    _fill(keeper)
    file = tmp_path / "access.json"
    file.write_bytes(msgspec.json.encode(access))
    keeper.close()
    for _ in range(KILLS):
        line = [sys.executable, "-m", "tests.gateway.sinks.follow", str(keeper.data_dir), str(file)]
        with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"following\n"
            time.sleep(rng.uniform(0.05, 0.6))
            process.send_signal(signal.SIGKILL)
        _assert_cursor_is_covered(access, keeper)
    again = Keeper(keeper.data_dir)
    try:
        deliver(again, access)
        _assert_equal(influxd, access, again)
    finally:
        again.close()


def test_down_for_a_while_costs_nothing_and_is_said(mortal: Influxd, keeper: Keeper) -> None:
    access = mortal.set_up()
    keeper.add(times_ms=[now_ms()] * 10)
    follower = keeper.follower(access)
    follower.start()
    try:
        wait_until(follower, "ok", behind=0)
        since_ms = follower.status().since_ms
        mortal.kill()
        keeper.add(times_ms=[now_ms()] * 500, first_seq=11)
        wait_until(follower, "down", behind=500)
        assert "does not answer" in follower.status().detail
        assert follower.status().since_ms > since_ms
        mortal.start()
        wait_until(follower, "ok", behind=0)
    finally:
        end(follower)
    _assert_equal(mortal, access, keeper)


def test_lost_hours_are_found_and_written_again(
    influxd: Influxd, access: Access, keeper: Keeper
) -> None:
    """A disk that dies takes acknowledged points along: here deleted, in readings and minutes."""
    start_ms = now_ms() // HOUR_MS * HOUR_MS - 5 * HOUR_MS
    for hour in range(4):
        times_ms = [start_ms + hour * HOUR_MS + n * 1_000 for n in range(600)]
        keeper.add(device="fan-a", times_ms=times_ms, first_seq=hour * 600 + 1)
        keeper.add(device="fan-b", times_ms=times_ms, first_seq=hour * 600 + 1)
        keeper.add_minute(device="fan-a", start_ms=start_ms + hour * HOUR_MS, energy_j=5.0)
    follower = deliver(keeper, access)
    _assert_equal(influxd, access, keeper)
    minutes = influxd.points(access.history_bucket, "minute")
    lost = (start_ms + HOUR_MS + 300_000, start_ms + 2 * HOUR_MS)
    influxd.delete(access.bucket, *lost, 'device="fan-a"')
    influxd.delete(access.history_bucket, start_ms, start_ms + 60_000, "")
    found = follower.compare(from_ms=start_ms, to_ms=now_ms())
    assert [(d.stream, d.device, d.hour_ms - start_ms) for d in found] == [
        ("reading", "fan-a", HOUR_MS), ("minute", "fan-a", 0),
    ]  # fmt: skip
    assert (found[0].in_journal, found[0].in_sink) == (600, 300)
    _assert_equal(influxd, access, keeper)
    assert influxd.points(access.history_bucket, "minute") == minutes
    assert follower.compare(from_ms=start_ms, to_ms=now_ms()) == []


def test_loss_while_it_was_away_is_repaired_without_being_asked(
    mortal: Influxd, keeper: Keeper
) -> None:
    access = mortal.set_up()
    keeper.add(times_ms=[now_ms() - 1_000] * 40)
    follower = keeper.follower(access)
    follower.start()
    try:
        wait_until(follower, "ok", behind=0)
        mortal.kill()
        keeper.add(times_ms=[now_ms()], first_seq=41)
        wait_until(follower, "down")
        with mortal.out_of_reach() as hidden:
            hidden.delete(access.bucket, now_ms() - HOUR_MS, now_ms(), "")
            assert hidden.points(access.bucket, "reading") == {}
        mortal.start()
        wait_until(follower, "ok", behind=0)
        deadline_s = time.monotonic() + PATIENCE_S
        while len(mortal.points(access.bucket, "reading")) < 41:
            assert time.monotonic() < deadline_s, "what was lost has not come back"
            time.sleep(0.1)
    finally:
        end(follower)
    _assert_equal(mortal, access, keeper)


def test_refused_rows_are_not_quarantined_again_by_comparing(
    influxd: Influxd, access: Access, keeper: Keeper
) -> None:
    influxd.write(access.bucket, f"reading,device=x seq=1.5 {now_ms()}000000")
    keeper.add(times_ms=[now_ms()] * 3)
    follower = deliver(keeper, access)
    assert len(keeper.quarantined) == 3
    assert len(follower.compare(from_ms=now_ms() - HOUR_MS, to_ms=now_ms())) == 1
    assert [item.seq for item in keeper.quarantined] == [1, 2, 3]
    assert keeper.quarantined[0].epoch == EPOCH
