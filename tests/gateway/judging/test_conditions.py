"""Who misbehaves, and how that is told: by a clock that only the tests move."""

import pytest

from contract.messages import Birth, ClockOffset
from gateway.judging.presence import SETTLED_S
from gateway.twin.fleet import Device
from tests.gateway.boards import CHATTER_S, HOUR_MS, Board, birth, open_names, status, text_of, told
from tests.gateway.rig import CLOCK_ALARM_S, EPOCH, VALUES, Rig, reading, telemetry

# ---------------------------------------------------------------- restarting


@pytest.mark.slow
def test_three_starts_in_ten_minutes_are_told_and_over_ten_minutes_after_the_last(
    rig: Rig,
) -> None:
    board = Board(rig)
    for boot in (1, 2, 3):
        board.restart(f"9f2c41aa-{boot}")
        rig.take(birth("fan-01", epoch=board.epoch), status("fan-01", "online"))
        board.live(100)
    assert told(rig) == [("restarting", "raised")]
    assert "has started 3 times in the last 10 minutes" in text_of(rig, "restarting")
    board.live(490, every_s=5)
    assert open_names(rig) == ["restarting"]
    board.live(15, every_s=5)
    assert told(rig) == [("restarting", "raised"), ("restarting", "cleared")]


def test_a_board_that_greets_again_and_has_not_started_prolongs_nothing(rig: Rig) -> None:
    """Its network was away for a while, after the gateway itself had started anew."""
    board = Board(rig)
    for boot in (1, 2, 3):
        board.restart(f"9f2c41aa-{boot}")
        rig.take(birth("fan-01", epoch=board.epoch), status("fan-01", "online"))
        board.live(20)
    rig.again()
    board.live(400, every_s=5)
    for _ in range(3):
        rig.take(birth("fan-01", epoch=board.epoch), status("fan-01", "online"))
        board.live(40, every_s=5)
    assert open_names(rig) == ["restarting"]
    board.live(85, every_s=5)
    assert told(rig) == [("restarting", "cleared")]


def test_an_epoch_of_which_only_births_tell_starts_once(rig: Rig) -> None:
    for _ in range(5):
        rig.take(birth("fan-01", epoch="9f2c41aa-1", rate_hz=1 / 3600))
        rig.pass_s(250)
    for boot in (2, 3):
        rig.take(birth("fan-01", epoch=f"9f2c41aa-{boot}", rate_hz=1 / 3600))
        rig.pass_s(20)
    assert open_names(rig) == []
    rig.take(birth("fan-01", epoch="9f2c41aa-4", rate_hz=1 / 3600))
    rig.pass_s(2)
    assert open_names(rig) == ["restarting"]


def test_starts_show_in_readings_alone(rig: Rig) -> None:
    board = Board(rig)
    for boot in (1, 2, 3):
        board.restart(f"9f2c41aa-{boot}")
        board.live(5)
    assert open_names(rig) == ["restarting"]


def test_starts_of_yesterday_that_come_with_a_backlog_are_none(rig: Rig) -> None:
    board = Board(rig)
    for boot in range(1, 9):
        board.restart(f"9f2c41aa-{boot}")
        board.live(3, time_ms=rig.now_ms - 5 * HOUR_MS)
    assert open_names(rig) == []


def test_starts_that_waited_in_the_broker_are_one(rig: Rig) -> None:
    births = [birth("fan-01", epoch=f"9f2c41aa-{boot}") for boot in range(1, 9)]
    rig.take(*births)
    rig.pass_s(5)
    assert told(rig) == []


def test_a_board_without_epochs_starts_with_each_birth(rig: Rig) -> None:
    for _ in range(3):
        rig.take(birth("fan-01"), telemetry("fan-01", {"values": VALUES}))
        rig.pass_s(8)
    rig.take(telemetry("fan-01", {"values": VALUES}))
    rig.pass_s(4)
    assert open_names(rig) == ["restarting"]


def test_boards_that_greet_a_broker_that_is_back_have_not_started(rig: Rig) -> None:
    rig.pass_s(5)
    for _ in range(5):
        rig.hears = False
        rig.pass_s(3)
        rig.hears = True
        rig.pass_s(1)
        rig.take(birth("fan-01"), telemetry("fan-01", {"values": VALUES}))
        rig.pass_s(9)
    assert told(rig) == []


# ---------------------------------------------------------------- two boards, one name


def test_readings_of_two_incarnations_in_turn_are_two_boards(rig: Rig) -> None:
    one, other = Board(rig, epoch="aaaaaaaa-1"), Board(rig, epoch="bbbbbbbb-4")
    for _ in range(3):
        one.live(1)
        other.live(1)
    assert open_names(rig) == ["two_boards"]
    assert text_of(rig, "two_boards").startswith("Two boards use the name fan-01: give each its ")
    one.live(170)
    assert open_names(rig) == ["two_boards"]
    one.live(20)
    assert open_names(rig) == []


@pytest.mark.slow
@pytest.mark.parametrize(("seconds", "every_s"), [(40, 1), (60, 60), (300, 300)])
def test_two_that_take_long_turns_are_two_boards(rig: Rig, seconds: int, every_s: int) -> None:
    """One of them is quiet while the other speaks, or each measures rarely."""
    one, other = Board(rig, epoch="aaaaaaaa-1"), Board(rig, epoch="bbbbbbbb-4")
    for _ in range(6):
        one.live(seconds, every_s=every_s, period_ms=every_s * 1_000)
        other.live(seconds, every_s=every_s, period_ms=every_s * 1_000)
    assert told(rig) == [("two_boards", "raised")]
    one.live(max(3 * seconds, 180) + 10, every_s=5)
    assert told(rig) == [("two_boards", "raised"), ("two_boards", "cleared")]


def test_a_board_that_restarts_and_sends_what_is_left_of_before_is_one(rig: Rig) -> None:
    board = Board(rig, epoch="aaaaaaaa-1")
    board.live(5)
    for _ in range(10):  # as a careless program would: old and new in turns
        board.epoch = "aaaaaaaa-2"
        board.live(1)
        board.epoch = "aaaaaaaa-1"
        board.live(1)
    assert open_names(rig) == []


def test_a_board_with_a_new_spool_each_time_is_one_that_restarts(rig: Rig) -> None:
    board = Board(rig)
    for incarnation in ("aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd"):
        board.restart(f"{incarnation}-1")
        rig.take(birth("fan-01", epoch=board.epoch))
        board.live(5)
    assert open_names(rig) == ["restarting"]


def test_two_that_kick_each_other_out_are_two_boards_and_nothing_else(rig: Rig) -> None:
    for at in range(40):
        rig.take(
            status("fan-01", "offline"),
            birth("fan-01"),
            status("fan-01", "online"),
            telemetry("fan-01", {"values": VALUES | {"temperature": (30.0, 68.0)[at % 2]}}),
        )
        rig.pass_s(1)
    assert told(rig) == [("two_boards", "raised")]


def test_one_whose_connection_flaps_is_one_board(rig: Rig) -> None:
    board = Board(rig)
    for _ in range(40):
        rig.take(
            status("fan-01", "offline"),
            birth("fan-01", epoch=EPOCH),
            status("fan-01", "online"),
        )
        board.live(1)
    assert open_names(rig) == []


@pytest.mark.parametrize("every_s", [1, 5, 10])
def test_two_that_say_nothing_of_themselves_show_in_whom_the_broker_puts_out(
    rig: Rig, every_s: int
) -> None:
    for at in range(40):
        rig.take(telemetry("fan-01", {"values": VALUES | {"temperature": (30.0, 68.0)[at % 2]}}))
        rig.pass_s(1)
        if at >= SETTLED_S and at % every_s == 0:
            rig.presence.note_takeover("fan-01")
    assert open_names(rig) == ["two_boards"]
    for _ in range(200):
        rig.take(telemetry("fan-01", {"values": VALUES}))
        rig.pass_s(1)
    assert open_names(rig) == []


def test_one_that_comes_back_before_its_old_connection_has_ended_is_one_board(rig: Rig) -> None:
    rig.pass_s(SETTLED_S)
    for at in range(120):
        rig.take(telemetry("fan-01", {"values": VALUES}))
        rig.pass_s(1)
        if at % 20 == 0:
            rig.presence.note_takeover("fan-01")
    assert told(rig) == []


def test_one_whose_readings_say_who_they_are_from_is_one_board(rig: Rig) -> None:
    board = Board(rig)
    rig.pass_s(SETTLED_S)
    for _ in range(40):
        board.live(1)
        rig.presence.note_takeover("fan-01")
    assert open_names(rig) == []


def test_who_was_put_out_before_this_start_tells_nothing_of_now(rig: Rig) -> None:
    rig.take(telemetry("fan-01", {"values": VALUES}))
    for _ in range(20):
        rig.presence.note_takeover("fan-01")
        rig.presence.note_takeover("whoever")
    rig.pass_s(2)
    assert told(rig) == []


def test_two_copies_of_one_spool_are_two_boards(rig: Rig) -> None:
    for at in range(12):
        rig.take(
            status("fan-01", "offline"),
            birth("fan-01", epoch=EPOCH),
            status("fan-01", "online"),
            telemetry("fan-01", reading(at // 2 + 1, values=VALUES | {"rpm": 900.0 + at % 2})),
        )
        rig.pass_s(1)
    assert "two_boards" in open_names(rig)


# ---------------------------------------------------------------- clock and budget


def look_with(rig: Rig, device: Device, clock: ClockOffset) -> list[str]:
    device.board_clock = clock
    device.heard_s = rig.presence._now_s
    rig.pass_s(1)
    return sorted(device.alarms)


def test_a_clock_that_is_off_is_told_with_its_offset(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)))
    device, far_ms = rig.device(), round(CLOCK_ALARM_S * 1000)
    assert look_with(rig, device, ClockOffset(far_ms, 5, corrected=True)) == []
    assert look_with(rig, device, ClockOffset(5 * HOUR_MS, 5, corrected=True)) == ["clock_off"]
    text = "The clock of fan-01 is 5 h 0 min behind; readings are corrected. Set it right."
    assert text_of(rig, "clock_off") == text
    assert look_with(rig, device, ClockOffset(0, 5, corrected=False)) == []
    assert look_with(rig, device, ClockOffset(-90_000, 5, corrected=False)) == ["clock_off"]


def test_a_clock_that_jumped_is_told_for_ten_minutes(rig: Rig) -> None:
    board = Board(rig)
    board.live(2)
    rig.device().board_clock = ClockOffset(0, 5, corrected=True)
    rig.device().clock_jumped_s = rig.monotonic_s
    board.live(590, every_s=5)
    assert open_names(rig) == ["clock_off"]
    board.live(15, every_s=5)
    assert open_names(rig) == []


def test_who_is_over_its_budget_is_told_until_ten_minutes_later(rig: Rig) -> None:
    board = Board(rig)
    board.live(2)
    rig.presence.note_over_budget(
        rig.device(), "fan-01 sends 300 readings a second: 100 are taken."
    )
    rig.pass_s(1)
    assert text_of(rig, "over_budget").startswith("fan-01 sends 300")
    board.live(590, every_s=5)
    assert open_names(rig) == ["over_budget"]
    board.live(20, every_s=5)
    assert open_names(rig) == []


def test_a_birth_without_a_rate_says_nothing_of_the_period(rig: Rig) -> None:
    assert Birth(asset="fan").rate_hz is None
    rig.take(birth("fan-01"))
    rig.pass_s(13)
    assert "period" not in text_of(rig, "silent")


# ---------------------------------------------------------------- limits


def test_a_limit_crossed_in_turns_of_seconds_is_one_row_that_ends_by_itself(rig: Rig) -> None:
    rig.take(birth("fan-01", rate_hz=5.0))
    for seq, at_ms in enumerate(range(0, 90_000, 200), start=1):
        current = 2.6 if at_ms // 4000 % 2 else 1.8
        values = VALUES | {"current": current}
        rig.take(telemetry("fan-01", reading(seq, time_ms=rig.now_ms, values=values)))
        rig.now_ms += 200
    [(count,)] = rig.rows("SELECT count FROM alarm")
    assert count > 5
    Board(rig, epoch="9f2c41aa-2").live(CHATTER_S + 10)
    assert rig.rows("SELECT cleared_ms IS NULL FROM alarm") == [(0,)]
