"""What a fleet has come to in a month: the same question asked of sums and of SQL over minutes."""

import asyncio
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import apsw
import httpx

from bench import months
from bench.programs import NotMeasured
from bench.report import Figure, Section
from bench.screen import Screen
from bench.servers import Server, gateway, mosquitto, wait_until_at_rest, wait_until_connected
from contract import assets
from contract.site_time import SiteTime
from gateway.ingest.compaction import Compactor
from gateway.journal import Journal, JournalReader
from gateway.twin.ledger import ledger_of

T = TypeVar("T")

_REPEATS: Final = 7
_AIM_MS: Final = 300.0
_RANGE: Final = "from={from_ms}&to={to_ms}"
_CALLS: Final = {
    "/kpis, by type, a month in one": f"/kpis?group=asset&bucket=total&{_RANGE}",
    "/kpis, by type, a month by day": f"/kpis?group=asset&bucket=day&{_RANGE}",
    "/kpis, each machine, a month in one, cost": (
        f"/kpis?group=device&bucket=total&names=energy_kwh,energy_wh,cost&{_RANGE}"
    ),
    "/energy, a month by day": f"/energy?bucket=day&{_RANGE}",
}
_BY_HAND: Final = (
    "SELECT device, sum(body ->> 'energy_j') FROM minute"
    " WHERE start_ms >= ? AND start_ms < ? GROUP BY device"
)


def measure(directory: Path, *, machines: int, days: int, screen: Screen) -> Section:
    """Fill a journal with minutes, let the sums be made, start a gateway on it, and ask."""
    path, now_ms = directory / "journal.db", time.time_ns() // 1_000_000
    count = machines * days * months.DAY_MINUTES // months.EVERY
    with screen.counting("a month of minutes", count) as progress:
        months.make(path, machines=machines, days=days, end_ms=now_ms, progress=progress)
    before_bytes = path.stat().st_size
    with screen.working("they are summed up"):
        started_s = time.perf_counter()
        sum_up(path, machines, now_ms)
        summed_s = time.perf_counter() - started_s
    sums_bytes = path.stat().st_size - before_bytes
    span = {"from_ms": now_ms - days * 86_400_000, "to_ms": now_ms}
    with (
        mosquitto(directory) as broker,
        gateway(directory, broker_port=broker.port, inference_port=None) as server,
    ):
        wait_until_connected(server)
        with screen.working("the gateway examines a journal that it did not write"):
            wait_until_at_rest(server)
        figures = [_ask(server, what, path, span) for what, path in _CALLS.items()]
    with screen.working("SQL by hand"):
        by_hand_ms = _by_hand_ms(path, span)
    figures.append(
        Figure(
            what="energy of each machine, a month",
            unit="ms",
            ours=figures[-1].ours,
            better="less",
            peer="SQL over the minutes",
            theirs=by_hand_ms,
        )
    )
    return Section(
        title=f"Figures of {machines} machines over {days} days",
        figures=figures,
        notes=[
            (
                f"Median of {_REPEATS} calls over one connection, after a first one. The journal"
                f" holds {count:,} minutes, of {months.EVERY} one, in {before_bytes / 1e9:.1f} GB;"
                f" their sums of quarter hours, hours and days took {summed_s:.0f} s of one core,"
                f" once, and {sums_bytes / 1e9:.2f} GB."
            )
        ],
    )


def sum_up(path: Path, machines: int, now_ms: int) -> None:
    """Make the rows of quarter hours, hours and days, as a gateway does beside its work."""
    ledgers = {
        index + 1: ledger_of(assets.get(months.asset_of(index))) for index in range(machines)
    }
    journal = Journal(path)

    async def write(work: Callable[[Journal], T]) -> T:
        journal.begin()
        done = work(journal)
        journal.commit()
        return done

    async def all_of_it() -> None:
        compactor = Compactor(
            ledgers=lambda: ledgers,
            write=write,
            open_reader=lambda: JournalReader(path),
            site=SiteTime("UTC"),
            now_ms=lambda: now_ms,
            rest=0,  # nobody else waits
        )
        while await compactor.round():
            pass

    asyncio.run(all_of_it())
    journal.close()


def _ask(server: Server, what: str, path: str, span: dict[str, int]) -> Figure:
    times_s = []
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        for _ in range(_REPEATS + 1):
            started_s = time.perf_counter()
            answer = client.get(path.format(**span))
            times_s.append(time.perf_counter() - started_s)
            if answer.status_code != httpx.codes.OK:
                raise NotMeasured(f"{path} answered {answer.status_code}: {answer.text[:200]}")
    ours = statistics.median(times_s[1:]) * 1e3
    return Figure(what=what, unit="ms", ours=ours, better="less", aim=_AIM_MS)


def _by_hand_ms(path: Path, span: dict[str, int]) -> float:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    started_s = time.perf_counter()
    list(connection.execute(_BY_HAND, (span["from_ms"], span["to_ms"])))
    connection.close()
    return (time.perf_counter() - started_s) * 1e3
