"""What must be done now and then: checkpoints, retention, room on the disk."""

import asyncio
import itertools
import logging
from collections.abc import Callable
from typing import Final

from gateway.ballast import Ballast
from gateway.errors import Unavailable
from gateway.journal import Journal, JournalReader
from gateway.messages import GatewayMetrics
from gateway.pipeline import Pipeline
from gateway.writability import Writability

log = logging.getLogger(__name__)

CHECKPOINT_S: Final = 5.0
PRUNE_S: Final = 10.0
PRUNE_ROWS: Final = 5_000  # a transaction; the pipeline goes on in between
# A device that sends rubbish for days must not fill the disk; counts of it stay for ever.
QUARANTINE_ROWS: Final = 100_000
QUARANTINE_BYTES: Final = 64 * 1024 * 1024
# Rows a follower has not delivered are kept longer, but not for ever: a disk has an end.
FOLLOWER_PATIENCE: Final = 4


class Housekeeper:
    """Keeps the journal small and a restart short."""

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        reader: JournalReader,
        ballast: Ballast,
        writability: Writability,
        retention_ms: int,
        metrics: GatewayMetrics,
        now_ms: Callable[[], int],
    ) -> None:
        self._pipeline = pipeline
        self._reader = reader
        self._ballast = ballast
        self._writability = writability
        self._retention_ms = retention_ms
        self._metrics = metrics
        self._now_ms = now_ms

    async def run(self) -> None:
        for rounds in itertools.count(1):
            await asyncio.sleep(CHECKPOINT_S)
            try:
                await self._pipeline.checkpoint()
                if rounds % round(PRUNE_S / CHECKPOINT_S) == 0:
                    await self._prune()
                    self._ballast.put_back()
                    self._writability.look_again()
            except Unavailable as error:  # nothing is lost by waiting for the next round
                log.warning("housekeeping: %s", error)

    async def _prune(self) -> None:
        before_ms = self._now_ms() - self._retention_ms
        up_to_id = self._undelivered_from()
        while await self._pipeline.write(  # noqa: ASYNC110 - the pipeline goes on in between
            lambda journal: journal.prune(before_ms=before_ms, up_to_id=up_to_id, limit=PRUNE_ROWS)
        ):
            await asyncio.sleep(0)
        await self._prune_overdue()
        await self._pipeline.write(lambda journal: self._prune_history(journal, before_ms))

    async def _prune_overdue(self) -> None:
        overdue_ms = self._now_ms() - FOLLOWER_PATIENCE * self._retention_ms
        folded = self._reader.meta("folded_reading", 0)
        gone = await self._pipeline.write(
            lambda journal: journal.prune(
                before_ms=overdue_ms, up_to_id=folded, limit=PRUNE_ROWS, sweep=False
            )
        )
        if gone:
            log.error("%d readings went before a follower had delivered them", gone)

    def _prune_history(self, journal: Journal, before_ms: int) -> None:
        journal.prune_history(before_ms=before_ms)
        journal.prune_epochs(in_use=self._pipeline.epochs_in_use())
        journal.prune_quarantine(rows=QUARANTINE_ROWS, raw_bytes=QUARANTINE_BYTES)

    def _undelivered_from(self) -> int:
        """Rows up to here are folded, checkpointed and delivered to every follower."""
        cursors = self._reader.follower_cursors().values()
        delivered = [cursor["reading"] for cursor in cursors if "reading" in cursor]
        return min([self._reader.meta("folded_reading", 0), *delivered])
