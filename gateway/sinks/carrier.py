"""Rows of the journal over one connection to a sink: onward by cursor, and what was lost again."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import apsw

from gateway.journal import wal
from gateway.journal.reader import follower_cursor
from gateway.journal.rows import Quarantined
from gateway.journal.streams import EVENTS, READINGS, Stream
from gateway.journal.trouble import legible, unsynced
from gateway.sinks.sink import Delivery, Difference, Refused, Sink

BATCH_ROWS: Final = 5_000


class Carrier:
    """What the journal holds, carried to one sink. For one thread, until an error ends it.

    Attributes:
        cursor: stream name to the key of the last row delivered, ``target``: what it was
            delivered to, and the delivery's marks.
        is_new: nothing was ever delivered there.
        sent: rows delivered since the start.
    """

    def __init__(
        self,
        *,
        sink: Sink,
        journal: apsw.Connection,
        delivery: Delivery,
        quarantine: Callable[[Quarantined], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._sink = sink
        self._journal = journal
        self._delivery = delivery
        self._quarantine = quarantine
        self._now_ms = now_ms
        cursor, target = follower_cursor(journal, sink.name), delivery.target
        self.is_new = cursor.get("target") != target
        beginning = {"target": target, **sink.beginning(journal)}
        self.cursor = beginning if self.is_new else cursor
        self.sent = 0

    @property
    def detail(self) -> str:
        return self._delivery.detail

    @property
    def trouble(self) -> str:
        return self._delivery.trouble

    def advance(self, stream: Stream) -> bool:
        """Deliver the stream's next batch and move its cursor; returns whether there was any row.

        What leaves the house is on the disk: a power cut must not take rows that are elsewhere, as
        others would get their numbers. What is refused goes to quarantine when the rest has been
        delivered, so that a batch that is tried again puts nothing there twice.
        """
        with legible(Path(self._journal.filename)):
            rows = stream.after(self._journal, key=self._delivered(stream), limit=BATCH_ROWS)
        if not rows:
            return False
        self._make_durable()
        refused = self._delivery.deliver(stream, rows)
        self.sent += len(rows) - len(refused)
        for one in refused:
            self._quarantine(self._quarantined(stream, one))
        self.cursor |= {stream.name: rows[-1][0], **self._delivery.marks}
        return True

    def _make_durable(self) -> None:
        path = Path(self._journal.filename)
        try:
            wal.sync_at(path)
        except OSError as error:
            raise unsynced(error, path) from error

    def tend(self) -> bool:
        """Have done what is due by time; returns whether there was any."""
        return self._delivery.tend()

    def behind(self) -> int:
        """What is still to deliver."""
        return self._sink.behind(self._journal, self.cursor)

    def compare(self, *, from_ms: int, to_ms: int) -> list[Difference]:
        """Deliver again what the sink has lost of a span of event time; returns what that was."""
        return self._delivery.compare(up_to=self.cursor, from_ms=from_ms, to_ms=to_ms)

    def _delivered(self, stream: Stream) -> int:
        return self.cursor.get(stream.name, 0)

    def _quarantined(self, stream: Stream, refused: Refused) -> Quarantined:
        _, device, _, _, *rest = refused.row
        epoch, seq = (rest[0], rest[1]) if stream in (READINGS, EVENTS) else (None, None)
        return Quarantined(
            received_ms=self._now_ms(),
            device=device,
            topic=f"{self._sink.name}/{stream.name}",
            reason=self._sink.refused,
            detail=refused.detail,
            epoch=epoch,
            seq=seq,
            raw=refused.raw.encode(),
        )
