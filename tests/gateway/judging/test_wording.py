"""What open alarms say follows what is so by now: by a clock that only the tests move."""

import asyncio
import re
from typing import Any

import pytest

from contract.messages import ClockOffset
from gateway.journal import Journal
from gateway.judging.sentences import Sentence, plainly
from gateway.judging.wording import LOOK_AGAIN_S
from gateway.twin.alarm_changes import Shelf
from gateway.twin.alarms import AlarmBook
from hosting.audit.events import Event, What
from tests.gateway.boards import HOUR_MS, Board, birth, open_names, status, text_of, told
from tests.gateway.rig import VALUES, Rig, reading, telemetry

BEHIND = ClockOffset(2 * HOUR_MS, 5, corrected=True)
AHEAD = ClockOffset(-HOUR_MS, 5, corrected=True)
A_LOOK = round(LOOK_AGAIN_S)


def acknowledge(rig: Rig, name: str) -> None:
    rig.device().twin.book.acknowledge(name, by="Ada", now_ms=rig.now_ms)
    asyncio.run(rig.pipeline.settle([rig.device()]))


def live_with(rig: Rig, board: Board, clock: ClockOffset, seconds: int) -> None:
    for _ in range(seconds):
        board.send()
        rig.device().board_clock = clock
        rig.pass_s(1)


def row(rig: Rig) -> tuple[Any, ...]:
    sql = "SELECT text, count, acknowledged_by, raised_ms, cleared_ms FROM alarm"
    [found] = rig.rows(sql)
    return found


# ---------------------------------------------------------------- retold


def test_a_clock_that_is_off_to_the_other_side_is_said_to_be_so(rig: Rig) -> None:
    board = Board(rig)
    live_with(rig, board, BEHIND, 3)
    assert "2 h 0 min behind" in text_of(rig, "clock_off")
    acknowledge(rig, "clock_off")
    _, _, _, raised_ms, _ = row(rig)
    live_with(rig, board, AHEAD, A_LOOK)
    said = "The clock of fan-01 is 1 h 0 min ahead; readings are corrected. Set it right."
    assert row(rig) == (said, 1, "Ada", raised_ms, None)
    assert rig.told[-1].text == text_of(rig, "clock_off") == said
    assert rig.told[-1].acknowledged_by == "Ada"
    assert [alarm.text for alarm in rig.device().twin.book.open_alarms] == [said]


def test_a_shelved_alarm_comes_back_by_itself_and_is_told(rig: Rig) -> None:
    board = Board(rig)
    live_with(rig, board, BEHIND, 3)
    shelf = Shelf(rig.now_ms + 20_000, "Ada", "Known.")
    rig.device().twin.book.shelve("clock_off", shelf, now_ms=rig.now_ms)
    asyncio.run(rig.pipeline.settle([rig.device()]))
    live_with(rig, board, BEHIND, 15)
    assert rig.told[-1].shelved_until_ms == shelf.until_ms
    live_with(rig, board, BEHIND, 30)
    back = rig.device().alarms["clock_off"]
    assert (back.shelved_until_ms, back.shelved_by, back.cleared_ms) == (None, None, None)
    assert rig.told[-1] == back


def test_an_alarm_is_told_anew_every_ten_seconds_at_most(rig: Rig) -> None:
    board = Board(rig)
    for _ in range(20):  # it goes to and fro, and no look meets the same side each time
        live_with(rig, board, BEHIND, 1)
        live_with(rig, board, AHEAD, 2)
    assert 2 <= len(rig.told) <= 1 + 60 // A_LOOK


def test_amounts_that_waver_are_not_told_anew(rig: Rig) -> None:
    board = Board(rig)
    for at in range(60):
        live_with(rig, board, ClockOffset(300_000 + 1_000 * (at % 5), 5, corrected=True), 1)
    assert told(rig) == [("clock_off", "raised")]
    live_with(rig, board, ClockOffset(315_000, 5, corrected=True), A_LOOK)
    assert "5 min 15 s behind" in text_of(rig, "clock_off")


def test_starts_that_go_on_are_counted_in_the_text(rig: Rig) -> None:
    board = Board(rig)
    for boot in (1, 2, 3):
        board.restart(f"9f2c41aa-{boot}")
        board.live(20)
    assert "has started 3 times" in text_of(rig, "restarting")
    for boot in (4, 5):
        board.restart(f"9f2c41aa-{boot}")
        board.live(20)
    assert "has started 5 times in the last 10 minutes" in text_of(rig, "restarting")
    board.live(580, every_s=5)
    assert "has started once in the last 10 minutes" in text_of(rig, "restarting")
    board.live(30, every_s=5)
    assert open_names(rig) == []
    assert rig.rows("SELECT count FROM alarm") == [(1,)]


def test_refusals_are_those_of_the_last_minute(rig: Rig) -> None:
    bad = VALUES | {"temperature": -127.0}
    board = Board(rig)
    board.live(6, values=bad)
    assert "5 of 5 values refused" in text_of(rig, "refused")
    board.live(114, values=bad)
    shown = re.search(r"(\d+) of (\d+) values refused", text_of(rig, "refused"))
    assert shown is not None
    refused, total = (int(count) for count in shown.groups())
    assert 54 <= refused <= total <= 66
    board.live(45)  # most are good again, and not all
    shown = re.search(r"(\d+) of (\d+) values refused", text_of(rig, "refused"))
    assert shown is not None
    refused, total = (int(count) for count in shown.groups())
    assert refused < total / 2
    assert rig.rows("SELECT count FROM alarm") == [(1,)]


def test_another_cause_is_named(rig: Rig) -> None:
    board = Board(rig)
    board.live(20, values=VALUES | {"temperature": -127.0})
    assert "temperature" in text_of(rig, "refused")
    board.live(75, values=VALUES | {"rpm": -1.0})
    assert "rpm" in text_of(rig, "refused")
    assert "temperature" not in text_of(rig, "refused")


def test_refusals_that_go_on_alike_are_told_a_few_times(rig: Rig) -> None:
    board = Board(rig)
    for at in range(300):  # another nonsense each time
        board.live(1, values=VALUES | {"temperature": -127.0 - at})
    assert len(rig.told) <= 10


def test_after_a_restart_only_what_is_known_is_said(rig: Rig) -> None:
    board = Board(rig)
    for boot in (1, 2, 3):
        board.restart(f"9f2c41aa-{boot}")
        board.live(20)
    live_with(rig, board, BEHIND, 3)
    before = {name: text_of(rig, name) for name in ("restarting", "clock_off")}
    rig.again()
    rig.pass_s(3)
    assert {name: text_of(rig, name) for name in before} == before
    assert told(rig) == []
    live_with(rig, board, AHEAD, A_LOOK)
    assert "1 h 0 min ahead" in text_of(rig, "clock_off")
    assert text_of(rig, "restarting") == before["restarting"]
    rig.again()
    assert "1 h 0 min ahead" in text_of(rig, "clock_off")


def test_an_alarm_that_comes_back_says_what_is_so_now() -> None:
    book = AlarmBook()
    for at_ms, text in enumerate(("It is so.", "It is otherwise.")):
        book.raise_("odd", kind="system", severity="Low", text=text, time_ms=at_ms)
        book.clear("odd", time_ms=at_ms)
    texts = [each.text for each in book.take() if each.change == "raised"]
    assert texts == ["It is so.", "It is otherwise."]


def test_what_is_at_rest_or_gone_is_not_told_anew() -> None:
    book = AlarmBook()
    for at_ms in (0, 1):
        book.raise_("odd", kind="system", severity="Low", text="It is so.", time_ms=at_ms)
        book.clear("odd", time_ms=at_ms)
    book.take()
    book.retell("odd", text="It is otherwise.", time_ms=2)
    book.retell("other", text="It is otherwise.", time_ms=2)
    assert book.take() == []
    assert [alarm.text for alarm in book.open_alarms] == ["It is so."]


def test_a_sentence_says_the_same_while_its_amounts_hardly_move() -> None:
    one = Sentence("10 of 20 bad", "bad", (10.0, 20.0))
    assert Sentence("11 of 21 bad", "bad", (11.0, 21.0)).says_the_same(one)
    assert not Sentence("12 of 20 bad", "bad", (12.0, 20.0)).says_the_same(one)
    assert not Sentence("10 of 20 worse", "worse", (10.0, 20.0)).says_the_same(one)
    assert not Sentence("10 bad", "bad", (10.0,)).says_the_same(one)
    assert Sentence("Off.").says_the_same(Sentence("Off."))
    assert not Sentence("Off.").says_the_same(Sentence("On."))
    far = Sentence("1 h off", "off", (3600.0,), 10.0)
    assert not Sentence("1 h 0 min off", "off", (3620.0,), 10.0).says_the_same(far)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0.2 s"), (59, "59 s"), (60, "1 min 0 s"), (3_700, "1 h 1 min"), (90_000, "1 d 1 h")],
)
def test_spans_are_told_plainly(seconds: float, text: str) -> None:
    assert plainly(seconds) == text


# ---------------------------------------------------------------- silent


def test_a_silence_names_no_time_that_may_be_another_s(rig: Rig) -> None:
    """Its readings were refused until it fell silent: the last that was taken is long ago."""
    board = Board(rig)
    board.live(2)
    for _ in range(300):
        rig.take(telemetry("fan-01", b"{"))
        rig.pass_s(1)
    rig.pass_s(15)
    text = text_of(rig, "silent")
    assert text.startswith("fan-01 has sent no reading for more than 12 s")
    assert not re.search(r"\d:\d\d|UTC|since", text)


def test_who_hangs_and_comes_back_to_a_new_broker_is_silent_still(rig: Rig) -> None:
    """Its client library greets by itself."""
    rig.take(birth("fan-01", epoch="9f2c41aa-1"), status("fan-01", "online"))
    Board(rig).live(5)
    rig.pass_s(60)
    assert told(rig) == [("silent", "raised")]
    for _ in range(3):
        rig.hears = False
        rig.pass_s(20)
        rig.hears = True
        rig.pass_s(2)
        rig.take(birth("fan-01", epoch="9f2c41aa-1"), status("fan-01", "online"))
        rig.pass_s(90)
    assert told(rig) == [("silent", "raised")]


def test_who_hangs_and_is_said_to_be_gone_for_a_moment_is_silent_still(rig: Rig) -> None:
    Board(rig).live(5)
    rig.pass_s(60)
    rig.take(status("fan-01", "offline"))
    rig.pass_s(3)
    rig.take(status("fan-01", "online"))
    rig.pass_s(90)
    assert told(rig) == [("silent", "raised")]


def test_a_restart_ends_a_silence_when_it_measures(rig: Rig) -> None:
    board = Board(rig)
    board.live(5)
    rig.pass_s(60)
    board.restart("9f2c41aa-2")
    rig.take(birth("fan-01", epoch=board.epoch), status("fan-01", "online"))
    rig.pass_s(5)
    assert open_names(rig) == ["silent"]
    board.live(2)
    assert told(rig) == [("silent", "raised"), ("silent", "cleared")]


# ---------------------------------------------------------------- no login any more


def test_who_has_no_login_any_more_is_not_missed(rig: Rig) -> None:
    Board(rig).live(5)
    rig.presence.note_login("fan-01", known=False)
    rig.take(telemetry("fan-01", reading(90)))  # it was on its way
    rig.pass_s(60)
    rig.take(status("fan-01", "offline"))
    rig.pass_s(60)
    assert told(rig) == []
    rig.presence.note_login("whoever", known=False)
    rig.presence.note_login("fan-01", known=True)
    rig.pass_s(2)
    assert told(rig) == [("offline", "raised")]


@pytest.mark.parametrize("word", ["online", "offline"])
def test_who_was_missed_already_is_missed_no_more(rig: Rig, word: str) -> None:
    Board(rig).live(5)
    rig.take(status("fan-01", word))
    rig.pass_s(60)
    assert len(open_names(rig)) == 1
    rig.presence.note_login("fan-01", known=False)
    rig.pass_s(10)
    assert open_names(rig) == []


def test_who_is_heard_all_the_same_is_missed_again(rig: Rig) -> None:
    board = Board(rig)
    board.live(5)
    rig.presence.note_login("fan-01", known=False)
    board.live(30)
    rig.pass_s(15)
    assert told(rig) == [("silent", "raised")]


@pytest.mark.parametrize(
    ("done", "is_missed"),
    [
        ([What.DEVICE_REMOVED], False),
        ([What.DEVICE_REMOVED, What.DEVICE_ADDED], True),
        ([What.DEVICE_REMOVED, What.DEVICE_RENEWED], True),
        ([What.DEVICE_ADDED, What.DEVICE_REMOVED], False),
        ([What.READER_REMOVED], True),
    ],
)
def test_a_restart_remembers_whose_login_was_taken_away(
    rig: Rig,
    done: list[What],
    is_missed: bool,  # noqa: FBT001
) -> None:
    Board(rig).live(5)
    asyncio.run(rig.pipeline.write(lambda journal: _enter(journal, done)))
    rig.again()
    rig.pass_s(60)
    assert open_names(rig) == (["silent"] if is_missed else [])


def _enter(journal: Journal, done: list[What]) -> None:
    for what in done:
        event = Event(time_ms=1, who="Ada", origin="this machine", what=what, detail="fan-01")
        journal.audits.add(event, count=1)
