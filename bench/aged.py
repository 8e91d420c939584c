"""A journal as the default fleet leaves it after a week, or a hundred boards' minutes, by SQL."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import apsw

from contract import assets as types
from gateway.journal import Journal
from gateway.twin.kpi import Factors
from gateway.twin.twin import Twin

_WEEK_MS: Final = 7 * 86_400_000 * 98 // 100  # all of it is younger than retention
_FANS: Final = 4
_BODY: Final = '{"temperature":41.27,"rpm":1187.0,"current":1.081,"vibration":0.823}'
_MINUTE: Final = (
    '{"start_ms":1763629200000,"count":300,"measured_ms":60000,"running_ms":60000,'
    '"energy_j":756.0,"channels":{"temperature":{"count":300,"low":40.1,"total":12381.0,'
    '"high":42.3},"rpm":{"count":300,"low":1150.0,"total":356100.0,"high":1212.0}}}'
)
_NUMBERS: Final = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
_READINGS: Final = f"""{_NUMBERS}
INSERT INTO reading(id, epoch, seq, device, time_ms, received_ms, stamped, body)
SELECT i, 1 + i % ?2, i / ?2 + 1, 1 + i % ?2, t, t + 3, 0, '{_BODY}'
FROM (SELECT i, ?3 + CAST(i * 1.0 * ?4 / ?1 AS INTEGER) AS t FROM n)"""
_MINUTES: Final = f"""{_NUMBERS}
INSERT INTO minute SELECT 1000 + i % 100, ?2 + (i / 100) * 60000, '{_MINUTE}', i FROM n"""


def make(path: Path, *, rows: int, minutes: int) -> None:
    """A journal of so many readings of four fans, and so many minutes of a hundred boards."""
    Journal(path).close()
    start_ms = time.time_ns() // 1_000_000 - _WEEK_MS
    connection = apsw.Connection(str(path))
    connection.pragma("synchronous", "off")
    with connection:
        if rows:
            _add_fans(connection, now_ms=start_ms + _WEEK_MS)
            add_readings(connection, ["fan"] * _FANS, rows=rows, from_ms=start_ms, span_ms=_WEEK_MS)
        if minutes:
            at_ms = start_ms - start_ms % 60_000 + 60_000
            connection.execute(_MINUTES, (minutes, at_ms))
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    connection.close()
    with path.open("rb") as file:  # a week's journal is on the disk long since
        os.fsync(file.fileno())


def _add_fans(connection: apsw.Connection, *, now_ms: int) -> None:
    for id_ in range(1, _FANS + 1):
        connection.execute(
            "INSERT INTO device(id, name, asset, first_seen_ms, last_seen_ms) VALUES (?,?,?,?,?)",
            (id_, f"fan-{id_:02d}", "fan", now_ms, now_ms),
        )


def add_readings(
    connection: apsw.Connection, assets: Sequence[str], *, rows: int, from_ms: int, span_ms: int
) -> None:
    """So many, evenly over a time, of the devices 1, 2, … of these types, all folded."""
    factors = Factors(co2_kg_per_kwh=0.2, price_per_kwh=0.3, currency="GBP")
    for id_, name in enumerate(assets, start=1):
        state = Twin(device=f"{name}-{id_:02d}", asset=types.get(name), factors=factors).snapshot()
        connection.execute(
            "INSERT INTO epoch(id, device, name, watermark) VALUES (?,?,?,?)",
            (id_, id_, "9f2c41aa-1", rows // len(assets)),
        )
        connection.execute("INSERT INTO twin VALUES (?,?,?)", (id_, state, rows))
    connection.execute("INSERT INTO meta VALUES ('folded_reading', ?)", (rows,))
    connection.execute(_READINGS, (rows, len(assets), from_ms, span_ms))
