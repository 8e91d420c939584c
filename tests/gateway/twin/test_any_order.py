"""Any order of arrival gives the same sums."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from dataclasses import replace
from itertools import chain, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.assets.words import Asset
from contract.assets.words import Event as EventWord
from contract.assets.words import Kpi as KpiWord
from contract.language import layout as keys
from contract.language.program import program_of
from contract.messages import Event, Minute, Reading
from gateway.twin.cadence import AFTER, BEFORE
from gateway.twin.ledger import ledger_of
from gateway.twin.minutes import key_of, restate, start_of
from gateway.twin.twin import Twin
from tests.gateway.builders import (
    DRILL,
    FACTORS,
    T0,
    kpi_of,
    reading,
    state_of,
)

# A drill that is oiled, and counts how often and how much.
OILED = replace(
    DRILL,
    events=(EventWord(name="oiled", title="Oiled", fields=(("n", "1"), ("oil", "L"))),),
    kpis=(
        *DRILL.kpis,
        KpiWord(name="oilings", title="", unit="1", formula="count(oiled)"),
        KpiWord(name="even", title="", unit="1", formula="count(oiled, oiled.n > 7)"),
        KpiWord(name="oil_l", title="", unit="L", formula="sum(oiled.oil)"),
    ),
)
AT = program_of(OILED).layout.at

# ---------------------------------------------------------------- any order of arrival


Sent = Reading | Event


class Journal:
    """What the gateway's journal does for one twin: keeps items in order, and minutes."""

    def __init__(self, asset: Asset = DRILL) -> None:
        self.asset = asset
        self.twin = Twin(device="drill-1", asset=asset, factors=FACTORS)
        self.readings: list[Reading] = []
        self.events: list[Event] = []
        self.numbers: dict[str, list[tuple[int, int]]] = defaultdict(list)  # of epochs: seq, time
        self.minutes: dict[int, Minute] = {}
        self.rows: list[Sent] = []  # as they came
        self.checkpoint = (self.twin.snapshot(), 0)

    def commit(self, batch: list[Sent]) -> None:
        """Store a batch, fold all of it, then restate the minutes around what came late."""
        for each in batch:
            if isinstance(each, Reading):
                insort(self.readings, each, key=key_of)
            else:
                insort(self.events, each, key=key_of)
            insort(self.numbers[each.epoch], (each.seq, each.time_ms or 0))
        self.rows += batch
        self.fold(batch)

    def fold(self, batch: list[Sent]) -> None:
        starts = set[int]()
        for each in batch:
            if isinstance(each, Event):
                if not self.twin.on_event(each):
                    starts |= self.starts_around(start_of(each.time_ms or 0))
            elif not self.twin.fold(each):
                starts |= self.starts_beside(each) | self.starts_around(start_of(each.time_ms or 0))
        for time_ms, alone in self.twin.take_owed():
            start_ms = start_of(time_ms)
            starts |= {start_ms} if alone else self.starts_around(start_ms)
        self.minutes |= {minute.start_ms: minute for minute in self.twin.take_closed()}
        for start_ms in sorted(starts):
            self.restate(start_ms)
        if starts:  # a restated minute and the sums it went into are stored together
            self.checkpoint = (self.twin.snapshot(), len(self.rows))

    def crash(self) -> None:
        """Lose the twin; go on from the last checkpoint and the rows that came after it."""
        snapshot, count = self.checkpoint
        self.twin = Twin.restore(snapshot, device="drill-1", asset=self.asset, factors=FACTORS)
        self.fold(self.rows[count:])

    def starts_beside(self, late: Reading) -> set[int]:
        at = self.readings.index(late)
        around = self.readings[max(0, at - AFTER) : at + BEFORE + 1]
        return {start_of(each.time_ms or 0) for each in around}

    def starts_around(self, start_ms: int) -> set[int]:
        """A minute, and those of what follows on its items by number."""
        behind = {
            start_of(later_ms)
            for numbers in self.numbers.values()
            for (_, time_ms), (_, later_ms) in pairwise(numbers)
            if start_of(time_ms) == start_ms
        }
        return {start_ms} | behind

    def restate(self, start_ms: int) -> None:
        starts_ms = [start_of(each.time_ms or 0) for each in self.readings]
        first, end = bisect_left(starts_ms, start_ms), bisect_right(starts_ms, start_ms)
        new = restate(
            asset=self.asset,
            start_ms=start_ms,
            before=self.readings[max(0, first - BEFORE) : first],
            readings=self.readings[first:end],
            after=self.readings[end : end + AFTER],
            events=[each for each in self.events if start_of(each.time_ms or 0) == start_ms],
            missing=self.missing(start_ms),
        )
        self.twin.replace_minute(new=new, old=self.minutes.get(start_ms))
        self.minutes[start_ms] = new

    def missing(self, start_ms: int) -> int:
        return sum(
            seq - before - 1
            for numbers in self.numbers.values()
            for (before, _), (seq, time_ms) in pairwise(numbers)
            if start_of(time_ms) == start_ms
        )

    def all_minutes(self) -> dict[int, Minute]:
        minute = self.twin.open_minute()
        return self.minutes | ({minute.start_ms: minute} if minute else {})


def journal_of(batches: list[list[Sent]], asset: Asset = DRILL) -> Journal:
    journal = Journal(asset)
    for batch in batches:
        journal.commit(batch)
    return journal


@st.composite
def stories(draw: st.DrawFn) -> list[Sent]:
    """What a board may send: gaps, equal times, restarts, a clock that jumps back, and events.

    A reading may lack any of its channels, and numbers may lack.
    """
    at_ms, epoch, seq = 0, 1, 0
    sent: list[Sent] = []
    for _ in range(draw(st.integers(1, 40))):
        at_ms += draw(
            st.sampled_from([0, 1, 200, 200, 1000, 2000, 2001, 3000, 3000, 4000])
            | st.sampled_from([30_000, 30_000, 60_000, -5000, -70_000])
        )
        seq += draw(st.sampled_from([1, 1, 1, 3]))
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
            fields = {"n": float(seq)} | ({"oil": draw(st.floats(0, 2))} if seq % 2 else {})
            later_ms = draw(st.sampled_from([0, 0, 1, 70_000]))
            sent.append(Event(f"a-{epoch}", seq, fields, T0 + at_ms + later_ms, event=name))
    return sent


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[Sent]]:
    """A story in any order, cut into batches anyhow."""
    order = draw(st.permutations(draw(stories())))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(order) - 1)), max_size=8)))
    return [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)]


def about(value: float | None) -> Any:
    """As near as sums of another order come; None where it cannot be told."""
    return None if value is None else pytest.approx(value, rel=1e-9, abs=1e-12)


@pytest.mark.slow
@given(arrivals())
def test_any_order_of_arrival_gives_the_same_minutes_and_sums(
    batches: list[list[Sent]],
) -> None:
    journal = journal_of(batches, OILED)
    in_order = journal_of([[each] for each in sorted(chain(*batches), key=key_of)], OILED)
    assert state_of(journal.twin).events == state_of(in_order.twin).events
    assert journal.all_minutes() == in_order.all_minutes()  # bit for bit
    assert kpi_of(journal.twin, "oilings").value == kpi_of(in_order.twin, "oilings").value
    for name in ("energy_wh", "running_h", "oil_l"):
        figure, expected = kpi_of(journal.twin, name), kpi_of(in_order.twin, name)
        assert figure.value == about(expected.value)
        assert figure.coverage == pytest.approx(expected.coverage, abs=1e-12)


@pytest.mark.slow
@given(arrivals())
def test_sums_are_those_of_the_minutes(batches: list[list[Sent]]) -> None:
    journal = journal_of(batches, OILED)
    minutes = journal.all_minutes().values()
    energy_wh = sum(minute.energy_j or 0.0 for minute in minutes) / 3600
    told = kpi_of(journal.twin, "energy_wh")
    assert told.value == (about(energy_wh) if told.coverage else None)
    readings = [each for each in chain(*batches) if isinstance(each, Reading)]
    assert sum(minute.count for minute in minutes) == len(readings)


@pytest.mark.slow
@given(arrivals())
def test_each_event_and_each_number_that_lacks_counts_once(batches: list[list[Sent]]) -> None:
    journal = journal_of(batches, OILED)
    items = list(chain(*batches))
    events = [each for each in items if isinstance(each, Event)]
    oiled = [each for each in events if each.event == "oiled"]
    numbers = defaultdict[str, list[int]](list)
    for each in items:
        numbers[each.epoch].append(each.seq)
    lack = sum(max(seqs) - min(seqs) + 1 - len(seqs) for seqs in numbers.values())
    ledger = ledger_of(OILED)
    sums = list(map(ledger.sums, journal.all_minutes().values()))
    for key, count in (
        (keys.EVENTS, len(events)),
        (keys.MISSING, lack),
        ("count(oiled)", len(oiled)),
    ):
        assert sum(each[AT[key]] for each in sums) == count, key
    told = state_of(journal.twin).events.values()
    assert sum(each.count for each in told) == len(events)
    assert (kpi_of(journal.twin, "oilings").value or 0) == len(oiled)


@pytest.mark.slow
@given(arrivals(), st.integers(0, 9))
def test_a_crash_anywhere_changes_nothing(batches: list[list[Sent]], crash_at: int) -> None:
    journal, crashing = journal_of(batches, OILED), Journal(OILED)
    for at, batch in enumerate(batches):
        crashing.commit(batch)
        if at == crash_at:
            crashing.crash()
    assert crashing.all_minutes() == journal.all_minutes()
    assert state_of(crashing.twin) == state_of(journal.twin)


def test_a_minute_without_items_cannot_be_restated() -> None:
    with pytest.raises(ValueError, match="nothing to restate"):
        restate(asset=DRILL, start_ms=T0, before=[], readings=[], after=[])
