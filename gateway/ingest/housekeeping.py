"""What must be done now and then: checkpoints, retention, room on the disk."""

import asyncio
import itertools
import logging
from collections.abc import Callable
from typing import Final

from contract.errors import Unavailable
from gateway.clocks.clock import Clock
from gateway.clocks.horizon import Horizon
from gateway.ingest.pipeline import Pipeline
from gateway.journal import Journal, JournalReader
from gateway.journal.ballast import Ballast
from gateway.journal.disk_alarm import DiskAlarm
from gateway.metrics import GatewayMetrics
from gateway.twin.tiers import QUARTER_MS

log = logging.getLogger(__name__)

CHECKPOINT_S: Final = 10.0  # 200 twins hold the loop for four milliseconds
PRUNE_S: Final = 10.0
PRUNE_ROWS: Final = 5_000  # a transaction; the pipeline goes on in between
# A device that sends rubbish for days must not fill the disk; counts of it stay for ever.
QUARANTINE_ROWS: Final = 100_000
QUARANTINE_BYTES: Final = 64 * 1024 * 1024
# Rows a follower has not delivered are kept longer, but not for ever: a disk has an end.
FOLLOWER_PATIENCE: Final = 4
HORIZON: Final = "retention_horizon_ms"  # in the journal's meta


class Housekeeper:
    """Keeps the journal small and a restart short."""

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        reader: JournalReader,
        ballast: Ballast,
        disk_alarm: DiskAlarm,
        retention_ms: int,
        minutes_ms: int,
        alarms_ms: int,
        formers_ms: int | None = None,
        metrics: GatewayMetrics,
        clock: Clock,
        archives: bool = False,
        is_importing: Callable[[], bool] = lambda: False,
    ) -> None:
        """``archives``: readings go from the journal when they are in files, by somebody else.

        ``is_importing``: minutes of the past are being made, and some may lack.
        """
        self._is_importing = is_importing
        self._pipeline = pipeline
        self._reader = reader
        self._ballast = ballast
        self._disk_alarm = disk_alarm
        self._retention_ms = retention_ms
        self._minutes_ms = minutes_ms
        self._alarms_ms = alarms_ms
        self._formers_ms = minutes_ms if formers_ms is None else formers_ms
        self._metrics = metrics
        self._clock = clock
        self._archives = archives
        self.horizon_ms: int | None = None  # None: nothing may be deleted
        self._horizon = Horizon(
            stored_ms=_stored(reader),
            newest_ms=reader.newest_ms(),
            steady_ms=clock.steady_ms(),
        )

    async def run(self) -> None:
        for rounds in itertools.count(1):
            await asyncio.sleep(CHECKPOINT_S)
            try:
                await self._pipeline.checkpoint()
                if rounds % round(PRUNE_S / CHECKPOINT_S) == 0:
                    await self._prune()
                    self._ballast.put_back()
                    self._disk_alarm.look_again()
            except Unavailable as error:  # nothing is lost by waiting for the next round
                log.warning("housekeeping: %s", error)

    async def _prune(self) -> None:
        clock = self._clock
        now_ms, steady_ms = clock.now_ms(), clock.steady_ms()
        if clock.in_doubt or not clock.is_proven:
            self._horizon.hold(steady_ms=steady_ms)
            self.horizon_ms = None
            await self._pipeline.write(_prune_quarantine)
            return
        self._horizon.begin(self._reader.oldest_receipt_ms())
        horizon_ms = self._horizon.advance(now_ms=now_ms, steady_ms=steady_ms)
        self.horizon_ms = horizon_ms
        gone = {} if self._archives else await self._prune_by_age(horizon_ms)
        gone |= await self._pipeline.write(lambda journal: self._prune_history(journal, horizon_ms))
        if any(gone.values()):
            log.info("retention: deleted %s", _told(gone))

    async def _prune_by_age(self, horizon_ms: int) -> dict[str, int]:
        gone = await self._prune_readings(horizon_ms - self._retention_ms)
        return gone | {"overdue reading": await self._prune_overdue(horizon_ms)}

    async def _prune_readings(self, before_ms: int) -> dict[str, int]:
        up_to_id, total = self._undelivered_from(), 0
        while gone := await self._pipeline.write(  # the pipeline goes on in between
            lambda journal: journal.prune(before_ms=before_ms, up_to_id=up_to_id, limit=PRUNE_ROWS)
        ):
            total += gone
            await asyncio.sleep(0)
        return {"reading": total}

    async def _prune_overdue(self, horizon_ms: int) -> int:
        overdue_ms = horizon_ms - FOLLOWER_PATIENCE * self._retention_ms
        folded = self._reader.meta("folded_reading", 0)
        gone = await self._pipeline.write(
            lambda journal: journal.prune(
                before_ms=overdue_ms, up_to_id=folded, limit=PRUNE_ROWS, sweep=False
            )
        )
        if gone:
            log.error("%d readings went before a follower had delivered them", gone)
        return gone

    def _prune_history(self, journal: Journal, horizon_ms: int) -> dict[str, int]:
        journal.put_meta(HORIZON, horizon_ms)
        journal.prune_epochs(in_use=self._pipeline.epochs_in_use())
        _prune_quarantine(journal)
        return journal.prune_history(
            before_ms=horizon_ms - self._retention_ms,
            minutes_ms=self._minutes_from(horizon_ms),
            alarms_ms=horizon_ms - self._alarms_ms,
            formers_ms=horizon_ms - self._formers_ms,
        )

    def _minutes_from(self, horizon_ms: int) -> int:
        """Whole quarters go, and none whose sums are not kept beside them yet."""
        if self._is_importing():
            return 0
        old_ms = horizon_ms - self._minutes_ms
        return min(old_ms - old_ms % QUARTER_MS, self._reader.reach().until_ms)

    def _undelivered_from(self) -> int:
        """Rows up to here are folded, checkpointed and delivered to every follower."""
        cursors = self._reader.follower_cursors().values()
        delivered = [cursor["reading"] for cursor in cursors if "reading" in cursor]
        return min([self._reader.meta("folded_reading", 0), *delivered])


def _prune_quarantine(journal: Journal) -> None:
    journal.prune_quarantine(rows=QUARANTINE_ROWS, raw_bytes=QUARANTINE_BYTES)


def _told(gone: dict[str, int]) -> str:
    return ", ".join(f"{count} of {table}" for table, count in gone.items() if count)


def _stored(reader: JournalReader) -> int | None:
    stored_ms = reader.meta(HORIZON, -1)
    return None if stored_ms < 0 else stored_ms
