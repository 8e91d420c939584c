"""InfluxDB as a sink of the journal: which server it is, and how to connect to it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

import apsw

from contract.errors import Reason
from gateway.journal.streams import READINGS, STREAMS, Stream
from gateway.sinks.influxdb import access
from gateway.sinks.influxdb.access import Access
from gateway.sinks.influxdb.delivery import InfluxDbDelivery
from gateway.sinks.influxdb.points import FactorsAt
from gateway.sinks.influxdb.server import Server
from gateway.sinks.sink import Delivery

NAME: Final = "influxdb"
_TIMEOUT_MS: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class InfluxDb:
    """An InfluxDB, if there is one.

    Attributes:
        data_dir: where ``influx setup`` leaves its access file.
        url, token, org, bucket: the server named in ``.env``; ``url`` may be empty.
        factors_at: what a kilowatt hour cost and emitted, for a device at a time.
        now_ms: the gateway's clock, which says what a bucket has no room for any more.
    """

    data_dir: Path
    url: str
    token: str
    org: str
    bucket: str
    factors_at: FactorsAt
    now_ms: Callable[[], int]
    timeout_ms: int = _TIMEOUT_MS

    name: ClassVar[str] = NAME
    absent: ClassVar[str] = "no InfluxDB: the journal alone serves (`make influx` builds one)"
    refused: ClassVar[Reason] = "influxdb_refused"
    streams: ClassVar[Sequence[Stream]] = STREAMS

    def beginning(self, journal: apsw.Connection) -> dict[str, int]:  # noqa: ARG002
        """From the first row on: another bucket gets everything once more."""
        return {}

    def behind(self, journal: apsw.Connection, cursor: Mapping[str, int]) -> int:
        """Readings still to deliver."""
        return READINGS.behind(journal, key=cursor.get(READINGS.name, 0))

    def find(self) -> Callable[[apsw.Connection], AbstractContextManager[Delivery]] | None:
        """How to connect; None where no server is named and none was set up here."""
        found = access.find(
            data_dir=self.data_dir,
            url=self.url,
            token=self.token,
            org=self.org,
            bucket=self.bucket,
        )
        return None if found is None else partial(self._connected, found)

    @contextmanager
    def _connected(self, found: Access, journal: apsw.Connection) -> Iterator[Delivery]:
        with Server(found, timeout_ms=self.timeout_ms) as server:
            yield InfluxDbDelivery(
                journal=journal, server=server, factors_at=self.factors_at, now_ms=self.now_ms
            )
