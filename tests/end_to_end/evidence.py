"""What the gateway has to show: its journal, read by SQL of our own, and its published states."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from tests.end_to_end.audit import Key
from tests.end_to_end.naive import MINUTE_MS, Sample


@dataclass
class Stored:
    """What the journal holds of one device."""

    # Events among them: one a key, or worse.
    readings: dict[Key, list[dict[str, Any]]] = field(default_factory=dict)
    order: list[Key] = field(default_factory=list)  # in which they were stored
    quarantined: dict[Key, str] = field(default_factory=dict)  # to its reason
    refusals: list[str] = field(default_factory=list)
    gaps: list[tuple[str, int, int]] = field(default_factory=list)
    minutes: dict[int, dict[str, Any]] = field(default_factory=dict)

    def add(self, row: list[Any]) -> None:
        """Take a row: epoch, seq, time, the board's own time, values, truth, event."""
        epoch, seq, time_ms, board_ms, body, truth, event = row
        reading = {
            "time_ms": time_ms,
            "board_ms": board_ms,
            "values": json.loads(body),
            "truth": truth,
            "event": event,
        }
        self.readings.setdefault((epoch, seq), []).append(reading)
        self.order.append((epoch, seq))

    @property
    def samples(self) -> list[Sample]:
        """Each reading once."""
        return [
            Sample(rows[0]["time_ms"], epoch, seq, rows[0]["values"])
            for (epoch, seq), rows in self.readings.items()
            if rows[0]["event"] is None
        ]

    @property
    def events(self) -> Counter[str]:
        """How often each event has happened: each key once."""
        return Counter(rows[0]["event"] for rows in self.readings.values() if rows[0]["event"])

    @property
    def events_by_minute(self) -> Counter[int]:
        """How many events each minute has that has any, by its start."""
        return Counter(
            rows[0]["time_ms"] // MINUTE_MS * MINUTE_MS
            for rows in self.readings.values()
            if rows[0]["event"]
        )

    @property
    def missing(self) -> set[Key]:
        return {(epoch, seq) for epoch, first, last in self.gaps for seq in range(first, last + 1)}


@dataclass
class Evidence:
    """Everything the checker compares the devices' logs with."""

    integrity: str
    devices: dict[str, Stored]
    states: dict[str, dict[str, Any]] = field(default_factory=dict)  # as published, by device

    def of(self, device: str) -> Stored:
        return self.devices.get(device, Stored())


def read(journal: Path, states: dict[str, dict[str, Any]] | None = None) -> Evidence:
    """Read the journal whole."""
    connection = apsw.Connection(str(journal), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        evidence = Evidence(str(connection.pragma("integrity_check")), {}, states or {})
        for name, *row in connection.execute(
            "SELECT d.name, e.name, r.seq, r.time_ms,"
            " iif(r.stamped, r.board_ms, coalesce(r.board_ms, r.time_ms)), r.body, r.truth, r.event"
            " FROM reading r JOIN epoch e ON e.id = r.epoch JOIN device d ON d.id = r.device"
            " ORDER BY r.id"
        ):
            evidence.devices.setdefault(name, Stored()).add(row)
        for name, reason, epoch, seq in connection.execute(
            "SELECT device, reason, epoch, seq FROM quarantine ORDER BY id"
        ):
            stored = evidence.devices.setdefault(name, Stored())
            stored.refusals.append(reason)
            if epoch is not None and seq is not None:
                stored.quarantined[epoch, seq] = reason
        for name, epoch, first, last in connection.execute(
            "SELECT d.name, e.name, g.first_seq, g.last_seq FROM gap g"
            " JOIN epoch e ON e.id = g.epoch JOIN device d ON d.id = e.device"
        ):
            evidence.devices.setdefault(name, Stored()).gaps.append((epoch, first, last))
        for name, start_ms, body in connection.execute(
            "SELECT d.name, m.start_ms, m.body FROM minute m JOIN device d ON d.id = m.device"
        ):
            evidence.devices.setdefault(name, Stored()).minutes[start_ms] = json.loads(body)
    finally:
        connection.close()
    return evidence
