"""A machine that nobody uses is an anomaly until somebody does, and only where its type says so."""

import asyncio
from typing import Any, Final

from gateway.judging.inactivity import Unused
from tests.gateway.rig import NOW_MS, Rig, telemetry

HOUR_MS: Final = 3_600_000
KEPT = "SELECT name, threshold, start_ms, end_ms FROM anomaly WHERE method = 'limits'"
VALUES: Final = {
    "flow": 0.0, "tank_level": 60.0, "hot_temperature": 85.0, "cold_temperature": 8.0,
    "power": 0.0, "hot_set_point": 85.0, "state": "idle", "litres": 812.4, "energy": 97.31,
}  # fmt: skip


def item(seq: int, hour: float, **more: Any) -> dict[str, Any]:
    time_ms = NOW_MS - 100 * HOUR_MS + round(hour * HOUR_MS)
    return {"epoch": "a-1", "seq": seq, "time_ms": time_ms} | (more or {"values": VALUES})


def served(seq: int, hour: float) -> dict[str, Any]:
    values = {"wait": 2.0, "volume": 0.2, "temperature": 84.0, "right": 1, "drink": "hot"}
    return item(seq, hour, event="service", values=values)


def looking(rig: Rig) -> Unused:
    open_ = list(rig.reader.open_anomalies("limits"))
    return Unused(fleet=rig.fleet, pipeline=rig.pipeline, open_=open_)


def test_it_begins_when_its_type_says_and_ends_when_it_is_used_again(rig: Rig) -> None:
    unused = looking(rig)
    rig.take(telemetry("dispenser-01", item(1, 0.0), served(2, 1.0), item(3, 72.9)))
    assert rig.device("dispenser-01").asset.name == "dispenser"
    asyncio.run(unused.look())
    assert rig.rows(KEPT) == []
    rig.take(telemetry("dispenser-01", item(4, 73.1)))
    for again in (unused, unused, looking(rig)):  # after a restart too it is told once
        asyncio.run(again.look())
        begun_ms = NOW_MS - 27 * HOUR_MS
        assert rig.rows(KEPT) == [("unused", 72.0, begun_ms, None)]
    rig.take(telemetry("dispenser-01", item(5, 80.0), served(6, 81.0)))
    asyncio.run(looking(rig).look())
    assert rig.rows(KEPT) == [("unused", 72.0, begun_ms, NOW_MS - 19 * HOUR_MS)]
    asyncio.run(unused.look())
    assert len(rig.rows(KEPT)) == 1


def test_who_is_in_use_no_more_is_waited_for_no_more(rig: Rig) -> None:
    rig.take(telemetry("dispenser-01", item(1, 0.0), served(2, 1.0), item(3, 90.0)))
    unused = looking(rig)
    asyncio.run(unused.look())
    assert [row[3] for row in rig.rows(KEPT)] == [None]
    rig.device("dispenser-01").enter("retired")
    asyncio.run(unused.look())
    over_ms = NOW_MS - 10 * HOUR_MS  # its last reading: 17 hours after it began
    assert [row[3] for row in rig.rows(KEPT)] == [over_ms]
