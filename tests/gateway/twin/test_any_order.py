"""Any order of arrival gives the same sums."""

from bisect import bisect_left, bisect_right, insort
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages import Event, Minute, Reading
from gateway.twin.cadence import AFTER, BEFORE
from gateway.twin.minutes import key_of, restate, start_of
from gateway.twin.twin import Twin
from tests.gateway.builders import (
    DRILL,
    FACTORS,
    T0,
    kpi_of,
    new_twin,
    reading,
    state_of,
)

# ---------------------------------------------------------------- any order of arrival


Sent = Reading | Event


class Journal:
    """What the gateway's journal does for one twin: keeps readings in order, and minutes."""

    def __init__(self) -> None:
        self.twin = new_twin()
        self.readings: list[Reading] = []
        self.minutes: dict[int, Minute] = {}
        self.rows: list[Sent] = []  # as they came
        self.checkpoint = (self.twin.snapshot(), 0)

    def commit(self, batch: list[Sent]) -> None:
        """Store a batch, fold all of it, then restate the minutes around what came late."""
        for each in batch:
            if isinstance(each, Reading):
                insort(self.readings, each, key=key_of)
        self.rows += batch
        self.fold(batch)

    def fold(self, batch: list[Sent]) -> None:
        late = []
        for each in batch:
            if isinstance(each, Event):
                assert self.twin.on_event(each)
            elif not self.twin.fold(each):
                late.append(each)
        starts = {start for each in late for start in self.starts_around(each)}
        starts |= {start_of(time_ms) for time_ms in self.twin.take_owed()}
        self.minutes |= {minute.start_ms: minute for minute in self.twin.take_closed()}
        for start_ms in sorted(starts):
            self.restate(start_ms)
        if starts:  # a restated minute and the sums it went into are stored together
            self.checkpoint = (self.twin.snapshot(), len(self.rows))

    def crash(self) -> None:
        """Lose the twin; go on from the last checkpoint and the rows that came after it."""
        snapshot, count = self.checkpoint
        self.twin = Twin.restore(snapshot, device="drill-1", asset=DRILL, factors=FACTORS)
        self.fold(self.rows[count:])

    def starts_around(self, late: Reading) -> set[int]:
        at = self.readings.index(late)
        around = self.readings[max(0, at - AFTER) : at + BEFORE + 1]
        return {start_of(each.time_ms or 0) for each in around}

    def restate(self, start_ms: int) -> None:
        starts_ms = [start_of(each.time_ms or 0) for each in self.readings]
        first, end = bisect_left(starts_ms, start_ms), bisect_right(starts_ms, start_ms)
        new = restate(
            asset=DRILL,
            start_ms=start_ms,
            before=self.readings[max(0, first - BEFORE) : first],
            readings=self.readings[first:end],
            after=self.readings[end : end + AFTER],
        )
        self.twin.replace_minute(new=new, old=self.minutes.get(start_ms))
        self.minutes[start_ms] = new

    def all_minutes(self) -> dict[int, Minute]:
        minute = self.twin.open_minute()
        return self.minutes | ({minute.start_ms: minute} if minute else {})


def journal_of(batches: list[list[Sent]]) -> Journal:
    journal = Journal()
    for batch in batches:
        journal.commit(batch)
    return journal


@st.composite
def stories(draw: st.DrawFn) -> list[Sent]:
    """What a board may send: gaps, equal times, restarts, a clock that jumps back, and events.

    A reading may lack any of its channels.
    """
    at_ms, epoch, seq = 0, 1, 0
    sent: list[Sent] = []
    for _ in range(draw(st.integers(1, 40))):
        at_ms += draw(
            st.sampled_from([0, 1, 200, 200, 1000, 2000, 2001, 3000, 3000, 4000])
            | st.sampled_from([30_000, 30_000, 60_000, -5000, -70_000])
        )
        seq += 1
        if draw(st.integers(0, 9)) == 0:
            epoch, seq = epoch + 1, 1
        values = {"turns": draw(st.sampled_from([0.0, 200.0, 1000.0]))}
        values["amps"] = draw(st.floats(0, 20))
        if draw(st.booleans()):
            values["ambient"] = draw(st.floats(-40, 85))
        measured = reading(seq, at_ms, epoch=f"a-{epoch}", **values)
        lacks = draw(st.sampled_from(["", "", "", "heat", "turns", "amps"]))
        measured.values = {name: v for name, v in measured.values.items() if name != lacks}
        sent.append(measured)
        for name in draw(st.lists(st.sampled_from(["jammed", "oiled"]), max_size=2)):
            seq += 1
            fields = {"n": float(seq)}
            sent.append(Event(f"a-{epoch}", seq, fields, T0 + at_ms, event=name))
    return sent


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[Sent]]:
    """A story in any order, cut into batches anyhow."""
    order = draw(st.permutations(draw(stories())))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(order) - 1)), max_size=8)))
    return [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)]


@given(arrivals())
def test_any_order_of_arrival_gives_the_same_minutes_and_sums(
    batches: list[list[Sent]],
) -> None:
    journal = journal_of(batches)
    in_order = journal_of([[each] for each in sorted(chain(*batches), key=key_of)])
    assert state_of(journal.twin).events == state_of(in_order.twin).events
    assert journal.all_minutes() == in_order.all_minutes()  # bit for bit
    for name in ("energy_wh", "running_h"):
        figure, expected = kpi_of(journal.twin, name), kpi_of(in_order.twin, name)
        assert figure.value == pytest.approx(expected.value, rel=1e-9, abs=1e-12)
        assert figure.coverage == pytest.approx(expected.coverage, abs=1e-12)


@given(arrivals())
def test_sums_are_those_of_the_minutes(batches: list[list[Sent]]) -> None:
    journal = journal_of(batches)
    minutes = journal.all_minutes().values()
    energy_wh = sum(minute.energy_j or 0.0 for minute in minutes) / 3600
    assert kpi_of(journal.twin, "energy_wh").value == pytest.approx(energy_wh, rel=1e-9, abs=1e-12)
    readings = [each for each in chain(*batches) if isinstance(each, Reading)]
    assert sum(minute.count for minute in minutes) == len(readings)
    events = state_of(journal.twin).events.values()
    assert sum(each.count for each in events) == sum(map(len, batches)) - len(readings)


@given(arrivals(), st.integers(0, 9))
def test_a_crash_anywhere_changes_nothing(batches: list[list[Sent]], crash_at: int) -> None:
    journal, crashing = journal_of(batches), Journal()
    for at, batch in enumerate(batches):
        crashing.commit(batch)
        if at == crash_at:
            crashing.crash()
    assert crashing.all_minutes() == journal.all_minutes()
    assert state_of(crashing.twin) == state_of(journal.twin)


def test_a_minute_without_readings_cannot_be_restated() -> None:
    with pytest.raises(ValueError, match="no readings"):
        restate(asset=DRILL, start_ms=T0, before=[], readings=[], after=[])
