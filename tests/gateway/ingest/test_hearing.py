"""What counts as the word of a board's clock, of all that its readings say of the time."""

import json

import pytest

from contract.messages import Reading
from gateway.ingest.hearing import _times, bear_witness
from gateway.ingest.intake import Intake
from gateway.journal import Row
from tests.gateway.clocks.test_clock import MINUTE, SECOND, World
from tests.gateway.rig import EPOCH, VALUES, Rig, message, reading, telemetry


@pytest.mark.parametrize("queued", [True, False])
@pytest.mark.parametrize("ahead_ms", [-3 * MINUTE, 3 * MINUTE])
def test_a_queue_drained_at_the_pace_it_was_filled_is_no_wrong_clock(
    rig: Rig, *, queued: bool, ahead_ms: int
) -> None:
    rig.take(*(telemetry(name, reading(1)) for name in ("fan-01", "fan-02", "fan-03")))
    world = World()
    for seq in range(20):
        world.true_ms += SECOND
        now_ms, intake = world.clock.now_ms(), Intake()
        for device in rig.fleet:
            item = Reading(EPOCH, seq, VALUES, board_ms=now_ms + ahead_ms)
            intake.rows.append(Row(1, 1, device.id, item, b"{}"))
            intake.owners.append(device)
        bear_witness(world.clock, intake, now_ms, queued=queued)
    assert world.clock.in_doubt == (not queued or ahead_ms > 0), "no waiting makes a clock fast"


def test_of_a_backlog_the_newest_message_of_each_board_is_heard_at_a_start() -> None:
    messages = [
        *(telemetry(name, reading(seq)) for seq in range(1, 9) for name in ("fan-01", "fan-02")),
        telemetry("fan-03", reading(1, time_ms=None)),
        message("fan-04", "birth", {"asset": "fan"}),
        message("fan-05", "telemetry", b"\xff"),
    ]
    newest_ms = json.loads(messages[15].payload or b"")["time_ms"]
    assert list(_times(messages)) == [("fan-01", newest_ms), ("fan-02", newest_ms)]


def test_an_event_tells_the_time_as_well() -> None:
    event = reading(9, event="cleaned", values={})
    assert list(_times([telemetry("fan-01", event)])) == [("fan-01", event["time_ms"])]
