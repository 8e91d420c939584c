"""Sums of quarter hours, hours and days, kept beside the minutes: in the background, by a cursor.

A round begins with what was stored since the one before (by revision, so that a restated minute is
found as well), and goes on in time as far as quarters have ended. It writes quarters, then hours of
quarters, six hours of hours, and days of hours and quarters, in portions between two batches; last
the cursor, which says what holds (``journal.tiers``). Whatever ends a round before that, what was
written of it is written again, and nobody has read it meanwhile. An older journal is gone through
from its beginning on.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple, Protocol, TypeVar

from contract.buckets import BucketAt, Interval, day_at, every, tile
from contract.errors import Unavailable
from contract.site_time import SiteTime
from gateway.ingest.lateness import REST
from gateway.journal import Journal, JournalReader
from gateway.journal.tiers import Key, Reach, TierSource, zone_id
from gateway.twin.fleet import Fleet
from gateway.twin.ledger import Ledger, ledger_of
from gateway.twin.tiers import (
    DAY,
    HOUR,
    HOUR_MS,
    QUARTER,
    QUARTER_MS,
    SIX_HOURS,
    SIX_HOURS_MS,
    Tier,
    of_minutes,
    of_tiers,
)
from hosting.threads import to_the_end

log = logging.getLogger(__name__)

LOOK_S: Final = 10.0
GRACE_MS: Final = 120_000  # a minute is stored when the next one has begun
MOST_MINUTES: Final = 5_000  # a round: what has changed, and what time has come to, each
SLICE_S: Final = 0.03  # of computing
DROPPED_AT_ONCE: Final = 2_000
WORTH_NOTING: Final = 5_000  # revisions: so many are looked through in a moment

Ledgers = Mapping[int, Ledger]
T = TypeVar("T")


class Write(Protocol):
    """Does work in a transaction of its own, between two batches; raises Unavailable."""

    async def __call__(self, work: Callable[[Journal], T]) -> T: ...


def ledgers_of(fleet: Fleet) -> Ledgers:
    """By the id of each device."""
    return {device.id: ledger_of(device.asset) for device in fleet}


class Round(NamedTuple):
    """The spans to sum up, by level; ``reach`` is what holds when they are."""

    reach: Reach
    quarters: Sequence[Key]
    hours: Sequence[Key]
    six_hours: Sequence[Key]
    days: Sequence[tuple[int, Interval]]


class Compactor:
    """One round after another. What computes runs in a thread, on a reader of its own."""

    def __init__(
        self,
        *,
        ledgers: Callable[[], Ledgers],
        write: Write,
        open_reader: Callable[[], JournalReader],
        site: SiteTime,
        now_ms: Callable[[], int],
        rest: float = REST,
    ) -> None:
        """``rest``: times as long as a slice took; then it is the others' turn."""
        self._ledgers = ledgers
        self._write = write
        self._open_reader = open_reader
        self._site = site
        self._now_ms = now_ms
        self._rest = rest
        self._healed: dict[int, str] = {}  # device id → program

    async def run(self) -> None:
        while True:
            try:
                found_some = await self.round()
            except Unavailable as error:  # once more, when there is room
                log.warning("sums of hours and days: %s", error)
                found_some = False
            await asyncio.sleep(0 if found_some else LOOK_S)

    async def round(self) -> bool:
        """Sum up some of what there is to; whether there was any."""
        ledgers = self._ledgers()
        reader = await to_the_end(self._open_reader)
        try:
            found = await to_the_end(partial(self._look, reader, ledgers))
            if found is None:
                return False
            await self._sum_up(reader, found, ledgers)
        finally:
            await to_the_end(reader.close)
        await self._write(lambda journal: journal.tiers.put_reach(found.reach))
        self._healed = {id_: ledger.program.id for id_, ledger in ledgers.items()}
        return True

    def _look(self, reader: JournalReader, ledgers: Ledgers) -> Round | None:
        new = {id_: led.program.id for id_, led in ledgers.items()}
        news = {id_: own for id_, own in new.items() if self._healed.get(id_) != own}
        target_ms = self._now_ms() - GRACE_MS
        with reader.blamed():
            return looked(
                reader.tiers(), reader.reach(), self._site, news, target_ms - target_ms % QUARTER_MS
            )

    async def _sum_up(self, reader: JournalReader, found: Round, ledgers: Ledgers) -> None:
        if found.reach.zone != reader.reach().zone:
            await self._drop_days()
        source = reader.tiers()
        works: list[tuple[int, Iterator[tuple[Key, list[Tier]]]]] = [
            (QUARTER, _quarters(source, found.quarters, ledgers)),
            (HOUR, _longer(source, found.hours, ledgers, of=QUARTER, length_ms=HOUR_MS)),
            (SIX_HOURS, _longer(source, found.six_hours, ledgers, of=HOUR, length_ms=SIX_HOURS_MS)),
            (DAY, _days(source, found.days, ledgers)),
        ]
        for level, rows in works:
            while some := await self._slice(reader, rows):
                await self._write(partial(_put, level=level, rows=some))

    async def _slice(
        self, reader: JournalReader, rows: Iterator[tuple[Key, list[Tier]]]
    ) -> list[tuple[Key, list[Tier]]]:
        """Some more rows, and a rest."""
        started_s = time.perf_counter()
        some = await to_the_end(partial(_some, reader, rows))
        if some:
            await asyncio.sleep(self._rest * (time.perf_counter() - started_s))
        return some

    async def _drop_days(self) -> None:
        """Those of another time zone, so that none is left where this one has no such day."""
        gone = DROPPED_AT_ONCE
        while gone == DROPPED_AT_ONCE:  # the pipeline goes on in between
            gone = await self._write(lambda journal: journal.tiers.drop_some(DAY, DROPPED_AT_ONCE))


def _put(journal: Journal, *, level: int, rows: list[tuple[Key, list[Tier]]]) -> None:
    journal.tiers.put(level, rows)


def _some(
    reader: JournalReader, rows: Iterator[tuple[Key, list[Tier]]]
) -> list[tuple[Key, list[Tier]]]:
    until_s, found = time.monotonic() + SLICE_S, []
    with reader.blamed():
        for row in rows:
            found.append(row)
            if time.monotonic() > until_s:
                break
    return found


def looked(
    source: TierSource, reach: Reach, site: SiteTime, new: Mapping[int, str], target_ms: int
) -> Round | None:
    """What there is to sum up; None where that is nothing.

    ``new``: the programs of devices whose rows may have been made without knowing it.
    """
    newest = source.newest_revision()  # first: what is stored from now on comes in another round
    if reach.revision == reach.until_ms == 0:
        changed, revision = [], newest
    else:
        changed = source.changed(reach.revision, MOST_MINUTES)
        revision = changed[-1][2] if len(changed) == MOST_MINUTES else max(newest, reach.revision)
    until_ms = _until(source, reach.until_ms, target_ms)
    quarters = {(id_, ms - ms % QUARTER_MS) for id_, ms, _ in changed if ms < reach.until_ms}
    quarters.update((id_, ms) for id_, own in new.items() for ms in source.unsummed(id_, own))
    zone = zone_id(site.name)
    days_ms = reach.days_ms if reach.zone == zone else 0
    behind_ms = _days_until(site, until_ms)
    sixth_ms = until_ms - until_ms % SIX_HOURS_MS
    is_on_its_way = until_ms > reach.until_ms or behind_ms > days_ms or zone != reach.zone
    is_on_its_way = is_on_its_way or sixth_ms > reach.six_hours_ms
    if not quarters and not is_on_its_way and revision - reach.revision < WORTH_NOTING:
        return None
    late = {key for key in quarters if key[1] < reach.until_ms}
    quarters.update(source.quarters(reach.until_ms, until_ms))
    hours = {(id_, ms - ms % HOUR_MS) for id_, ms in quarters}
    open_ms = reach.until_ms - reach.until_ms % HOUR_MS  # of this hour some quarters are stored
    hours.update((id_, open_ms) for id_ in source.devices(QUARTER, open_ms, reach.until_ms))
    ended = sorted(key for key in hours if key[1] + HOUR_MS <= until_ms)
    days = {(id_, day_at(site, ms)) for id_, ms in late if ms < days_ms}
    days.update(_new(source, partial(day_at, site), quarters, days_ms, behind_ms))
    whole = sorted(day for day in days if _is_of_quarters(day[1]))
    more, sixth_ms = _some_six_hours(source, quarters, reach.six_hours_ms, sixth_ms)
    more.update((id_, ms - ms % SIX_HOURS_MS) for id_, ms in late if ms < reach.six_hours_ms)
    held = Reach(revision, until_ms, behind_ms, zone, sixth_ms)
    return Round(held, sorted(quarters), ended, sorted(more), whole)


def _until(source: TierSource, from_ms: int, target_ms: int) -> int:
    """How far to go in time, in one round."""
    if from_ms >= target_ms:
        return from_ms
    nth_ms = source.nth_from(from_ms, MOST_MINUTES)
    if nth_ms is None or nth_ms >= target_ms:
        return target_ms
    first_ms = source.nth_from(from_ms, 0) or from_ms
    return max(nth_ms - nth_ms % QUARTER_MS, first_ms - first_ms % QUARTER_MS + QUARTER_MS)


def _days_until(site: SiteTime, until_ms: int) -> int:
    """Where the day begins that has not ended by then."""
    return day_at(site, until_ms).start_ms if until_ms else 0


def _some_six_hours(
    source: TierSource, quarters: Iterable[Key], from_ms: int, to_ms: int
) -> tuple[set[Key], int]:
    """Those that have ended since, of an older journal only some; up to where."""
    found, behind_ms = set[Key](), from_ms
    for id_, span in _new(source, every(SIX_HOURS_MS), quarters, from_ms, to_ms):
        if len(found) >= MOST_MINUTES and span.start_ms > behind_ms:
            return found, span.start_ms
        behind_ms = span.start_ms
        found.add((id_, span.start_ms))
    return found, to_ms


def _new(
    source: TierSource, at: BucketAt, quarters: Iterable[Key], from_ms: int, to_ms: int
) -> Iterator[tuple[int, Interval]]:
    """Spans within a time, in order, of whoever has rows in them or is just getting some."""
    oldest_ms = min((ms for _, ms in quarters), default=to_ms)
    if (stored_ms := source.oldest_ms(QUARTER)) is not None:
        oldest_ms = min(oldest_ms, stored_ms)
    own: dict[int, set[int]] = {}
    for id_, start_ms in quarters:
        if from_ms <= start_ms < to_ms:
            own.setdefault(at(start_ms).start_ms, set()).add(id_)
    for span in tile(at, Interval(max(from_ms, oldest_ms), to_ms)):
        for id_ in own.get(span.start_ms, set()).union(source.devices(QUARTER, *span)):
            yield id_, span


def _is_of_quarters(day: Interval) -> bool:
    """No zone has other days since 1972."""
    return day.start_ms % QUARTER_MS == 0 == day.end_ms % QUARTER_MS


# ---------------------------------------------------------------- rows, one span after the other


def _quarters(
    source: TierSource, keys: Iterable[Key], ledgers: Ledgers
) -> Iterator[tuple[Key, list[Tier]]]:
    for id_, start_ms in keys:
        minutes = list(source.minutes(id_, start_ms, start_ms + QUARTER_MS))
        if minutes and id_ in ledgers:  # where they are gone, the row stays
            yield (id_, start_ms), of_minutes(start_ms, minutes, ledgers[id_])


def _longer(
    source: TierSource, keys: Iterable[Key], ledgers: Ledgers, *, of: int, length_ms: int
) -> Iterator[tuple[Key, list[Tier]]]:
    """Spans of such a length, made of those of a level."""
    for id_, start_ms in keys:
        tiers = list(source.tiers(id_, of, start_ms, start_ms + length_ms))
        if tiers and id_ in ledgers:
            yield (id_, start_ms), of_tiers(start_ms, tiers, ledgers[id_])


def _days(
    source: TierSource, keys: Iterable[tuple[int, Interval]], ledgers: Ledgers
) -> Iterator[tuple[Key, list[Tier]]]:
    for id_, day in keys:
        first_ms = -(-day.start_ms // HOUR_MS) * HOUR_MS
        last_ms = max(first_ms, day.end_ms // HOUR_MS * HOUR_MS)
        tiers = [
            *source.tiers(id_, QUARTER, day.start_ms, min(first_ms, day.end_ms)),
            *source.tiers(id_, HOUR, first_ms, last_ms),
            *source.tiers(id_, QUARTER, last_ms, day.end_ms),
        ]
        if tiers and id_ in ledgers:
            yield (id_, day.start_ms), of_tiers(day.start_ms, tiers, ledgers[id_])
