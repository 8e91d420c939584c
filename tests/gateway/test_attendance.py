"""Who is missed, and when."""

import asyncio

from gateway.attendance import OFFLINE_AFTER_MS, Attendance
from tests.gateway.rig import Rig, message, reading, telemetry


def look(rig: Rig) -> list[tuple[str, str]]:
    """Look who is missing; every alarm told so far."""
    attendance = Attendance(fleet=rig.fleet, pipeline=rig.pipeline, now_ms=lambda: rig.now_ms)
    asyncio.run(attendance.look())
    return [(alarm.name, "cleared" if alarm.cleared_ms else "raised") for alarm in rig.told]


def test_who_is_back_within_ten_seconds_is_not_missed(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)), message("fan-01", "status", b"offline"))
    rig.now_ms += OFFLINE_AFTER_MS - 1
    assert look(rig) == []
    rig.take(message("fan-01", "status", b"online"))
    rig.now_ms += OFFLINE_AFTER_MS
    assert look(rig) == []


def test_who_stays_away_is_missed_once_until_the_return(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)), message("fan-01", "status", b"offline"))
    rig.now_ms += OFFLINE_AFTER_MS
    assert look(rig) == [("offline", "raised")]
    rig.take(message("fan-01", "status", b"offline"))  # retained: it comes with every reconnect
    rig.now_ms += OFFLINE_AFTER_MS
    assert look(rig) == [("offline", "raised")]
    rig.take(telemetry("fan-01", reading(2)))  # who measures is there
    assert look(rig) == [("offline", "raised"), ("offline", "cleared")]


def test_who_never_said_to_be_there_is_not_missed(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)))
    rig.now_ms += 10 * OFFLINE_AFTER_MS
    assert look(rig) == []
