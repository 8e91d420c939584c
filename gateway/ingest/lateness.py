"""Minutes that late readings have touched, computed anew: within bounds, and off the path.

However many late readings come, a minute waits once. What waits is in the journal too (table
``late_minute``), written with whatever follows from the batch that brought it, so a crash forgets
none. Restating goes by slices: computed in a thread from committed rows, taken over between two
batches, with three times as long a rest after each. Devices take turns, so that one with thousands
of minutes to restate does not keep another's one waiting.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import pairwise
from typing import Final, NamedTuple

from contract.messages import Minute, Reading
from gateway.archive.nearby import Nearby
from gateway.ingest.lookback import held_at, reached
from gateway.journal import Journal, JournalReader
from gateway.journal.formers import LATE, Why
from gateway.twin.cadence import AFTER, BEFORE, CLOSE_MS
from gateway.twin.fleet import Device
from gateway.twin.minutes import emptied, restate, start_of
from gateway.twin.twin import Twin

SLICE_S: Final = 0.05  # of computing; a minute that takes longer is a slice of its own
SLICE_MINUTES: Final = 64
REST: Final = 3  # times as long as a slice took: restating has a quarter of the time
# An open minute grows while a thread looks at it, so it is restated between two batches: up to so
# many readings, which takes some milliseconds. A larger one waits until it has closed, or the
# device is quiet.
SMALL: Final = 1_000
QUIET_S: Final = 5.0
MINUTE_MS: Final = 60_000
# A device's: readings of long ago that touch others wait on their board. A month has 43,200.
MOST_WAITING: Final = 50_000

Key = tuple[int, int]  # device id, start of the minute


class Wait(NamedTuple):
    """What waits of a minute: ``alone`` or with those around it; and why."""

    alone: bool
    why: Why

    def with_(self, other: "Wait") -> "Wait":
        """Both at once; that readings came late says less than anything else, a deletion most."""
        is_less = self.why == LATE or other.why.may_shrink
        return Wait(self.alone and other.alone, other.why if is_less else self.why)


class Job(NamedTuple):
    """A minute to restate, ``alone`` or with those around it whose intervals it may change."""

    device: Device
    twin: Twin  # which it had when the job was picked
    start_ms: int
    alone: bool
    open_ms: int  # the device's open minute when the job was picked
    quiet: bool  # it is that one, and nothing had come for a while
    stored: int  # how many readings the device had then
    why: Why = LATE


class Outcome(NamedTuple):
    """A minute as the journal's rows have it; None while it was open and must be looked at live."""

    job: Job
    start_ms: int
    minute: Minute | None

    @property
    def is_ahead(self) -> bool:
        """Whether it lay behind the open minute, as imported ones may, and something came since."""
        is_same = self.job.device.twin is self.job.twin
        return is_same and self.minute is not None and self.start_ms > self.job.open_ms


class LateWork:
    """What waits to be restated. ``compute`` runs in a thread; all else in the event loop's."""

    def __init__(self, open_reader: Callable[[], JournalReader]) -> None:
        self._open_reader = open_reader
        self._waiting: dict[int, tuple[Device, dict[int, Wait]]] = {}  # by start
        self._unwritten: set[Key] = set()
        self._done: set[Key] = set()
        self._looked: dict[int, tuple[int, float]] = {}  # device id → readings it has had since
        self._shrinking: set[Key] = set()
        self._unread: dict[tuple[int, Why], dict[int, str]] = {}  # by start

    def __len__(self) -> int:
        return sum(len(starts) for _, starts in self._waiting.values())

    def is_full(self, device: Device) -> bool:
        """Whether so much of a device waits that more of long ago has to wait with its board."""
        entry = self._waiting.get(device.id)
        return entry is not None and len(entry[1]) >= MOST_WAITING

    @property
    def has_news(self) -> bool:
        """Whether ``stage`` has something to write."""
        return bool(self._unwritten or self._done)

    # ------------------------------------------------------------------ what waits

    def note(self, device: Device, time_ms: int) -> None:
        """An item of ``time_ms`` came late."""
        self.wait(device, start_of(time_ms), alone=False)

    def wait(self, device: Device, start_ms: int, *, alone: bool, why: Why = LATE) -> None:
        """Let a minute wait to be restated."""
        if why.may_shrink:
            self._shrinking.add((device.id, start_ms))
        entry = self._waiting.get(device.id)
        if entry is None:
            entry = self._waiting[device.id] = (device, {})
        starts, new = entry[1], Wait(alone, why)
        known = starts.get(start_ms)
        both = new if known is None else known.with_(new)
        if both != known:
            starts[start_ms] = both
            self._unwritten.add((device.id, start_ms))

    def forget(self, device: Device) -> None:
        """What waits of a device that is gone."""
        self._waiting.pop(device.id, None)
        self._looked.pop(device.id, None)
        self._shrinking = {key for key in self._shrinking if key[0] != device.id}

    def is_shrinking(self, device: Device) -> bool:
        """Whether minutes of which readings were deleted wait yet."""
        return any(device_id == device.id for device_id, _ in self._shrinking)

    def take_unread(self, device: Device, why: Why) -> dict[int, str]:
        """Minutes that somebody wanted restated and that are as they were, and why, by start."""
        return self._unread.pop((device.id, why), {})

    def load(self, device: Device, start_ms: int, *, alone: bool, why: Why) -> None:
        """A minute that the journal says was waiting at the last end."""
        self._waiting.setdefault(device.id, (device, {}))[1][start_ms] = Wait(alone, why)

    def stage(self, journal: Journal) -> None:
        """Write what waits, and what waits no more, in an open transaction."""
        journal.drop_late_minutes(key for key in self._done if not self._waits(key))
        journal.put_late_minutes(
            (*key, *self._waiting[key[0]][1][key[1]]) for key in self._unwritten if self._waits(key)
        )

    def staged(self) -> None:
        """What ``stage`` wrote is durable."""
        self._unwritten.clear()
        self._done.clear()

    def _waits(self, key: Key) -> bool:
        entry = self._waiting.get(key[0])
        return entry is not None and key[1] in entry[1]

    # ------------------------------------------------------------------ a slice

    def pick(self) -> list[Job]:
        """Some minutes, of each device in turn; they wait no more, but are not done either."""
        jobs: list[Job] = []
        resting: set[int] = set()
        while len(jobs) < SLICE_MINUTES and len(resting) < len(self._waiting):
            device_id = next(iter(self._waiting))
            device, starts = self._waiting.pop(device_id)
            job = self._job(device, starts)
            if job is None:
                resting.add(device_id)
            else:
                jobs.append(job)
            if starts:
                self._waiting[device_id] = (device, starts)  # at the end of the queue
        return jobs

    def _job(self, device: Device, starts: dict[int, Wait]) -> Job | None:
        is_open = device.twin.open_minute()
        open_ms = is_open.start_ms if is_open is not None else 0
        is_large = is_open is not None and is_open.count > SMALL
        for start_ms, (alone, why) in starts.items():
            quiet = start_ms == open_ms and is_large and self._is_quiet(device)
            if start_ms != open_ms or not is_large or quiet:
                del starts[start_ms]
                return Job(
                    device, device.twin, start_ms, alone, open_ms, quiet, self._count(device), why
                )
        return None

    def _is_quiet(self, device: Device) -> bool:
        """Whether nothing has come from it for a while."""
        count, now_s = self._count(device), time.monotonic()
        looked = self._looked.setdefault(device.id, (count, now_s))
        if looked[0] != count:
            self._looked[device.id] = (count, now_s)
            return False
        return now_s - looked[1] >= QUIET_S

    @staticmethod
    def _count(device: Device) -> int:
        return device.counts.stored

    def compute(self, jobs: Iterable[Job]) -> tuple[list[Outcome], list[Job]]:
        """In a thread: minutes from committed rows, and the jobs that found no time.

        Raises Damaged, Unusable.
        """
        outcomes: dict[Key, Outcome] = {}
        left: list[Job] = []
        until_s = time.monotonic() + SLICE_S
        reader = self._open_reader()
        nearby = Nearby(reader.connection)
        try:
            with reader.blamed(), closing(nearby):
                for job in jobs:
                    if outcomes and time.monotonic() > until_s:
                        left.append(job)
                    else:
                        self._compute(reader, nearby, job, outcomes)
        finally:
            reader.close()
        return list(outcomes.values()), left

    def _compute(
        self, reader: JournalReader, nearby: Nearby, job: Job, outcomes: dict[Key, Outcome]
    ) -> None:
        device = job.device
        nearby.go(device.id, job.start_ms)
        if nearby.fault and job.why.reason == "restated":
            self._unread.setdefault((device.id, job.why), {})[job.start_ms] = nearby.fault
            return
        starts = [job.start_ms] if job.alone else touched(reader, device.id, job.start_ms)
        further = () if job.alone else reached(reader, device, job.start_ms, open_ms=job.open_ms)
        for start_ms in starts:
            if (device.id, start_ms) in outcomes:
                continue
            minute = None
            if start_ms != job.open_ms or (job.quiet and start_ms == job.start_ms):
                nearby.go(device.id, start_ms)
                minute = computed(reader, device, start_ms)
                if minute is None and job.why.may_shrink and start_ms == job.start_ms:
                    minute = emptied(device.asset, start_ms)
                if minute is None:
                    continue
            outcomes[device.id, start_ms] = Outcome(job, start_ms, minute)
        for start_ms in further:  # each waits by itself
            outcomes.setdefault((device.id, start_ms), Outcome(job, start_ms, None))

    def finish(self, jobs: Iterable[Job], left: Iterable[Job]) -> None:
        """The outcomes of ``jobs`` are taken over, but for those left, which wait again."""
        waiting = {(job.device.id, job.start_ms) for job in left}
        for job in left:
            self._return(job)
        self._done.update(
            key for job in jobs if (key := (job.device.id, job.start_ms)) not in waiting
        )
        self._shrinking = {key for key in self._shrinking if self._waits(key)}

    def _return(self, job: Job) -> None:
        if job.device.is_gone:
            return
        _, starts = self._waiting.setdefault(job.device.id, (job.device, {}))
        again, known = Wait(job.alone, job.why), starts.get(job.start_ms)
        starts[job.start_ms] = again if known is None else known.with_(again)


def touched(reader: JournalReader, device_id: int, start_ms: int) -> list[int]:
    """The minutes whose figures may change when an item comes late in the one at ``start_ms``.

    The interval behind it ends in another minute. Where intervals are long it can also make or
    break a run of them that begins before it or ends behind it. And less lacks before what has the
    next number.
    """
    end_ms = start_ms + MINUTE_MS
    before = reader.last_before(device_id=device_id, time_ms=start_ms, limit=AFTER)
    first = reader.first_from(device_id=device_id, time_ms=start_ms, limit=1)
    last = reader.last_before(device_id=device_id, time_ms=end_ms, limit=1)
    after = reader.first_from(device_id=device_id, time_ms=end_ms, limit=BEFORE)
    times_ms = [*_reach([*first, *reversed(before)], 0), *_reach([*last, *after], 1)]
    times_ms += reader.next_in_number(device_id=device_id, start_ms=start_ms)
    return sorted({start_ms, *map(start_of, times_ms)})


def _reach(outward: list[Reading], at_least: int) -> list[int]:
    """The times beyond the first of ``outward``, up to the first close interval."""
    times_ms = [each.time_ms or 0 for each in outward]
    for at, (one_ms, other_ms) in enumerate(pairwise(times_ms)):
        if abs(one_ms - other_ms) <= CLOSE_MS:
            return times_ms[1 : 1 + max(at, at_least)]
    return times_ms[1:]


def computed(reader: JournalReader, device: Device, start_ms: int) -> Minute | None:
    """A minute from the journal's rows; None where there are none (any more)."""
    fits = device.checker.fits  # rows may be there from when it was of another type
    readings = reader.minute_readings(device_id=device.id, start_ms=start_ms)
    readings = [reading for reading in readings if fits(reading.values)]
    events = reader.minute_events(device_id=device.id, start_ms=start_ms)
    if not readings and not events:
        return None
    end_ms = start_ms + MINUTE_MS
    before = reader.last_before(device_id=device.id, time_ms=start_ms, limit=BEFORE)
    after = reader.first_from(device_id=device.id, time_ms=end_ms, limit=AFTER)
    before = [reading for reading in before if fits(reading.values)]
    return restate(
        asset=device.asset,
        start_ms=start_ms,
        held=held_at(reader, device, up_to_ms=start_ms - 1, last=before).readings,
        before=before,
        readings=readings,
        after=[reading for reading in after if fits(reading.values)],
        events=events,
        missing=reader.missing(device_id=device.id, start_ms=start_ms),
        params=device.twin.params,
    )


def is_sound(outcome: Outcome) -> bool:
    """Whether what a thread has computed still holds: the minute was closed, or nothing came."""
    job = outcome.job
    if outcome.minute is None or job.device.twin is not job.twin:
        return False
    return outcome.start_ms < job.open_ms or job.device.counts.stored == job.stored
