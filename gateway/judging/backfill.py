"""Time that nobody judged in, read from the journal, judged after all, and stored.

While a backlog is drained each device's newest window is judged only; what lies in between is
noted here and worked off when the pipeline has room. Nothing is published and no alarm is raised
for the past. Devices take turns, a piece of some hundred windows each, so that a day of one of
them keeps nobody waiting; within a span the oldest piece comes first, because another class needs
two windows in a row that agree, and so every piece goes on where the one before it ended.

Spans live in memory: after a restart, what was not judged stays so, and reads as not judged.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contract.assets.words import Asset
from contract.diagnosing import IN_FORCE_MS, JUMP_MS, MAX_WINDOW_ROWS, Window, diagnosis_of, is_hole
from contract.errors import NotServed, Unavailable, Unusable
from contract.messages import Diagnosis
from contract.window import is_long
from gateway.ingest.pipeline import Pipeline
from gateway.journal import Journal, JournalReader
from gateway.judging.classifier import Classifier
from gateway.judging.hindsight import Retelling, Stored, windows_of
from gateway.twin.fleet import Device
from gateway.twin.holds import Holds

log = logging.getLogger(__name__)

PIECE_WINDOWS: Final = 128  # a request: half of what a live one may hold, which waits for it
PIECE_READINGS: Final = 1_000
PAUSE_S: Final = 0.1
REST: Final = 2.0  # times as long as a piece took, so that most of the time is the live windows'
RETRY_S: Final = 1.0
MAX_SPAN_MS: Final = 24 * 3_600_000  # what is older stays unjudged
MAX_SPANS: Final = 20_000
MAX_FAILURES: Final = 5


@dataclass(kw_only=True)
class Span:
    """Readings of ``device`` with ``from_ms < time_ms < until_ms`` that nobody judged.

    ``before`` is what was told of ``from_ms``, if anything was. Where ``joins`` is set,
    ``until_ms`` has been judged.
    """

    device: Device
    from_ms: int
    until_ms: int
    before: Diagnosis | None = None
    joins: bool = True
    failures: int = 0

    def shorten(self) -> None:
        """Give up what lies too far back."""
        if self.until_ms - self.from_ms > MAX_SPAN_MS:
            self.from_ms, self.before = self.until_ms - MAX_SPAN_MS, None


@dataclass(frozen=True)
class _Piece:
    """What the journal holds of the beginning of a span."""

    windows: list[Window]
    standing: list[tuple[int, str, bool]]  # rows there are: time, fault, whether it is an end
    reached_ms: int
    is_last: bool


class Backfill:
    """Works off the spans that are noted."""

    def __init__(
        self,
        *,
        classifier: Classifier,
        live: Classifier,
        pipeline: Pipeline,
        journal_path: Path,
        now_ms: Callable[[], int],
    ) -> None:
        """``classifier`` has a connection and a breaker of its own; ``live`` is only looked at."""
        self._classifier = classifier
        self._live = live
        self._pipeline = pipeline
        self._path = journal_path
        self._now_ms = now_ms
        self._spans: deque[Span] = deque()
        self._latest: dict[int, Span] = {}  # of each device
        self._something = asyncio.Event()

    def note(self, span: Span) -> None:
        """This was not judged. It joins its device's last span, if it goes on where that ends."""
        latest = self._latest.get(span.device.id)
        if latest is not None and latest.from_ms <= span.from_ms <= latest.until_ms + JUMP_MS:
            latest.until_ms, latest.joins = max(latest.until_ms, span.until_ms), span.joins
            return
        if len(self._spans) >= MAX_SPANS:
            self._forget(self._spans.popleft())
        self._spans.append(span)
        self._latest[span.device.id] = span
        self._something.set()

    async def run(self) -> None:
        while True:
            await self._something.wait()
            await asyncio.sleep(PAUSE_S)
            if self._pipeline.saturated:
                continue
            started = time.perf_counter()
            await self._next()
            await asyncio.sleep(REST * (time.perf_counter() - started))

    async def _next(self) -> None:
        span = self._spans.popleft()
        try:
            finished = await self._work_off(span)
        except NotServed as error:  # nothing waits for a model that may never be trained
            finished = True
            log.warning("a time stays unjudged: %s", error, extra={"device": span.device.name})
        except Unavailable as error:
            finished = span.failures >= MAX_FAILURES
            if finished:
                log.warning("a time stays unjudged: %s", error, extra={"device": span.device.name})
            await asyncio.sleep(max(RETRY_S, self._classifier.pause_s))
        if finished:
            self._forget(span)
        else:
            self._spans.append(span)
        if not self._spans:
            self._something.clear()

    def _forget(self, span: Span) -> None:
        if self._latest.get(span.device.id) is span:
            del self._latest[span.device.id]

    async def _work_off(self, span: Span) -> bool:
        """Judge the next piece of ``span``; whether there is no more of it."""
        span.shorten()
        device, until_ms = span.device, span.until_ms
        piece = await asyncio.to_thread(self._read, span, until_ms)
        retelling = Retelling(span.before)
        rows: list[Stored] = []
        if piece.windows:
            judged = await self._judge(span, piece.windows)
            last_ms = judged[-1].time_ms
            times_ms = [row[0] for row in piece.standing if span.from_ms < row[0] <= last_ms]
            rows = retelling.rows(judged, standing_ms=times_ms)
            if not piece.is_last or _ends(span, retelling, piece, until_ms=until_ms):
                rows += retelling.end()
        await self._store(device, rows)
        span.from_ms, span.failures = piece.reached_ms, 0
        if retelling.told is not None and retelling.judged is not None and piece.windows:
            [(span.before, _)] = retelling.end()
        return piece.is_last and span.until_ms == until_ms

    async def _judge(self, span: Span, windows: Sequence[Window]) -> list[Diagnosis]:
        try:
            predictions = await self._classifier.predict(span.device.asset, windows)
        except Unavailable:  # while others are being judged, these readings are at fault
            span.failures += self._live.status().status == "ok"
            raise
        now_ms = self._now_ms()
        return [
            diagnosis_of(window, prediction, judged_ms=now_ms)
            for window, prediction in zip(windows, predictions, strict=True)
        ]

    async def _store(self, device: Device, rows: Sequence[Stored]) -> None:
        def add(journal: Journal) -> None:
            for diagnosis, changed in [] if device.is_gone else rows:
                journal.add_diagnosis(device_id=device.id, diagnosis=diagnosis, changed=changed)

        if rows:
            await self._pipeline.write(add)

    def _read(self, span: Span, until_ms: int) -> _Piece:
        """In a thread, over a connection of its own. Raises Damaged, Unavailable."""
        try:
            with contextlib.closing(JournalReader(self._path)) as reader, reader.blamed():
                return _piece(reader, span, until_ms)
        except Unusable as error:
            raise Unavailable("The journal cannot be read at the moment.") from error


def _piece(reader: JournalReader, span: Span, until_ms: int) -> _Piece:
    device = span.device
    earlier, later = reader.readings_around(
        device_id=device.id, from_ms=span.from_ms, until_ms=until_ms,
        before=_readings_of_a_window(device.asset), limit=PIECE_READINGS,
    )  # fmt: skip
    # Rows may be there from when it was of another type.
    fitting = [reading for reading in (*earlier, *later) if device.checker.fits(reading.values)]
    windows = windows_of(fitting, device=device.name, asset=device.asset, after_ms=span.from_ms)
    holds = Holds()
    for window in windows:
        window.holds = holds.follow(window)
    is_last = len(later) < PIECE_READINGS and len(windows) <= PIECE_WINDOWS
    windows = windows[:PIECE_WINDOWS]
    if is_last:
        reached_ms = until_ms - 1
    else:
        reached_ms = windows[-1].newest_ms if windows else later[-1].time_ms or 0
    standing = reader.diagnoses_between(
        device_id=device.id, from_ms=span.from_ms - IN_FORCE_MS, to_ms=reached_ms
    )
    return _Piece(windows, standing, reached_ms, is_last)


def _readings_of_a_window(asset: Asset) -> int:
    """As many as fill the first window of a piece; of a long one its rows lie further apart."""
    if not is_long(asset):
        return MAX_WINDOW_ROWS
    return min(PIECE_READINGS, round(asset.window_s * asset.nominal_rate_hz))


def _ends(span: Span, retelling: Retelling, piece: _Piece, *, until_ms: int) -> bool:
    """Whether nothing is known of the time after the last window of a span."""
    told, judged = retelling.told, retelling.judged
    if told is None or judged is None:
        return False
    if span.joins:
        return is_hole(from_ms=judged.time_ms, to_ms=until_ms, missed=False)
    # Late readings: their end is no hole where the same class had been told of that time before.
    stood = [row for row in piece.standing if row[0] <= judged.time_ms]
    if not stood:
        return True
    time_ms, fault, is_end = stood[-1]
    return is_end or fault != told.fault or judged.time_ms - time_ms >= IN_FORCE_MS
