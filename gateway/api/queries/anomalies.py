"""What was unlike a machine's normal, as it was kept, and how much of the time was measured."""

import apsw

from gateway.journal import decoding
from gateway.journal.anomalies import Anomaly, Learned, Method
from gateway.journal.reader import ANOMALY_COLUMNS

_KEPT = (
    f"SELECT {ANOMALY_COLUMNS} FROM anomaly a WHERE a.device = ? AND a.start_ms < ?"  # noqa: S608
    " AND coalesce(a.end_ms, ?) >= ? AND (? IS NULL OR a.method = ?)"
    " ORDER BY a.start_ms DESC, a.id DESC LIMIT ?"
)
_MEASURED = (
    "SELECT coalesce(sum(body ->> 'measured_ms'), 0) FROM minute"
    " WHERE device = ? AND start_ms >= ? AND start_ms < ?"
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


def measured_ms(connection: apsw.Connection, *, device_id: int, from_ms: int, to_ms: int) -> int:
    """How much of the range was measured, by the minutes that begin in it."""
    [(found,)] = connection.execute(_MEASURED, (device_id, from_ms, to_ms))
    return int(found)


def learned(connection: apsw.Connection, *, device_id: int) -> Learned | None:
    """What is known of its normal; None: nothing yet."""
    sql = "SELECT device, from_ms, until_ms, rows, asset, NULL FROM learned WHERE device = ?"
    return next((decoding.learned(row)[1] for row in connection.execute(sql, (device_id,))), None)
