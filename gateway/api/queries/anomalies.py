"""What was unlike a machine's normal, as it was kept, and what is known of that normal."""

from collections import defaultdict

import apsw

from gateway.journal import decoding
from gateway.journal.anomalies import Anomaly, Learned, Method, Stood
from gateway.journal.reader import ANOMALY_COLUMNS

_WITHIN = (
    "FROM anomaly a WHERE a.device = ? AND a.start_ms < ?"
    " AND coalesce(a.end_ms, ?) >= ? AND (? IS NULL OR a.method = ?)"
)
_KEPT = f"SELECT {ANOMALY_COLUMNS} {_WITHIN} ORDER BY a.start_ms DESC, a.id DESC LIMIT ?"
_STOOD = f"SELECT a.start_ms, a.end_ms {_WITHIN}"
_STOOD_ANYWHERE = (
    "SELECT a.device, a.start_ms, a.end_ms FROM anomaly a WHERE a.start_ms < ?"
    " AND coalesce(a.end_ms, ?) >= ? AND (? IS NULL OR a.method = ?)"
)


def kept(
    connection: apsw.Connection,
    *,
    device_id: int,
    from_ms: int,
    to_ms: int,
    method: Method | None,
    limit: int,
) -> list[Anomaly]:
    """Those that stood at some time of the range, newest first."""
    bindings = (device_id, to_ms, to_ms, from_ms, method, method, limit)
    return [decoding.anomaly(row) for row in connection.execute(_KEPT, bindings)]


def stood(
    connection: apsw.Connection, *, device_id: int, from_ms: int, to_ms: int, method: Method | None
) -> list[Stood]:
    """All of these, however many: figures are of no selection."""
    bindings = (device_id, to_ms, to_ms, from_ms, method, method)
    return [Stood(*row) for row in connection.execute(_STOOD, bindings)]


def stood_by_device(
    connection: apsw.Connection, *, from_ms: int, to_ms: int, method: Method | None
) -> dict[int, list[Stood]]:
    """The same of all devices."""
    found: defaultdict[int, list[Stood]] = defaultdict(list)
    for device_id, *times in connection.execute(
        _STOOD_ANYWHERE, (to_ms, to_ms, from_ms, method, method)
    ):
        found[device_id].append(Stood(*times))
    return found


def learned(connection: apsw.Connection, *, device_id: int) -> Learned | None:
    """What is known of its normal; None: nothing yet."""
    sql = (
        "SELECT device, from_ms, until_ms, rows, asset, NULL, proven_ms FROM learned"
        " WHERE device = ?"
    )
    return next((decoding.learned(row)[1] for row in connection.execute(sql, (device_id,))), None)
