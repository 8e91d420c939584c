"""What a reading takes in a file of the archive, in the journal and as CSV; and the way there."""

import asyncio
import contextlib
import gzip
import re
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

import apsw
import msgspec

from bench.influxdb import VERSION, influxd
from bench.programs import ROOT, NotMeasured
from bench.report import Figure, Section
from bench.screen import Screen
from contract.assets import CATALOGUE
from contract.language.program import program_of
from contract.messages import Reading
from firmware.models import create
from gateway.api import export
from gateway.api.columns import table_of
from gateway.archive.keeper import Archivist
from gateway.archive.order import Task
from gateway.archive.outcomes import Outcome
from gateway.archive.stream import Stream
from gateway.journal import Journal, Row
from gateway.journal.archived import every_day
from gateway.journal.reader import open_read_only
from gateway.journal.streams import READINGS
from gateway.sinks.influxdb.points import MEASUREMENTS
from gateway.twin.dated import Always
from gateway.twin.kpi import Factors

T = TypeVar("T")

_DAY_MS: Final = 86_400_000
DAY: Final = 1_763_596_800_000  # 2025-11-20
PERIOD_MS: Final = 200
_BATCH: Final = 2_000
_KEEP_MS: Final = 7 * _DAY_MS
_AIM_BYTES: Final = 12.0
_FAN: Final = CATALOGUE["fan"]
SITE: Final = "workshop"
DEVICE: Final = "fan-01"
_LOOK_S: Final = 0.05
_READING: Final = (
    "A reading: temperature, rpm, current, vibration, ambient, as the simulated board sends them;"
    " its own time (200 ms apart, now and then 1 or 2 ms off), when it came (3 to 25 ms later),"
    " epoch, seq, truth, and its row's number among those of other machines. The day as CSV is the"
    " same, letter by letter, out of the journal and out of the file."
)
_TRUTH: Final = "normal"
_IN_INFLUXDB: Final = (
    "In InfluxDB the day is what the gateway's follower writes: the values, epoch, seq and truth of"
    " each reading, but not when it came, nor its row; what its files and index take on the disk"
    " once they are compacted."
)
_WORKER: Final = (
    "The worker is a process of low priority that ends with its work; its start is in its time."
    " Parquet with zstd at level 3 (15 saves 1 %), 20,000 readings a group (50,000 save 2 %, and"
    " take more memory). Without a dictionary, by BYTE_STREAM_SPLIT, a reading takes 22 B, in plain"
    " doubles 7.8."
)


def measure(directory: Path, *, screen: Screen) -> Section:
    """Fill a journal with a day of a fan at 5 Hz, archive it, and read it back."""
    path, rows = directory / "journal.db", _DAY_MS // PERIOD_MS
    with screen.counting("a day of a fan at 5 Hz", rows) as progress:
        journal = filled(path, progress)
    journal_bytes = path.stat().st_size
    with screen.working("CSV out of the journal"):
        csv, csv_s = _exported(path)
    worker = Worker()
    with screen.working("archived, and pruned"):
        archived(journal, path, worker)
    journal.close()
    with closing(open_read_only(path)) as connection:
        [day] = every_day(connection)
    with screen.working("CSV out of the file"):
        again, again_s = _exported(path)
    with screen.working("a minute of it"):
        minute_ms = _minute_ms(path)
    if again != csv:
        raise RuntimeError("The archive's CSV is not the journal's.")
    each = day.size / day.rows
    influx, note = _in_influxdb(directory, screen)
    return Section(
        title=f"Archive: {day.rows:,} readings of a fan, a day at 5 Hz",
        figures=[
            _bytes(each, "the journal's rows and indexes", journal_bytes / rows),
            _bytes(each, "CSV", len(csv) / rows),
            _bytes(each, "CSV, gzip", len(gzip.compress(csv, 6)) / rows),
            *([] if influx is None else [_bytes(each, f"InfluxDB {VERSION}", influx / rows)]),
            Figure(
                what="CPU: written, read back, compared", unit="s", ours=worker.s, better="less"
            ),
            Figure(what="memory of the worker", unit="MB", ours=worker.mb, better="less"),
            Figure(
                what="CPU: the day as CSV", unit="s", ours=again_s, better="less",
                peer="out of the journal", theirs=csv_s,
            ),
            Figure(what="a minute's readings", unit="ms", ours=minute_ms, better="less"),
        ],
        notes=[_READING, _WORKER, note],
    )  # fmt: skip


def _bytes(ours: float, peer: str, theirs: float) -> Figure:
    return Figure(
        what="a reading takes", unit="B", ours=ours, better="less", peer=peer, theirs=theirs,
        aim=_AIM_BYTES,
    )  # fmt: skip


# ---------------------------------------------------------------- a day


def filled(path: Path, progress: Callable[[int], None]) -> Journal:
    journal = Journal(path)
    journal.begin()
    device_id = journal.add_device(name=DEVICE, asset=_FAN.name, now_ms=DAY)
    epoch_id = journal.add_epoch(device_id=device_id, name="9f2c41aa-7")
    journal.commit()
    rows = _rows(device_id, epoch_id)
    done = 0
    while batch := list(islice(rows, _BATCH)):
        journal.begin()
        journal.add_items(batch)
        journal.next_id = batch[-1].id + 1
        journal.commit()
        done += len(batch)
        progress(done)
    journal.begin()
    journal.put_folded()
    journal.commit()
    connection: apsw.Connection = journal._connection  # noqa: SLF001 - a checkpoint at once
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    return journal


def _rows(device_id: int, epoch_id: int) -> Iterator[Row]:
    """Of one machine among others: ids have holes. The last one is of another day, and stays."""
    machine, random, id_ = create(_FAN.name, 5), Random(1), 0
    for seq in range(1, _DAY_MS // PERIOD_MS + 2):
        time_ms = DAY + (seq - 1) * PERIOD_MS + random.choice((0, 0, 0, 0, 1, 2))
        values = dict(machine.step(PERIOD_MS / 1000))
        reading = Reading(
            "9f2c41aa-7", seq, values, time_ms, "normal", board_ms=time_ms,
            received_ms=time_ms + random.randint(3, 25),
        )  # fmt: skip
        id_ += random.choice((1, 1, 2, 2, 3, 4, 5, 10))
        yield Row(id_, epoch_id, device_id, reading, msgspec.json.encode(values))


# ---------------------------------------------------------------- in InfluxDB


def _in_influxdb(directory: Path, screen: Screen) -> tuple[int | None, str]:
    """Bytes of the same day there, or why that is not known."""
    try:
        with influxd(directory / "influx", settles_soon=True) as server:
            with screen.working("InfluxDB takes the day"):
                server.write(_lines(), precision="ns")
            with screen.working("InfluxDB puts it into its files"):
                return server.size(), _IN_INFLUXDB
    except NotMeasured as reason:
        return None, f"InfluxDB was not measured: {reason}"


def _lines() -> Iterator[str]:
    """As the gateway's follower writes them."""
    encode = MEASUREMENTS[READINGS.name].encode
    for row in _rows(1, 1):
        one = row.item
        told = (row.id, DEVICE, _FAN.name, one.time_ms, one.epoch, one.seq, row.body, _TRUTH)
        yield encode(told, _no_factors)


def _no_factors(_device: str, _time_ms: int) -> Factors:
    raise LookupError("a reading has none")


# ---------------------------------------------------------------- archived


class Worker:
    """The real one, with what it took."""

    s = mb = 0.0

    async def work(self, tasks: Sequence[Task]) -> list[Outcome]:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        program = [sys.executable, "-m", "gateway.archive.worker"]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*program, stdin=pipe, stdout=pipe, cwd=ROOT)
        watching = asyncio.create_task(self._watch(process.pid))
        told, _ = await process.communicate(msgspec.json.encode(tasks))
        watching.cancel()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        return [msgspec.json.decode(line, type=Outcome) for line in told.splitlines()]

    async def _watch(self, pid: int) -> None:
        """Its own peak: what the system tells at its end may be that of whoever started it."""
        while True:
            await asyncio.sleep(_LOOK_S)
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text()  # noqa: ASYNC240 - in memory
                [peak] = re.findall(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)[:1] or ["0"]
                self.mb = max(self.mb, int(peak) / 1024)


def archived(journal: Journal, path: Path, worker: Worker) -> None:
    async def write(work: Callable[[Journal], T]) -> T:
        journal.begin()
        done = work(journal)
        journal.commit()
        return done

    now_ms = DAY + _KEEP_MS + 2 * _DAY_MS
    keeper = Archivist(
        journal=path, site=SITE, write=write, work=worker.work, horizon_ms=lambda: now_ms,
        keep_ms=_KEEP_MS, asset_of=lambda _: _FAN, now_ms=lambda: now_ms,
    )  # fmt: skip

    async def rounds() -> None:
        while await keeper.round():
            pass

    asyncio.run(rounds())


# ---------------------------------------------------------------- read


def _exported(path: Path) -> tuple[bytes, float]:
    params = Always(program_of(_FAN).defaults())
    source = export.Source(1, DEVICE, _FAN, table_of([_FAN]), params)
    pages = export.Pages(source, from_ms=DAY, to_ms=DAY + _DAY_MS, up_to_id=2**60)
    started_s = time.process_time()
    with closing(open_read_only(path)) as connection:
        lines = [page.encode() for page in iter(lambda: pages.read(connection), "")]
    return b"".join(lines), time.process_time() - started_s


def _minute_ms(path: Path) -> float:
    from_ms = DAY + _DAY_MS // 2
    with closing(open_read_only(path)) as connection:
        took: list[float] = []
        for _ in range(7):
            started_s = time.perf_counter()
            stream = Stream(connection, device_id=1)
            items: list[Any] = list(stream.items(from_ms=from_ms, to_ms=from_ms + 60_000))
            took.append(time.perf_counter() - started_s)
            assert len(items) >= 60_000 // PERIOD_MS - 1
    return 1000 * sorted(took)[len(took) // 2]
