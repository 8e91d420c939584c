"""A journal written by the real writer, with the two calls that the gateway lends the follower."""

import json
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from contract.assets.words import AlarmSeverity
from contract.messages import Alarm, ChannelStats, Diagnosis, Event, Minute, Reading
from gateway.journal import Journal, Quarantined, Row
from gateway.journal.anomalies import Anomaly
from gateway.journal.reader import follower_cursor
from gateway.journal.rows import ALONE, Cause
from gateway.sinks.follower import Follower
from gateway.sinks.influxdb.access import Access
from gateway.sinks.influxdb.sink import NAME, InfluxDb
from gateway.sinks.sink import Sink
from gateway.twin.kpi import Factors

HOUR_MS = 3_600_000
FACTORS = Factors(co2_kg_per_kwh=0.2, price_per_kwh=0.3, currency="EUR")
VALUES = {"temperature": 41.25, "rpm": 1187.0, "current": 1.08, "vibration": 0.82}
EPOCH = "9f2c41aa-7"
PATIENCE_S = 120.0


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Keeper:
    """The journal of one test. Every change is one committed transaction."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.path = data_dir / "journal.db"
        self.journal = Journal(self.path)
        self.quarantined: list[Quarantined] = []
        self._followers: list[Follower] = []
        self._devices: dict[str, int] = {}
        self._epochs: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        for follower in self._followers:
            end(follower)
        self.journal.close()

    def add(
        self,
        *,
        device: str = "fan-01",
        times_ms: Sequence[int],
        first_seq: int = 1,
        epoch: str = EPOCH,
        truth: str | None = "normal",
        values: Mapping[str, float] = VALUES,
        first_id: int | None = None,
    ) -> list[int]:
        """Store one reading a time; returns their ids."""
        with self._lock:
            self.journal.begin()
            device_id, epoch_id = self._ids(device, epoch)
            start = first_id or self.journal.next_id
            rows = [
                Row(
                    id=start + n,
                    epoch_id=epoch_id,
                    device_id=device_id,
                    item=Reading(
                        epoch, first_seq + n, dict(values), time_ms, truth, received_ms=now_ms()
                    ),
                    body=json.dumps(values).encode(),
                )
                for n, time_ms in enumerate(times_ms)
            ]
            self.journal.add_items(rows)
            self.journal.next_id = start + len(rows)
            self.journal.commit()
        return [row.id for row in rows]

    def add_event(self, *, time_ms: int, seq: int, event: str, values: Mapping[str, float]) -> None:
        with self._lock:
            self.journal.begin()
            device_id, epoch_id = self._ids("fan-01", EPOCH)
            item = Event(EPOCH, seq, dict(values), time_ms, received_ms=now_ms(), event=event)
            body = json.dumps(values).encode()
            row = Row(
                id=self.journal.next_id,
                epoch_id=epoch_id,
                device_id=device_id,
                item=item,
                body=body,
            )
            self.journal.add_items([row])
            self.journal.next_id += 1
            self.journal.commit()

    def add_minute(self, *, start_ms: int, energy_j: float | None, device: str = "fan-01") -> None:
        stats = {"rpm": ChannelStats(count=2, low=1.0, total=4.0, high=3.0)}
        minute = Minute(
            start_ms=start_ms, count=2, measured_ms=30_000, running_ms=12_000, energy_j=energy_j,
            channels=stats,
        )  # fmt: skip
        with self._lock:
            self.journal.begin()
            self.journal.put_minutes([(self._ids(device, EPOCH)[0], minute)])
            self.journal.commit()

    def add_diagnosis(self, *, time_ms: int, device: str = "fan-01") -> None:
        diagnosis = Diagnosis(
            device=device, time_ms=time_ms, judged_ms=time_ms, stale=False, fault_code=1,
            fault_label='Over"current, Fault', fault="overcurrent", confidence=1.0,
            severity="High", advice="…", reasons=[], anomaly_score=0.5, model="fan-1",
        )  # fmt: skip
        with self._lock:
            self.journal.begin()
            device_id = self._ids(device, EPOCH)[0]
            self.journal.add_diagnosis(device_id=device_id, diagnosis=diagnosis, changed=True)
            self.journal.commit()

    def put_anomaly(self, anomaly: Anomaly) -> None:
        with self._lock:
            self.journal.begin()
            self.journal.put_anomaly(device_id=self._ids("fan-01", EPOCH)[0], anomaly=anomaly)
            self.journal.commit()

    def put_alarm(
        self,
        *,
        raised_ms: int,
        cleared_ms: int | None = None,
        count: int = 1,
        name: str = "temperature_high",
        severity: AlarmSeverity = "High",
        by: str | None = None,
        cause: Cause = ALONE,
        text: str = "It is hot.\nVery.",
        said_of: str = "",
        **said: Any,
    ) -> None:
        """``said``: what else people have said of it; ``said_of``: the finding it tells of."""
        alarm = Alarm(
            id=0, device="fan-01", name=name, kind="limit", severity=severity,
            text=text, raised_ms=raised_ms, cleared_ms=cleared_ms, count=count,
            acknowledged_by=by, acknowledged_ms=None if by is None else raised_ms + 1,
            cause=said_of, **said,
        )  # fmt: skip
        with self._lock:
            self.journal.begin()
            self.journal.put_alarm(
                device_id=self._ids("fan-01", EPOCH)[0], alarm=alarm, cause=cause
            )
            self.journal.commit()

    def _ids(self, device: str, epoch: str) -> tuple[int, int]:
        if device not in self._devices:
            self._devices[device] = self.journal.add_device(
                name=device, asset="fan", now_ms=now_ms()
            )
        key = (device, epoch)
        if key not in self._epochs:
            self._epochs[key] = self.journal.add_epoch(device_id=self._devices[device], name=epoch)
        return self._devices[device], self._epochs[key]

    # ------------------------------------------------------------------ lent to the follower

    def set_cursor(self, name: str, cursor: Mapping[str, int]) -> None:
        with self._lock:
            self.journal.begin()
            self.journal.set_follower_cursor(name, cursor)
            self.journal.commit()

    def cursor(self, name: str = NAME) -> dict[str, int]:
        """The cursor as it is stored."""
        with self._lock:
            return follower_cursor(self.journal._connection, name)

    def quarantine(self, item: Quarantined) -> None:
        self.quarantined.append(item)

    def follower(self, access: Access, *, timeout_ms: int = 30_000) -> Follower:
        sink = InfluxDb(
            data_dir=self.data_dir,
            url=access.url,
            token=access.token,
            org=access.org,
            bucket=access.bucket,
            factors_at=lambda *_: FACTORS,
            now_ms=now_ms,
            timeout_ms=timeout_ms,
        )
        return self.following(sink)

    def following(self, sink: Sink) -> Follower:
        """A follower of any kind; it is ended with the keeper."""
        made = Follower(
            sink,
            journal_path=self.path,
            set_cursor=self.set_cursor,
            quarantine=self.quarantine,
            suspect=lambda: None,
            condemn=lambda _: None,
            now_ms=now_ms,
        )
        self._followers.append(made)
        return made


def end(follower: Follower) -> None:
    """Stop it, and wait for what it has under way: it works on the journal of the test."""
    follower.stop()
    if follower._thread.is_alive():
        follower._thread.join(PATIENCE_S)


def wait_until(follower: Follower, status: str, *, behind: int | None = None) -> None:
    """Wait until the follower says ``status``, and that it is ``behind`` that much if given."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        said = follower.status()
        known = said.detail != "starting"
        if known and said.status == status and behind in {None, said.behind}:
            return
        assert time.monotonic() < deadline_s, f"still {said}"
        time.sleep(0.02)


def deliver(keeper: Keeper, access: Access) -> Follower:
    """Run a follower until it has delivered everything and compared once; returns it, stopped."""
    follower = keeper.follower(access)
    follower.start()
    try:
        wait_until(follower, "ok", behind=0)
        _settle(keeper, follower)
    finally:
        end(follower)
    return follower


def _settle(keeper: Keeper, follower: Follower) -> None:
    """Minutes, diagnoses and alarms are not counted as behind: wait for their cursors too."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not _delivered(keeper, keeper.cursor()):
        assert time.monotonic() < deadline_s, follower.status()
        time.sleep(0.02)


def _delivered(keeper: Keeper, cursor: Mapping[str, int]) -> bool:
    wanted = {"reading": "id", "minute": "revision", "diagnosis": "id", "alarm": "revision"}
    return all(
        _largest(keeper, table, column) == cursor.get(table, 0) for table, column in wanted.items()
    )


def _largest(keeper: Keeper, table: str, column: str) -> int:
    sql = f"SELECT coalesce(max({column}), 0) FROM {table}"
    with keeper._lock:  # the follower's thread may be storing a cursor
        return int(next(keeper.journal._connection.execute(sql))[0])


def identities(fields: Iterable[Mapping[str, object]]) -> list[tuple[object, object]]:
    """(epoch, seq) of every point, sorted; a doubled reading shows twice."""
    return sorted(((point["epoch"], point["seq"]) for point in fields), key=str)
