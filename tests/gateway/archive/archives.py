"""A journal with closed days in it, the rounds over it, and what journal and archive hold of it."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import apsw

from contract.assets import CATALOGUE
from gateway.archive.due import SETTLED_MS
from gateway.archive.keeper import Archivist
from gateway.archive.order import Task
from gateway.archive.outcomes import Outcome
from gateway.archive.rows import Item, is_same
from gateway.archive.stream import Stream
from gateway.archive.worker import outcome_of
from gateway.journal.reader import open_read_only
from tests.gateway.rig import DAY_MS, EPOCH, SITE, VALUES, Rig, batches, message, telemetry

DAY0: Final = 1_763_596_800_000  # 2025-11-20T00:00:00Z
DEVICES: Final = ("fan-01", "fan-02")
EACH: Final = 300  # items of a device and day
DAYS: Final = 2
Key = tuple[str, int]


def reading(seq: int, time_ms: int, **values: Any) -> dict[str, Any]:
    rest = {"temperature": 40 + seq % 37 / 10, "rpm": 1200.0 + seq % 11}
    return {"epoch": EPOCH, "seq": seq, "time_ms": time_ms, "values": VALUES | rest | values}


def items_of_a_day(day: int) -> list[dict[str, Any]]:
    """Readings, one with a bad channel and one with an event in between; some at one moment."""
    step_ms = DAY_MS // EACH
    items = [
        reading(day * EACH + at + 1, DAY0 + day * DAY_MS + at // 2 * 2 * step_ms)
        for at in range(EACH)
    ]
    items[3]["values"] |= {"vibration": "broken", "ambient": 21.5}
    items[5] |= {"truth": "normal"}
    happened = {"event": "service", "values": {"note": "filter, new"}}
    items[7] = {key: items[7][key] for key in ("epoch", "seq", "time_ms")} | happened
    return items


def fill(rig: Rig, *, days: int = DAYS) -> None:
    """Some days of two fans; then it is so late that both days are closed."""
    for day in range(days):
        for some in batches(items_of_a_day(day), 20):
            rig.now_ms = some[-1]["time_ms"] + 500
            for device in DEVICES:
                rig.take(telemetry(device, *some))
    rig.now_ms = DAY0 + (days + 8) * DAY_MS
    for device in DEVICES:
        rig.take(telemetry(device, reading(days * EACH + 1, rig.now_ms - 500)))
    rig.checkpoint()


LATE_MS: Final = DAY0 + 60 * (DAY_MS // EACH) + 77  # in a minute with two others


def come_late(rig: Rig, time_ms: int = LATE_MS) -> int:
    """A reading of the first day that has waited on its board; when it was. Then no more comes."""
    seq = DAYS * EACH + 2
    rig.admission._retention_ms = 100 * DAY_MS
    rig.take(telemetry("fan-01", reading(seq, time_ms), reading(seq + 1, rig.now_ms)))
    rig.checkpoint()
    rig.now_ms += SETTLED_MS
    return time_ms


def begin(directory: Path) -> Rig:
    """A gateway at a time at which no more comes of what its journal has."""
    made = Rig(directory, now_ms=DAY0 + (DAYS + 8) * DAY_MS)
    [(newest_ms,)] = made.rows("SELECT coalesce(max(received_ms), 0) FROM reading")
    made.now_ms = max(made.now_ms, newest_ms + SETTLED_MS)
    return made


def birth(rig: Rig) -> None:
    for device in DEVICES:
        rig.take(message(device, "birth", {"asset": "fan", "rate_hz": 5}))


def archivist(rig: Rig, step: Callable[[str], None] = lambda _: None) -> Archivist:
    """Its worker works in this process, and tells of each thing done as well."""

    async def here(tasks: Sequence[Task]) -> list[Outcome]:
        return [outcome_of(task, step=step) for task in tasks]

    return Archivist(
        journal=rig.directory / "journal.db",
        site=SITE,
        write=rig.pipeline.write,
        work=here,
        horizon_ms=lambda: rig.now_ms,
        keep_ms=7 * DAY_MS,
        asset_of=lambda _: CATALOGUE["fan"],
        now_ms=lambda: rig.now_ms,
        step=step,
    )


def work(keeper: Archivist) -> None:
    """Round after round, until there is nothing to do."""

    async def rounds() -> None:
        while await keeper.round():
            pass

    asyncio.run(rounds())


def connected(directory: Path) -> apsw.Connection:
    return open_read_only(directory / "journal.db")


def held(directory: Path, device: str = "fan-01") -> list[Item]:
    """All that journal and archive hold of a device, as whoever asks for both is told."""
    connection = connected(directory)
    with connection:
        [(id_,)] = connection.execute("SELECT id FROM device WHERE name = ?", (device,))
        found = list(Stream(connection, device_id=id_).items(from_ms=0, to_ms=2**62))
    connection.close()
    return found


def in_journal(directory: Path, device: str = "fan-01") -> list[Key]:
    connection = connected(directory)
    sql = (
        "SELECT e.name, r.seq FROM reading r JOIN epoch e ON e.id = r.epoch"
        " JOIN device d ON d.id = r.device WHERE d.name = ? ORDER BY r.time_ms, r.id"
    )
    found = list(connection.execute(sql, (device,)))
    connection.close()
    return found


def files(directory: Path) -> Iterator[Path]:
    return iter(sorted((directory / "archive").rglob("*.parquet")))


def ledger(directory: Path) -> list[tuple[Any, ...]]:
    connection = connected(directory)
    sql = "SELECT d.name, a.state, a.rows, a.events FROM archive a JOIN device d ON d.id = a.device"
    found = list(connection.execute(f"{sql} ORDER BY 1, a.day_ms"))
    connection.close()
    return found


def same(found: Sequence[Item], expected: Sequence[Item]) -> bool:
    """Value for value, in the same order."""
    return len(found) == len(expected) and all(map(is_same, found, expected))
