"""Alarms: the three states, limits with delay and hysteresis, faults that have stood a while."""

import itertools
from types import SimpleNamespace

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import Conflict, NotFound
from contract.messages import Alarm
from gateway.ingest.alarm_rows import AlarmRow, row_after
from gateway.journal import decoding, schema, statements
from gateway.journal.reader import ALARM_COLUMNS
from gateway.journal.rows import alarm_bindings
from gateway.twin.alarm_changes import Shelf, Transition
from gateway.twin.alarms import CHATTER_MS, AlarmBook
from gateway.twin.twin import Twin
from tests.gateway.builders import (
    DRILL,
    FACTORS,
    T0,
    reading,
    state_of,
    twin_of,
)

Changes = list[tuple[str, str, int]]


def changes(transitions: list[Transition]) -> Changes:
    """Name, change and time after T0 of each."""
    return [(t.name, t.change, t.time_ms - T0) for t in transitions]


def book_with(name: str = "heat_high", *, raised_ms: int = T0) -> AlarmBook:
    book = AlarmBook()
    book.raise_(name, kind="limit", severity="High", text="Too hot.", time_ms=raised_ms)
    return book


# ---------------------------------------------------------------- the three states


def test_an_alarm_goes_from_raised_over_acknowledged_to_cleared() -> None:
    book = book_with()
    book.acknowledge("heat_high", by="Ann", now_ms=T0 + 5)
    book.clear("heat_high", time_ms=T0 + 9)
    raised, acknowledged, cleared = book.take()
    assert raised == Transition("heat_high", "limit", "High", "Too hot.", "raised", T0, None, T0)
    assert (acknowledged.change, acknowledged.by) == ("acknowledged", "Ann")
    assert (cleared.change, cleared.time_ms, cleared.raised_ms) == ("cleared", T0 + 9, T0)
    assert book.take() == []


def test_an_acknowledgement_has_a_note_and_can_be_taken_back() -> None:
    book = book_with()
    book.acknowledge("heat_high", by="Ann", note="On my way.", now_ms=T0 + 5)
    book.unacknowledge("heat_high", by="Bob", now_ms=T0 + 7)
    _, seen, undone = book.take()
    assert (seen.note, seen.word_ms) == ("On my way.", T0 + 5)
    assert (undone.change, undone.by, undone.note) == ("unacknowledged", "Bob", None)
    assert undone.word_ms == T0 + 7
    [alarm] = book.open_alarms
    assert (alarm.acknowledged_ms, alarm.acknowledged_by, alarm.note) == (None, None, None)
    book.acknowledge("heat_high", by="Eve", now_ms=T0 + 9)


def test_what_nobody_has_acknowledged_cannot_be_undone() -> None:
    with pytest.raises(Conflict, match="nothing to undo"):
        book_with().unacknowledge("heat_high", by="Ann", now_ms=T0)
    with pytest.raises(NotFound):
        AlarmBook().unacknowledge("heat_high", by="Ann", now_ms=T0)


def test_the_later_word_holds_though_the_clock_was_set_back() -> None:
    book = book_with()
    book.acknowledge("heat_high", by="Ann", now_ms=T0 + 9_000)
    book.unacknowledge("heat_high", by="Ann", now_ms=T0 + 1_000)
    _, seen, undone = book.take()
    assert seen.word_ms is not None
    assert undone.word_ms == seen.word_ms + 1


SHELF = Shelf(T0 + 8 * CHATTER_MS, "Ann", "A part is on its way.")


def shelves(book: AlarmBook) -> list[int | None]:
    return [alarm.shelved_until_ms for alarm in book.open_alarms]


def test_a_shelved_alarm_stays_open_and_comes_back_by_itself() -> None:
    book = book_with()
    book.shelve("heat_high", SHELF, now_ms=T0 + 1)
    book.unshelve_due(SHELF.until_ms - 1)
    assert ("heat_high" in book, shelves(book)) == (True, [SHELF.until_ms])
    book.unshelve_due(SHELF.until_ms)
    assert ("heat_high" in book, shelves(book)) == (True, [None])
    _, shelved, back = book.take()
    assert (shelved.change, shelved.by, shelved.shelved_note) == ("shelved", *SHELF[1:])
    assert (back.change, back.by, back.shelved_until_ms) == ("unshelved", None, None)
    book.unshelve_due(SHELF.until_ms + 1)
    assert book.take() == []


def raise_again(book: AlarmBook, at_ms: int) -> None:
    book.clear("heat_high", time_ms=at_ms - CHATTER_MS - 1)
    book.raise_("heat_high", kind="limit", severity="High", text="Too hot.", time_ms=at_ms)


def test_what_comes_anew_while_its_name_is_shelved_is_shelved_too() -> None:
    book = book_with()
    book.shelve("heat_high", SHELF, now_ms=T0 + 1)
    raise_again(book, SHELF.until_ms - 1)
    [alarm] = book.open_alarms
    assert (alarm.raised_ms, alarm.shelved_by) == (SHELF.until_ms - 1, "Ann")
    assert book.take()[-1].shelved_until_ms == SHELF.until_ms
    book.unshelve("heat_high", by="Bob", now_ms=SHELF.until_ms)
    assert shelves(book) == [None]
    raise_again(book, SHELF.until_ms + 2 * CHATTER_MS)
    assert shelves(book) == [None]
    with pytest.raises(Conflict, match="not shelved"):
        book.unshelve("heat_high", by="Bob", now_ms=SHELF.until_ms)


def test_what_comes_after_the_shelf_s_end_asks_for_somebody() -> None:
    book = book_with()
    book.shelve("heat_high", SHELF, now_ms=T0 + 1)
    raise_again(book, SHELF.until_ms)
    assert shelves(book) == [None]


def test_an_alarm_may_clear_unacknowledged() -> None:
    book = book_with()
    book.clear("heat_high", time_ms=T0 + 1)
    assert len(book) == 0


def test_raising_twice_and_clearing_twice_happen_once() -> None:
    book = book_with()
    book.raise_("heat_high", kind="limit", severity="High", text="Again.", time_ms=T0 + 1)
    book.clear("heat_high", time_ms=T0 + 2)
    book.clear("heat_high", time_ms=T0 + 3)
    assert changes(book.take()) == [("heat_high", "raised", 0), ("heat_high", "cleared", 2)]


def test_acknowledging_twice_is_refused_with_the_name_of_who_did() -> None:
    book = book_with()
    book.acknowledge("heat_high", by="Ann", now_ms=T0)
    with pytest.raises(Conflict, match="already been acknowledged by Ann"):
        book.acknowledge("heat_high", by="Bob", now_ms=T0 + 1)


def test_acknowledging_a_cleared_alarm_is_refused() -> None:
    book = book_with()
    book.clear("heat_high", time_ms=T0)
    with pytest.raises(NotFound, match="heat_high"):
        book.acknowledge("heat_high", by="Ann", now_ms=T0 + 1)


# ---------------------------------------------------------------- chatter


def swing(book: AlarmBook, *times_ms: int) -> None:
    """Raise and clear ``heat_high`` in turns, at these times after T0."""
    for number, at_ms in enumerate(times_ms):
        if number % 2:
            book.clear("heat_high", time_ms=T0 + at_ms)
        else:
            book.raise_("heat_high", kind="limit", severity="High", text="Hot.", time_ms=T0 + at_ms)


def test_an_alarm_that_comes_back_within_a_minute_is_the_same() -> None:
    book = AlarmBook()
    swing(book, 0, 1000)
    book.take()
    swing(book, 1000 + CHATTER_MS)
    [again] = book.take()
    assert (again.change, again.raised_ms, again.count) == ("raised", T0, 2)


def test_an_alarm_that_comes_back_later_is_another() -> None:
    book = AlarmBook()
    swing(book, 0, 1000, 1001 + CHATTER_MS)
    assert [(t.change, t.count) for t in book.take()] == [
        ("raised", 1),
        ("cleared", 1),
        ("raised", 1),
    ]


def test_one_that_chatters_stays_open_until_it_has_been_quiet_for_a_minute() -> None:
    book = AlarmBook()
    swing(book, 0, 1000, 2000, 3000)
    assert len(book) == 1
    assert "heat_high" not in book, "nothing stands behind it"
    book.take()
    book.close("heat_high")
    assert changes(book.take()) == [("heat_high", "cleared", 3000 + CHATTER_MS)]
    assert len(book) == 0


def test_only_one_at_rest_can_be_closed() -> None:
    book = book_with()
    book.take()
    book.close("heat_high")
    book.close("other")
    assert book.take() == []


def test_a_return_after_a_minute_of_rest_that_nobody_saw_clears_it_first() -> None:
    book = AlarmBook()
    swing(book, 0, 1000, 2000, 3000)
    book.take()
    swing(book, 3001 + 2 * CHATTER_MS)
    assert [(t.change, t.count) for t in book.take()] == [("cleared", 2), ("raised", 1)]


def test_an_acknowledgement_outlasts_the_chatter() -> None:
    book = AlarmBook()
    swing(book, 0)
    book.acknowledge("heat_high", by="Ann", now_ms=T0)
    book.clear("heat_high", time_ms=T0 + 1)
    swing(book, 2)
    with pytest.raises(Conflict, match="Ann"):
        book.acknowledge("heat_high", by="Bob", now_ms=T0 + 3)


def test_turns_of_two_seconds_are_one_alarm_with_a_count() -> None:
    """A limit without delay, crossed for 2.4 s and not for 2.4 s, 90 s long."""
    speeds = [(at * 200, 100.0 if at // 12 % 2 else 1000.0) for at in range(450)]
    twin = twin_of(*(reading(at_ms + 1, at_ms, turns=turns) for at_ms, turns in speeds))
    found = twin.take_transitions()
    assert {t.raised_ms for t in found} == {T0 + 2400}
    assert max(t.count for t in found) == 450 // 24 + 1
    assert state_of(twin).open_alarms == 1


def test_a_twin_that_was_saved_and_loaded_counts_on() -> None:
    twin = twin_of(reading(1, 0, turns=100), reading(2, 1000))
    twin = Twin.restore(twin.snapshot(), device="drill-1", asset=DRILL, factors=FACTORS)
    twin.take_transitions()
    assert twin.fold(reading(3, 2000, turns=100))
    [again] = twin.take_transitions()
    assert (again.raised_ms, again.count) == (T0, 2)
    twin = Twin.restore(twin.snapshot(), device="drill-1", asset=DRILL, factors=FACTORS)
    assert twin.fold(reading(4, 3000))
    assert twin.fold(reading(5, 4000, turns=100))
    assert [t.count for t in twin.take_transitions()] == [3]


STEPS = st.tuples(
    st.sampled_from(["raise", "clear", "close", "adopt", "acknowledge", "undo", "shelve", "due"]),
    st.integers(min_value=0, max_value=45_000),
)


DRILL_1 = SimpleNamespace(name="drill-1", alarms={})


class Ledger:
    """The journal's table of alarms, in memory."""

    def __init__(self) -> None:
        self._table = apsw.Connection(":memory:")
        schema.migrate(self._table)

        self._table.execute(
            "INSERT INTO device VALUES (1,'drill-1','drill',NULL,'',0,0,1,NULL,NULL,NULL)"
        )

    def put(self, told: Transition) -> None:
        row = row_after(DRILL_1, told)  # type: ignore[arg-type]
        self.write(row)

    def write(self, row: AlarmRow) -> None:
        """As the journal's writer does it."""
        bound = alarm_bindings(row.alarm, row.cause) | {"device": 1, "revision": 1}
        [stored] = self._table.execute(statements.PUT_ALARM, bound)
        for name, value in zip(statements.STORED_OF_ALARM, stored, strict=True):
            setattr(row.alarm, name, value)
        lead = (row.alarm.part_of or row.alarm.id,)
        [found] = self._table.execute(statements.EVIDENCE, lead)
        row.alarm.evidence = decoding.evidence(found)

    def told(self) -> list[tuple[str, str]]:
        """Of what people are told: names and changes, in order."""
        return list(self._table.execute("SELECT name, change FROM transition ORDER BY id"))

    def regraded(self) -> list[tuple[int, str | None]]:
        """When one got graver, and whose word did not count any more."""
        sql = "SELECT time_ms, by FROM transition WHERE change = 'regraded' ORDER BY id"
        return list(self._table.execute(sql))

    def closed(self) -> list[tuple[str, int]]:
        sql = "SELECT name, time_ms FROM transition WHERE change = 'cleared' ORDER BY id"
        return list(self._table.execute(sql))

    def rows(self) -> list[tuple[int, int | None, int]]:
        """When each was raised and cleared, and its count."""
        sql = "SELECT raised_ms, cleared_ms, count FROM alarm ORDER BY id"
        return list(self._table.execute(sql))

    def seen(self) -> list[tuple[int | None, str | None, int | None]]:
        """When each was acknowledged, with which note; until when it is shelved."""
        sql = "SELECT acknowledged_ms, note, shelved_until_ms FROM alarm ORDER BY id"
        return list(self._table.execute(sql))

    def open(self) -> list[Alarm]:
        return [alarm for alarm in self.alarms() if alarm.cleared_ms is None]

    def alarms(self) -> list[Alarm]:
        sql = f"SELECT {ALARM_COLUMNS} FROM alarm a JOIN device d ON d.id = a.device ORDER BY a.id"
        return [decoding.alarm(row) for row in self._table.execute(sql)]


@given(st.lists(STEPS, max_size=40))
def test_any_course_leaves_one_open_row_a_name_that_counts_its_raises(
    steps: list[tuple[str, int]],
) -> None:
    book, ledger, told, time_ms = AlarmBook(), Ledger(), 0, T0
    course: list[Transition] = []
    for what, later_ms in steps:
        time_ms += later_ms
        if what == "raise":
            told += "heat_high" not in book
            book.raise_("heat_high", kind="limit", severity="High", text="", time_ms=time_ms)
        elif what == "clear":
            book.clear("heat_high", time_ms=time_ms)
        elif what == "close":
            book.close("heat_high")
        elif what == "adopt":
            book.adopt(ledger.open())
        else:
            say(book, what, time_ms)
        course += (taken := book.take())
        for transition in taken:
            ledger.put(transition)
        assert len(ledger.open()) == len(book) <= 1
        assert sum(count for _, _, count in ledger.rows()) == told
        for alarm in book.open_alarms:
            said = (alarm.acknowledged_ms, alarm.note, alarm.shelved_until_ms)
            assert ledger.seen()[-1] == said
    rows, seen = ledger.rows(), ledger.seen()
    for (_, cleared_ms, _), (raised_ms, _, _) in itertools.pairwise(rows):
        assert cleared_ms is not None
        assert raised_ms - cleared_ms > CHATTER_MS, "what came back soon got a row of its own"
    for transition in (*course, *course):
        ledger.put(transition)
    assert (ledger.rows(), ledger.seen()) == (rows, seen), "told again, it was another journal"


def say(book: AlarmBook, what: str, time_ms: int) -> None:
    """Acknowledge what stands, shelve it, or take that back, where there is something to say."""
    if what == "due":
        book.unshelve_due(time_ms)
    for alarm in book.open_alarms:
        if what == "acknowledge" and alarm.acknowledged_ms is None:
            book.acknowledge(alarm.name, by="Ann", note=f"at {time_ms}", now_ms=time_ms)
        elif what == "undo" and alarm.acknowledged_ms is not None:
            book.unacknowledge(alarm.name, by="Bob", now_ms=time_ms)
        elif what == "shelve":
            book.shelve(alarm.name, Shelf(time_ms + 90_000, "Ann", None), now_ms=time_ms)


def test_the_worst_alarm_is_the_machine_s_gravest() -> None:
    book = AlarmBook()
    assert book.worst() == "None"
    book.raise_("offline", kind="system", severity="Critical", text="", time_ms=T0)
    assert book.worst() == "None"
    book.raise_("a", kind="limit", severity="Low", text="", time_ms=T0)
    book.raise_("b", kind="fault", severity="High", text="", time_ms=T0)
    assert book.worst() == "High"
