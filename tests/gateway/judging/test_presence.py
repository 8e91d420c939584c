"""Who is missed, whose readings are refused, and when: by a clock that only the tests move."""

from typing import Any

import pytest

from contract.messages import Aside
from gateway.judging.conditions import OFFLINE_AFTER_S
from tests.gateway.boards import CHATTER_S, HOUR_MS, Board, birth, open_names, status, text_of, told
from tests.gateway.rig import EPOCH, VALUES, Message, Rig, reading, telemetry

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
    rig.pass_s(10)
    assert told(rig) == []
    rig.pass_s(2)
    assert told(rig) == [("silent", "raised")]
    said = "fan-01 has sent no reading for more than 12 s, its period is 1 s: check whether its "
    assert text_of(rig, "silent").startswith(said)
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
    rig.pass_s(11)
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


def test_one_message_that_was_held_up_does_not_make_a_board_slower(rig: Rig) -> None:
    """A gateway that was away for 45 s hears a board after 105 s, and then after 15."""
    rig.take(birth("fan-01", rate_hz=1 / 60))
    board = Board(rig)
    board.live(300, every_s=60)
    rig.pass_s(45)
    board.send(time_ms=rig.now_ms - 45_000)
    rig.pass_s(15)
    board.send()
    rig.pass_s(179)
    assert told(rig) == []
    rig.pass_s(2)
    assert told(rig) == [("silent", "raised")]


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


@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.parametrize(
    "word", [status("fan-01", "online"), birth("fan-01", epoch=EPOCH)], ids=["status", "birth"]
)
def test_who_only_greets_again_and_again_is_silent(
    rig: Rig,
    word: Message,
    measured: bool,  # noqa: FBT001
) -> None:
    """Its network lives, and its sensors hang."""
    rig.take(birth("fan-01", epoch=EPOCH), status("fan-01", "online"))
    if measured:
        Board(rig).live(30)
    for _ in range(20):
        rig.pass_s(5)
        rig.take(word)
    assert told(rig) == [("silent", "raised")]
    Board(rig, epoch="9f2c41aa-9").live(2)
    assert open_names(rig) == []


def test_who_says_with_each_reading_that_it_is_online_is_one_board(rig: Rig) -> None:
    for _ in range(60):
        rig.take(status("fan-01", "online"), telemetry("fan-01", {"values": VALUES}))
        rig.pass_s(2)
    assert told(rig) == []


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
    rig.pass_s(11)
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
