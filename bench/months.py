"""A month of minutes of a fleet, as its gateway would have stored them."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import apsw
import msgspec

from bench.backlog import Progress, device_name
from contract import assets
from contract.messages import Minute, Reading
from firmware.models import create
from gateway.journal import Journal
from gateway.twin.minutes import MINUTE_MS, Integrator, start_of

DAY_MINUTES: Final = 1440
_LIKE: Final = 30  # minutes of each type that differ; the others repeat them
_STEP_S: Final = 1.0
_INDEXES: Final = (
    "CREATE INDEX minute_by_revision ON minute(revision, device, start_ms)",
    "CREATE INDEX minute_by_time ON minute(start_ms, device)",
)


def asset_of(index: int) -> str:
    """One in five is a dispenser."""
    return "dispenser" if index % 5 == 4 else "fan"


EVERY: Final = 5  # of so many minutes one: 200 machines' of a month would be 20 GB


def make(
    path: Path,
    *,
    machines: int,
    days: int,
    end_ms: int,
    progress: Progress,
    every: int = EVERY,
    step_s: float = _STEP_S,
    names: Sequence[str] = (),
) -> None:
    """A journal of ``machines``, each with some minutes of ``days`` up to ``end_ms``.

    Of so many minutes (``every``) one, of readings ``step_s`` apart; ``names`` are the machines'.
    """
    with_devices(path, machines, end_ms, names)
    first_ms = start_of(end_ms) - days * DAY_MINUTES * MINUTE_MS
    bodies = {name: _bodies(name, step_s) for name in ("fan", "dispenser")}
    connection = apsw.Connection(str(path))
    connection.pragma("synchronous", "off")
    for sql in _INDEXES:
        connection.execute(f"DROP INDEX {sql.split()[2]}")
    for index in range(machines):
        rows = _rows(index, bodies[asset_of(index)], first_ms, days * DAY_MINUTES // every, every)
        with connection:
            connection.executemany("INSERT INTO minute VALUES (?,?,?,?)", rows)
        progress((index + 1) * days * DAY_MINUTES // every)
    for sql in _INDEXES:
        connection.execute(sql)
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    connection.close()


def with_devices(path: Path, machines: int, now_ms: int, names: Sequence[str] = ()) -> None:
    journal = Journal(path)
    journal.begin()
    for index in range(machines):
        name = names[index] if names else device_name(index)
        journal.add_device(name=name, asset=asset_of(index), now_ms=now_ms)
    journal.commit()
    journal.close()


def _rows(
    index: int, bodies: list[tuple[str, str]], first_ms: int, count: int, every: int
) -> Iterator[tuple[int, int, str, int]]:
    for at in range(count):
        start_ms = first_ms + at * every * MINUTE_MS
        before, behind = bodies[(index * 7 + at) % len(bodies)]
        yield index + 1, start_ms, f"{before}{start_ms}{behind}", index * count + at + 1


def _bodies(asset: str, step_s: float) -> list[tuple[str, str]]:
    """Minutes as they are stored, around the place of their start."""
    found = []
    for minute in _minutes(asset, step_s):
        body = msgspec.json.encode(msgspec.structs.replace(minute, start_ms=77)).decode()
        before, behind = body.split('"start_ms":77', 1)
        found.append((f'{before}"start_ms":', behind))
    return found


def _minutes(asset: str, step_s: float) -> Iterator[Minute]:
    machine = create(asset, random.Random(1).randrange(2**31))
    integrator = Integrator(assets.get(asset))
    integrator.begin(0)
    a_minute = round(60 / step_s)
    for at in range(a_minute * (_LIKE + 1)):
        values, time_ms = dict(machine.step(step_s)), round(at * step_s * 1000)
        before = integrator.minute()
        if at and at % a_minute == 0 and before is not None:
            yield before
            integrator.begin(time_ms)
        reading = Reading("0ddba11a-1", at + 1, values, time_ms)
        integrator.take(reading, is_measured=at > 0)
