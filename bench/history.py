"""A day, a month and a year of one fan at 5 Hz, asked of the gateway, DuckDB and InfluxDB."""

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb
import httpx
import pyarrow.parquet as pq

from bench import stored_year
from bench.influxdb import VERSION, InfluxDb, asked, client_of, influxd
from bench.programs import NotMeasured
from bench.report import Figure, Section
from bench.screen import Screen
from bench.servers import Server, gateway, mosquitto, wait_until_at_rest, wait_until_connected
from bench.stored_year import ROWS, Year
from gateway.journal.archived import DAY_MS

_POINTS: Final = 1_000
_ON_A_SCREEN: Final = 500  # what a chart asks for
_REPEATS: Final = 9
_LEAST, _LONG_S = 3, 20.0  # of what takes long fewer answers do
_AIM_MS: Final = 50.0
_CHANNELS: Final = ("temperature", "rpm", "current", "vibration", "ambient")
_MINUTE_MS: Final = 60_000
_DUCKDB: Final = "DuckDB over the files"
_INFLUXDB: Final = f"InfluxDB {VERSION}"


class Asked(NamedTuple):
    """The median of some answers, and what each took of a processor."""

    ms: float
    cpu_ms: float


class Range(NamedTuple):
    """What is asked for, and in buckets of which length the gateway answers."""

    what: str
    from_ms: int
    to_ms: int
    most: int
    bucket_ms: int = 0
    points: int = 0

    @property
    def days(self) -> int:
        return (self.to_ms - self.from_ms) // DAY_MS


def measure(directory: Path, *, days: int, influx_days: int, screen: Screen) -> Section:
    """Make a year, then ask all three the same."""
    now_ms = time.time_ns() // 1_000_000
    year = stored_year.make(directory, days=days, now_ms=now_ms, screen=screen)
    ranges = _ranges(year, days)
    ours, ranges, started_s = _ours(directory, year, ranges, screen)
    with screen.working("DuckDB"):
        ducks = {one: _duckdb(year, one) for one in ranges if one.most == _POINTS}
    influx, held = _influxdb(directory, year, ranges, influx_days, screen)
    figures = [
        figure
        for at, one in enumerate(ranges)
        for figure in _figures(
            one, ours[at], {_DUCKDB: ducks.get(one), _INFLUXDB: influx.get(one.what)}
        )
    ]
    return Section(
        title=f"History: {days} days of a fan at 5 Hz, {days * ROWS:,} readings",
        figures=figures,
        notes=_notes(year, days, started_s, held),
    )


def _ranges(year: Year, days: int) -> list[Range]:
    end_ms = year.to_ms
    wanted = [("a day", 1, _POINTS), ("30 days", 30, _POINTS)]
    wanted += [(f"{days} days", days, _POINTS), (f"{days} days, for a screen", days, _ON_A_SCREEN)]
    return [
        Range(what, end_ms - length * DAY_MS, end_ms, most)
        for what, length, most in wanted
        if length <= days
    ]


def _figures(one: Range, ours: Asked, peers: dict[str, Asked | None]) -> Iterator[Figure]:
    what = f"{one.what}, {one.points} points"
    for peer, theirs in peers.items():
        if theirs is None:
            continue
        yield Figure(
            what=what, unit="ms", ours=ours.ms, better="less", peer=peer, theirs=theirs.ms,
            aim=_AIM_MS,
        )  # fmt: skip
        yield Figure(
            what=f"{what}: CPU", unit="ms", ours=ours.cpu_ms, better="less", peer=peer,
            theirs=theirs.cpu_ms,
        )  # fmt: skip


def _timed(ask: Callable[[], object], cpu_s: Callable[[], float]) -> Asked:
    ask()
    took_s, before_s = list[float](), cpu_s()
    while len(took_s) < _LEAST or (len(took_s) < _REPEATS and sum(took_s) < _LONG_S):
        started_s = time.perf_counter()
        ask()
        took_s.append(time.perf_counter() - started_s)
    cpu_ms = (cpu_s() - before_s) / len(took_s) * 1e3
    return Asked(statistics.median(took_s) * 1e3, cpu_ms)


# ---------------------------------------------------------------- the gateway


def _ours(
    directory: Path, year: Year, ranges: list[Range], screen: Screen
) -> tuple[list[Asked], list[Range], float]:
    with mosquitto(directory) as broker:
        started_s = time.perf_counter()
        with gateway(directory, broker_port=broker.port, inference_port=None) as server:
            wait_until_connected(server)
            started_s = time.perf_counter() - started_s
            with screen.working("the gateway examines a journal that it did not write"):
                wait_until_at_rest(server)
            found = [_asked(server, year, one) for one in ranges]
    return [asked for asked, _ in found], [one for _, one in found], started_s


def _asked(server: Server, year: Year, one: Range) -> tuple[Asked, Range]:
    params: dict[str, Any] = {"from": one.from_ms, "to": one.to_ms, "points": one.most}
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:

        def ask() -> dict[str, Any]:
            answer = client.get(f"/devices/{year.device}/history", params=params)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found

        told = ask()
        if sum(told["count"]) < 0.98 * one.days * ROWS:
            raise NotMeasured(f"{one.what} counts {sum(told['count']):,} readings only")
        asked = _timed(ask, server.program.cpu_s)
    return asked, one._replace(bucket_ms=told["bucket_ms"], points=len(told["time_ms"]))


# ---------------------------------------------------------------- DuckDB


def _duckdb(year: Year, one: Range) -> Asked:
    first = (one.from_ms - year.from_ms) // DAY_MS
    last = (one.to_ms - year.from_ms) // DAY_MS
    cells = ", ".join(f"min({name}), avg({name}), max({name})" for name in _CHANNELS)
    sql = (
        f"SELECT epoch_ms(time) // {one.bucket_ms} AS bucket, count(*), {cells}"
        " FROM read_parquet(?) WHERE event IS NULL AND epoch_ms(time) >= ? AND epoch_ms(time) < ?"
        " GROUP BY bucket ORDER BY bucket"
    )
    files = [str(path) for path in year.files[first:last]]
    with duckdb.connect() as connection:

        def ask() -> list[Any]:
            return connection.execute(sql, [files, one.from_ms, one.to_ms]).fetchall()

        if len(ask()) != one.points:
            raise NotMeasured(f"DuckDB has {len(ask())} points of {one.what}, not {one.points}")
        return _timed(ask, time.process_time)


# ---------------------------------------------------------------- InfluxDB


def _influxdb(
    directory: Path, year: Year, ranges: list[Range], days: int, screen: Screen
) -> tuple[dict[str, Asked], str]:
    try:
        with influxd(directory / "influx", settles_soon=True) as influx:
            with screen.counting("InfluxDB takes readings", days * ROWS) as progress:
                readings = influx.write(_lines(year, days), done=progress)
            with screen.counting("InfluxDB takes minutes", len(year.files) * 1440) as progress:
                minutes = influx.write(_minute_lines(year), done=progress)
            with screen.working("InfluxDB puts them into its files"):
                size = influx.size()
            found = {
                one.what: _flux(influx, year, one, is_of_minutes=one.days > days) for one in ranges
            }
    except NotMeasured as reason:
        return {}, f"InfluxDB was not measured: {reason}"
    held = (
        f"InfluxDB holds {days} days of readings ({readings:,} points of five channels, loaded by"
        f" line protocol) and {len(year.files)} days as means of minutes ({minutes:,} points), as"
        f" after a task that samples down, {size / 1e6:.0f} MB in all. Longer ranges than"
        f" {days} days are asked of its minutes. Its answers are `aggregateWindow` with the mean"
        " of each channel alone, of the same range and buckets, as CSV over HTTP."
    )
    return found, held


def _lines(year: Year, days: int) -> Iterator[str]:
    columns = pq.read_table(year.day, columns=["time", *_CHANNELS]).to_pydict()
    texts = [
        ",".join(f"{name}={value!r}" for name, value in zip(_CHANNELS, values, strict=True))
        for values in zip(*(columns[name] for name in _CHANNELS), strict=True)
    ]
    since_ms = [round(time.timestamp() * 1000) % DAY_MS for time in columns["time"]]
    for day in range(days, 0, -1):
        day_ms = year.to_ms - day * DAY_MS
        for text, at_ms in zip(texts, since_ms, strict=True):
            yield f"reading,device={year.device} {text} {day_ms + at_ms}"


def _minute_lines(year: Year) -> Iterator[str]:
    for at in range(len(year.files) * 1440):
        wave = at % 97 / 10
        yield (
            f"minute,device={year.device} temperature={40 + wave},rpm={1180 + wave},"
            f"current={1 + wave / 50},vibration={0.8 + wave / 100},ambient={20 + wave / 4}"
            f" {year.from_ms + at * _MINUTE_MS}"
        )


def _flux(influx: InfluxDb, year: Year, one: Range, *, is_of_minutes: bool) -> Asked:
    measurement = "minute" if is_of_minutes else "reading"
    flux = f"""from(bucket: "{influx.access.history_bucket}")
  |> range(start: {_iso(one.from_ms)}, stop: {_iso(one.to_ms)})
  |> filter(fn: (r) => r._measurement == "{measurement}" and r.device == "{year.device}")
  |> aggregateWindow(every: {one.bucket_ms}ms, fn: mean, createEmpty: false)"""
    with client_of(influx.access) as client:
        rows = sum(line.startswith(",") for line in asked(client, influx.access, flux).split("\n"))
        if rows < one.points * len(_CHANNELS):
            raise NotMeasured(f"its answer to {one.what} has {rows} rows only")
        return _timed(lambda: asked(client, influx.access, flux), influx.program.cpu_s)


def _iso(time_ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_ms / 1000))


def _notes(year: Year, days: int, started_s: float, held: str) -> list[str]:
    journal = stored_year.size(year.journal)
    files = sum(path.stat().st_size for path in year.files)
    minutes = (days + 9) * 1440
    return [
        (
            f"Median of {_REPEATS} answers (of what takes long {_LEAST}), after a first one, with"
            " least, mean and greatest of five channels, how many readings and how much was"
            " measured. CPU is"
            " processor time of the gateway, of influxd, and of the process that DuckDB works in,"
            " which hands over rows without HTTP."
        ),
        (
            f"The gateway holds {days} days in files ({files / 1e9:.2f} GB), which"
            " are one day of a simulated fan with other times, and in the journal the sums of"
            f" {minutes:,} minutes and of all that is longer ({journal / 1e9:.2f} GB,"
            f" {journal / (days + 9) / 1e6:.1f} MB a day): a chart is read from these, and would be"
            " the same without the files. It was up on that journal, with its broker, after"
            f" {started_s:.1f} s."
        ),
        held,
    ]
