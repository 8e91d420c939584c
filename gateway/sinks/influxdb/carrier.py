"""Rows of the journal into InfluxDB over one connection: onward by cursor, again where lost."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import apsw
import msgspec

from contract.errors import Rejected
from gateway.journal.rows import Quarantined
from gateway.journal.trouble import illegible, legible
from gateway.sinks.influxdb.sending import Sender
from gateway.sinks.influxdb.server import Bucket, Server
from gateway.sinks.influxdb.streams import HOUR_MS, READINGS, STREAMS, Row, Stream
from gateway.twin.kpi import Factors

BATCH_ROWS: Final = 5_000
_SLICE_MS: Final = 24 * HOUR_MS
# Building lines holds the interpreter's lock; ingest, on another thread, may have it this often.
_ROWS_A_TURN: Final = 200

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One device's hour of which InfluxDB holds something else than the journal."""

    stream: str
    device: str
    hour_ms: int
    in_journal: int
    in_influxdb: int


class _Refused(NamedTuple):
    """A row that InfluxDB will not have, why, and what it was sent."""

    row: Row
    detail: str
    raw: str


class Carrier:
    """What the journal holds, carried to one server. For one thread, until an error ends it.

    Attributes:
        cursor: stream name to the key of the last row delivered, and ``target``: the bucket's id.
            A bucket that was made anew has another id, and everything is delivered again.
        sent: rows delivered since the start.
        expired: rows older than their bucket keeps, which were therefore left out.
    """

    def __init__(
        self,
        *,
        journal: apsw.Connection,
        server: Server,
        cursor: dict[str, int],
        factors: Factors,
        quarantine: Callable[[Quarantined], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._journal = journal
        self._buckets = server.buckets()
        self._server = server
        self._sender = Sender(server)
        self._factors = factors
        self._quarantine = quarantine
        self._now_ms = now_ms
        target = self._buckets.raw.id
        self.cursor = dict(cursor) if cursor.get("target") == target else {"target": target}
        self.sent = 0
        self.expired = 0

    def advance(self, stream: Stream) -> bool:
        """Deliver the stream's next batch and move its cursor; returns whether there was any row.

        What is refused goes to quarantine when the rest has been delivered, so that a batch that
        is tried again puts nothing there twice.
        """
        with self._legible():
            rows = stream.after(
                self._journal, key=self.cursor.get(stream.name, 0), limit=BATCH_ROWS
            )
        if not rows:
            return False
        for refused in self._deliver(stream, rows):
            self._quarantine(_quarantined(stream, refused, now_ms=self._now_ms()))
        self.cursor[stream.name] = rows[-1][0]
        return True

    def _legible(self) -> AbstractContextManager[None]:
        return legible(Path(self._journal.filename))

    def behind(self) -> int:
        """Readings still to deliver."""
        return rows_behind(self._journal, self.cursor)

    def reconcile(self, *, from_ms: int, to_ms: int) -> list[Difference]:
        """Compare both sides hour by hour and write again each hour that InfluxDB lacks rows of.

        InfluxDB may lose what it acknowledged when its disk or machine dies. Only rows up to the
        cursor are compared, by count, or by sum of revisions (an older revision sums to less).
        More on its side is no lack: the journal forgets sooner. Rows that it refuses again are
        left out: they are in quarantine.

        Args:
            from_ms: event time of the first hour.
            to_ms: event time at which the last hour ends; both are widened to whole hours.
        """
        found = []
        for start_ms, end_ms in _slices(from_ms, to_ms):
            for stream in STREAMS:
                for difference in self._differences(stream, start_ms, end_ms):
                    self._write_again(stream, difference)
                    found.append(difference)
        return found

    def _differences(self, stream: Stream, start_ms: int, end_ms: int) -> list[Difference]:
        bucket = self._buckets.of(stream.kept)
        start_ms = max(start_ms, self._oldest_ms(bucket) // HOUR_MS * HOUR_MS + HOUR_MS)
        if start_ms >= end_ms:
            return []
        with self._legible():
            ours = stream.totals(
                self._journal, from_ms=start_ms, to_ms=end_ms, up_to=self.cursor.get(stream.name, 0)
            )
        theirs = self._server.totals(
            bucket,
            measurement=stream.name,
            field=stream.marker,
            aggregate=stream.aggregate,
            from_ms=start_ms,
            to_ms=end_ms,
        )
        return [
            Difference(
                stream=stream.name,
                device=device,
                hour_ms=hour_ms,
                in_journal=total,
                in_influxdb=theirs.get((device, hour_ms), 0),
            )
            for (device, hour_ms), total in ours.items()
            if theirs.get((device, hour_ms), 0) < total
        ]

    def _write_again(self, stream: Stream, difference: Difference) -> None:
        _log.warning("InfluxDB differs from the journal, writing the hour again: %s", difference)
        with self._legible():
            rows = stream.hour(
                self._journal,
                device=difference.device,
                hour_ms=difference.hour_ms,
                up_to=self.cursor.get(stream.name, 0),
            )
        for start in range(0, len(rows), BATCH_ROWS):
            self._deliver(stream, rows[start : start + BATCH_ROWS])

    def _oldest_ms(self, bucket: Bucket) -> int:
        """The oldest event time that ``bucket`` keeps now, in ms."""
        return self._now_ms() - bucket.retention_ms if bucket.retention_ms else 0

    def _deliver(self, stream: Stream, rows: Sequence[Row]) -> list[_Refused]:
        bucket = self._buckets.of(stream.kept)
        lines, sources, refused = self._encoded(stream, rows, self._oldest_ms(bucket))
        for index, detail in self._sender.send(bucket, lines):
            refused.append(_Refused(row=sources[index], detail=detail, raw=lines[index]))
        self.sent += len(rows) - len(refused)
        return refused

    def _encoded(
        self, stream: Stream, rows: Sequence[Row], oldest_ms: int
    ) -> tuple[list[str], list[Row], list[_Refused]]:
        """Lines and the rows they are of, and what no line can say."""
        lines: list[str] = []
        sources: list[Row] = []
        refused: list[_Refused] = []
        for number, row in enumerate(rows):
            if number % _ROWS_A_TURN == 0:
                time.sleep(0)
            if row[3] < oldest_ms:
                self.expired += 1
                continue
            try:
                lines.append(stream.encode(row, self._factors))
                sources.append(row)
            except Rejected as error:
                refused.append(_Refused(row=row, detail=error.detail, raw=repr(row)))
            except msgspec.MsgspecError as error:
                raise illegible(error, Path(self._journal.filename)) from error
        return lines, sources, refused


def _quarantined(stream: Stream, refused: _Refused, *, now_ms: int) -> Quarantined:
    _, device, _, _, *rest = refused.row
    epoch, seq = (rest[0], rest[1]) if stream is READINGS else (None, None)
    return Quarantined(
        received_ms=now_ms,
        device=device,
        topic=f"influxdb/{stream.name}",
        reason="influxdb_refused",
        detail=refused.detail,
        epoch=epoch,
        seq=seq,
        raw=refused.raw.encode(),
    )


def rows_behind(journal: apsw.Connection, cursor: Mapping[str, int]) -> int:
    """Readings beyond the cursor, at most: ids may have holes."""
    found = journal.execute("SELECT max(id) FROM reading").fetchall()
    newest: Any = found[0][0]
    return max(0, (newest or 0) - cursor.get(READINGS.name, 0))


def stored_cursor(journal: apsw.Connection, name: str) -> dict[str, int]:
    """The cursor of follower ``name`` as the journal keeps it; empty when there is none."""
    with legible(Path(journal.filename)):
        found = journal.execute("SELECT cursor FROM follower WHERE name = ?", (name,)).fetchall()
        return msgspec.json.decode(str(found[0][0]), type=dict[str, int]) if found else {}


def _slices(from_ms: int, to_ms: int) -> Iterator[tuple[int, int]]:
    """Spans of at most a day, in whole hours, that cover both times: no query grows without end."""
    start_ms = from_ms // HOUR_MS * HOUR_MS
    last_ms = -(-to_ms // HOUR_MS) * HOUR_MS
    while start_ms < last_ms:
        end_ms = min(start_ms + _SLICE_MS, last_ms)
        yield start_ms, end_ms
        start_ms = end_ms
