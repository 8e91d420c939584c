"""Rows of the journal into InfluxDB over one connection: written, and again where it lost them."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import apsw
import msgspec

from contract.errors import Rejected
from gateway.journal.streams import HOUR_MS, Row, Stream
from gateway.journal.trouble import illegible, legible
from gateway.sinks.influxdb.points import MEASUREMENTS, FactorsAt, Measurement
from gateway.sinks.influxdb.sending import Sender
from gateway.sinks.influxdb.server import Bucket, Server
from gateway.sinks.sink import Difference, Refused

_AT_ONCE: Final = 5_000  # rows of an hour that is written again
_SLICE_MS: Final = 24 * HOUR_MS
# Building lines holds the interpreter's lock; ingest, on another thread, may have it this often.
_ROWS_A_TURN: Final = 200

_log = logging.getLogger(__name__)


class InfluxDbDelivery:
    """One connection. Rows older than their bucket keeps are left out, and counted.

    Attributes:
        target: the id of the bucket of readings: one that was made anew has another.
    """

    def __init__(
        self,
        *,
        journal: apsw.Connection,
        server: Server,
        factors_at: FactorsAt,
        now_ms: Callable[[], int],
    ) -> None:
        self._journal = journal
        self._path = Path(journal.filename)
        self._buckets = server.buckets()
        self._server = server
        self._sender = Sender(server)
        self._factors_at = factors_at
        self._now_ms = now_ms
        self._expired = 0
        self.target = self._buckets.raw.id

    @property
    def marks(self) -> Mapping[str, int]:
        """None: a point that is written again is the same point."""
        return {}

    @property
    def detail(self) -> str:
        left_out = f"; {self._expired} rows were older than it keeps" if self._expired else ""
        return f"InfluxDB at {self._server.url}{left_out}"

    @property
    def trouble(self) -> str:
        """Nothing of it fails alone."""
        return ""

    def tend(self) -> bool:
        """It has nothing that is due by time."""
        return False

    def deliver(self, stream: Stream, rows: Sequence[Row]) -> list[Refused]:
        """Write rows; a row gives the same point at every attempt."""
        measurement = MEASUREMENTS[stream.name]
        bucket = self._buckets.of(measurement.kept)
        lines, sources, refused = self._encoded(measurement, rows, self._oldest_ms(bucket))
        for index, detail in self._sender.send(bucket, lines):
            refused.append(Refused(row=sources[index], detail=detail, raw=lines[index]))
        return refused

    def _encoded(
        self, measurement: Measurement, rows: Sequence[Row], oldest_ms: int
    ) -> tuple[list[str], list[Row], list[Refused]]:
        """Lines and the rows they are of, and what no line can say."""
        lines: list[str] = []
        sources: list[Row] = []
        refused: list[Refused] = []
        for number, row in enumerate(rows):
            if number % _ROWS_A_TURN == 0:
                time.sleep(0)
            if row[3] < oldest_ms:
                self._expired += 1
                continue
            try:
                lines.append(measurement.encode(row, self._factors_at))
                sources.append(row)
            except Rejected as error:
                refused.append(Refused(row=row, detail=error.detail, raw=repr(row)))
            except msgspec.MsgspecError as error:
                raise illegible(error, self._path) from error
        return lines, sources, refused

    def compare(self, *, up_to: Mapping[str, int], from_ms: int, to_ms: int) -> list[Difference]:
        """Compare both sides hour by hour and write again each hour that InfluxDB lacks rows of.

        InfluxDB may lose what it acknowledged when its disk or machine dies. Only rows up to the
        cursor are compared, by count, or by sum of revisions (an older revision sums to less).
        More on its side is no lack: the journal forgets sooner. Rows that it refuses again are
        left out: they are in quarantine.

        Args:
            up_to: stream name to the key of the last row delivered.
            from_ms: event time of the first hour.
            to_ms: event time at which the last hour ends; both are widened to whole hours.
        """
        found = []
        for start_ms, end_ms in _slices(from_ms, to_ms):
            for name, measurement in MEASUREMENTS.items():
                key = up_to.get(name, 0)
                for difference in self._differences(measurement, key, start_ms, end_ms):
                    self._write_again(measurement.stream, key, difference)
                    found.append(difference)
        return found

    def _differences(
        self, measurement: Measurement, up_to: int, start_ms: int, end_ms: int
    ) -> list[Difference]:
        bucket, name = self._buckets.of(measurement.kept), measurement.stream.name
        start_ms = max(start_ms, self._oldest_ms(bucket) // HOUR_MS * HOUR_MS + HOUR_MS)
        if start_ms >= end_ms:
            return []
        with legible(self._path):
            ours = measurement.stream.totals(
                self._journal,
                total=measurement.total,
                from_ms=start_ms,
                to_ms=end_ms,
                up_to=up_to,
            )
        theirs = self._server.totals(
            bucket,
            measurement=name,
            field=measurement.marker,
            aggregate=measurement.aggregate,
            from_ms=start_ms,
            to_ms=end_ms,
        )
        pairs = [(key, total, theirs.get(key, 0)) for key, total in ours.items()]
        return [
            Difference(stream=name, device=device, hour_ms=hour_ms, in_journal=total, in_sink=held)
            for (device, hour_ms), total, held in pairs
            if held < total
        ]

    def _write_again(self, stream: Stream, up_to: int, difference: Difference) -> None:
        _log.warning("InfluxDB differs from the journal, writing the hour again: %s", difference)
        with legible(self._path):
            rows = stream.hour(
                self._journal, device=difference.device, hour_ms=difference.hour_ms, up_to=up_to
            )
        for start in range(0, len(rows), _AT_ONCE):
            self.deliver(stream, rows[start : start + _AT_ONCE])

    def _oldest_ms(self, bucket: Bucket) -> int:
        """The oldest event time that ``bucket`` keeps now, in ms."""
        return self._now_ms() - bucket.retention_ms if bucket.retention_ms else 0


def _slices(from_ms: int, to_ms: int) -> Iterator[tuple[int, int]]:
    """Spans of at most a day, in whole hours, that cover both times: no query grows without end."""
    start_ms = from_ms // HOUR_MS * HOUR_MS
    last_ms = -(-to_ms // HOUR_MS) * HOUR_MS
    while start_ms < last_ms:
        end_ms = min(start_ms + _SLICE_MS, last_ms)
        yield start_ms, end_ms
        start_ms = end_ms
