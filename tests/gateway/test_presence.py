"""Who is missed, who misbehaves, and when: by a clock that only the tests move."""

from typing import Any

import pytest

from gateway.alarms import CHATTER_MS
from gateway.conditions import OFFLINE_AFTER_S
from gateway.fleet import Device
from gateway.messages import Aside, Birth, ClockOffset
from gateway.presence import SETTLED_S
from tests.gateway.rig import CLOCK_ALARM_S, EPOCH, VALUES, Rig, message, reading, telemetry

CHATTER_S = CHATTER_MS // 1000
HOUR_MS = 3_600_000


def told(rig: Rig) -> list[tuple[str, str]]:
    """Every alarm told so far."""
    return [(alarm.name, "cleared" if alarm.cleared_ms else "raised") for alarm in rig.told]


def open_names(rig: Rig, name: str = "fan-01") -> list[str]:
    return sorted(rig.device(name).alarms)


def text_of(rig: Rig, alarm: str, name: str = "fan-01") -> str:
    return rig.device(name).alarms[alarm].text


def status(name: str, word: str, *, retain: bool = False) -> Any:
    return message(name, "status", word.encode(), retain=retain)


def birth(name: str, *, retain: bool = False, **fields: Any) -> Any:
    return message(name, "birth", {"asset": "fan"} | fields, retain=retain)


class Board:
    """A board that measures once a second, on time, while it lives."""

    def __init__(self, rig: Rig, name: str = "fan-01", *, epoch: str = EPOCH) -> None:
        self._rig = rig
        self._name = name
        self._seq = 0
        self.epoch = epoch

    def send(self, **changes: Any) -> None:
        self._seq += 1
        fields: dict[str, Any] = {"epoch": self.epoch, "time_ms": self._rig.now_ms} | changes
        self._rig.take(telemetry(self._name, reading(self._seq, **fields)))

    def live(self, seconds: int, *, every_s: int = 1, **changes: Any) -> None:
        for at in range(seconds):
            if at % every_s == 0:
                self.send(**changes)
            self._rig.pass_s(1)

    def restart(self, epoch: str) -> None:
        self.epoch, self._seq = epoch, 0


# ---------------------------------------------------------------- offline


def test_who_is_back_within_ten_seconds_is_not_missed(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)), status("fan-01", "offline"))
    rig.pass_s(OFFLINE_AFTER_S - 1)
    assert told(rig) == []
    rig.take(status("fan-01", "online"))
    rig.pass_s(5)
    assert told(rig) == []


def test_who_stays_away_is_missed_once_until_the_return(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)), status("fan-01", "offline"))
    rig.pass_s(OFFLINE_AFTER_S)
    assert told(rig) == [("offline", "raised")]
    rig.take(status("fan-01", "offline", retain=True))  # it comes with every reconnect
    rig.pass_s(100)
    assert told(rig) == [("offline", "raised")]
    rig.take(telemetry("fan-01", reading(2)))  # who measures is there
    assert told(rig) == [("offline", "raised"), ("offline", "cleared")]


def test_no_wall_clock_makes_anybody_missed(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)), status("fan-01", "offline"))
    rig.now_ms += 10 * HOUR_MS
    rig.pass_s(2)
    rig.now_ms -= 20 * HOUR_MS
    rig.pass_s(OFFLINE_AFTER_S - 3)
    assert told(rig) == []
    rig.pass_s(1)
    assert told(rig) == [("offline", "raised")]


# ---------------------------------------------------------------- silent


def test_a_board_that_hangs_while_its_connection_stands_is_silent(rig: Rig) -> None:
    rig.take(birth("fan-01", rate_hz=5.0), status("fan-01", "online"))
    Board(rig).live(5)
    rig.pass_s(8)
    assert told(rig) == []
    rig.pass_s(2)
    assert told(rig) == [("silent", "raised")]
    assert text_of(rig, "silent").startswith("fan-01 has sent nothing since 12:00:04 UTC, its ")
    rig.take(telemetry("fan-01", reading(9)))
    rig.pass_s(1)
    assert told(rig) == [("silent", "raised"), ("silent", "cleared")]


@pytest.mark.parametrize(
    "first",
    [
        [birth("fan-01")],
        [birth("fan-01"), status("fan-01", "online")],
        [telemetry("fan-01", {"values": VALUES})],
    ],
    ids=["a birth", "a birth and a status", "mosquitto_pub once"],
)
def test_who_came_and_said_no_more_is_silent(rig: Rig, first: list[Any]) -> None:
    rig.take(*first)
    rig.pass_s(9)
    assert told(rig) == []
    rig.pass_s(2)
    assert told(rig) == [("silent", "raised")]


@pytest.mark.parametrize("announced", [True, False])
def test_a_slow_board_has_three_of_its_own_periods(rig: Rig, announced: bool) -> None:  # noqa: FBT001
    rig.take(birth("fan-01", rate_hz=1 / 60) if announced else birth("fan-01"))
    board = Board(rig)
    board.live(300, every_s=60)
    if not announced:  # nobody knew after its first reading that it is so slow
        rig.told.clear()
    rig.pass_s(119)
    assert told(rig) == []
    rig.pass_s(2)
    assert told(rig) == [("silent", "raised")]
    assert "its period is 1 min 0 s" in text_of(rig, "silent")


def test_a_reading_says_how_often_its_board_measures(rig: Rig) -> None:
    rig.take(birth("fan-01", rate_hz=5.0))
    rig.take(telemetry("fan-01", reading(1, period_ms=3_600_000)))
    rig.pass_s(3 * 3600 - 1)
    assert told(rig) == []
    rig.pass_s(2)
    assert told(rig) == [("silent", "raised")]


def test_what_the_broker_kept_is_no_sign_of_life(rig: Rig) -> None:
    rig.take(birth("fan-01"), status("fan-01", "online"))
    rig.pass_s(11)
    rig.take(birth("fan-01", retain=True), status("fan-01", "online", retain=True))
    rig.pass_s(30)
    assert told(rig) == [("silent", "raised")]


def test_who_greets_is_heard(rig: Rig) -> None:
    Board(rig).live(2)
    rig.take(status("fan-01", "offline"))
    rig.pass_s(300)
    rig.take(birth("fan-01"), status("fan-01", "online"))
    rig.pass_s(8)
    assert told(rig) == [("offline", "raised"), ("offline", "cleared")]


def test_refused_and_repeated_readings_are_heard_as_well(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)))
    for _ in range(5):
        rig.pass_s(6)
        rig.take(telemetry("fan-01", reading(1)))
        rig.pass_s(6)
        rig.take(telemetry("fan-01", b"{"))
    assert "silent" not in open_names(rig)


def test_one_cause_is_one_alarm(rig: Rig) -> None:
    rig.take(birth("fan-01"), status("fan-01", "online"))
    rig.pass_s(12)
    assert open_names(rig) == ["silent"]
    rig.take(status("fan-01", "offline"))
    rig.pass_s(9)
    assert open_names(rig) == ["silent"], "somebody is told all the time"
    rig.pass_s(2)
    assert open_names(rig) == ["offline"]
    rig.pass_s(300)
    assert open_names(rig) == ["offline"]


def test_nobody_is_silent_while_nobody_can_be_heard(rig: Rig) -> None:
    Board(rig).live(3)
    rig.hears = False
    rig.pass_s(3600)
    rig.hears = True
    rig.pass_s(29)
    assert told(rig) == [], "boards take a while to find a broker that was away"
    rig.pass_s(2)
    assert told(rig) == [("silent", "raised")]
    rig.hears = False
    rig.pass_s(60)
    rig.hears = True
    rig.pass_s(5)
    assert open_names(rig) == ["silent"], "it was not heard"


def test_a_process_that_was_stopped_blames_nobody(rig: Rig) -> None:
    Board(rig).live(3)
    rig.monotonic_s += 3600.0  # SIGSTOP, or a laptop's lid
    rig.pass_s(1)
    assert told(rig) == []


def test_after_a_restart_each_has_its_periods_before_it_is_silent(rig: Rig) -> None:
    Board(rig).live(3)
    rig.again()
    rig.pass_s(9)
    assert told(rig) == []
    rig.pass_s(2)
    assert told(rig) == [("silent", "raised")]


def test_a_silence_that_goes_on_over_a_restart_is_one_alarm(rig: Rig) -> None:
    board = Board(rig)
    board.live(3)
    rig.pass_s(11)
    assert open_names(rig) == ["silent"]
    rig.again()
    rig.pass_s(60)
    assert told(rig) == []
    assert open_names(rig) == ["silent"]
    board.send()
    rig.pass_s(1)
    assert told(rig) == [("silent", "cleared")]


def test_silences_that_follow_each_other_count(rig: Rig) -> None:
    board = Board(rig)
    for _ in range(4):
        board.live(2)
        rig.pass_s(12)
    assert [alarm.count for alarm in rig.told if alarm.cleared_ms is None] == [1, 2, 3, 4]
    board.live(CHATTER_S + 3)
    assert open_names(rig) == []
    assert rig.rows("SELECT count, cleared_ms IS NULL FROM alarm") == [(4, 0)]


# ---------------------------------------------------------------- refused


def test_a_sensor_that_answers_nonsense_for_a_minute_is_named(rig: Rig) -> None:
    board = Board(rig)
    board.live(90)
    bad = VALUES | {"temperature": -127.0}
    board.live(25, values=bad)
    assert told(rig) == [], "less than half of a minute"
    board.live(30, values=bad)
    assert told(rig) == [("refused", "raised")]
    text = text_of(rig, "refused")
    assert "temperature" in text
    assert "-127" in text
    board.live(50)
    assert open_names(rig) == ["refused"]
    board.live(30)
    assert open_names(rig) == []


def test_a_board_of_which_nothing_was_ever_good_is_named_soon(rig: Rig) -> None:
    Board(rig).live(6, values=VALUES | {"temperature": -127.0})
    assert "5 of 5 values refused in the last minute" in text_of(rig, "refused")


def test_a_channel_that_is_set_aside_is_named(rig: Rig) -> None:
    board = Board(rig)
    board.live(2)
    aside = Aside(-127.0, "out_of_range", "-127 is not possible (-40 to 150 °C)")
    for _ in range(8):
        rig.presence._tally(rig.device()).note("temperature", aside.detail)
        board.live(1)
    assert text_of(rig, "refused").endswith(
        "values refused in the last minute: -127 is not possible (-40 to 150 °C)"
    )
    assert text_of(rig, "refused").startswith("temperature: ")


@pytest.mark.parametrize("bad_of_ten", [1, 4])
def test_half_and_less_is_no_alarm(rig: Rig, bad_of_ten: int) -> None:
    board = Board(rig)
    board.live(10)
    for at in range(200):
        board.live(1, values=VALUES | ({"rpm": -1.0} if at % 10 < bad_of_ten else {}))
    assert told(rig) == []


def test_four_accidents_are_no_alarm_and_three_of_a_slow_board_are(rig: Rig) -> None:
    bad = VALUES | {"rpm": -1.0}
    quick, slow = Board(rig), Board(rig, "fan-02")
    rig.take(birth("fan-01", rate_hz=1.0), birth("fan-02", rate_hz=1 / 30))
    quick.live(4, values=bad)
    rig.pass_s(3)
    assert told(rig) == []
    slow.live(61, every_s=30, values=bad)
    assert open_names(rig, "fan-02") == ["refused"]
    assert "in the last 2 min 30 s" in text_of(rig, "refused", "fan-02")


def test_a_refusal_alarm_from_before_a_restart_clears_by_itself(rig: Rig) -> None:
    board = Board(rig)
    board.live(8, values=VALUES | {"temperature": -127.0})
    rig.again()
    board.live(50)
    assert open_names(rig) == ["refused"], "nobody can tell yet"
    board.live(15)
    assert told(rig) == [("refused", "cleared")]


# ---------------------------------------------------------------- restarting


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
    rig.pass_s(11)
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
