"""What a year does to the gateway's memory: simulated, as fast as it goes, through the real path.

The real process and a real broker; only the clock is moved, a day at a time. Boards report once a
minute, a day's readings at once, as after a night without a network; closed days go to files and
old rows go, all the while.
"""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import httpx
import msgspec
from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTProtocolVersion

from bench import backlog, moved_clock
from bench.ingest import stored_readings
from bench.report import Figure, Section
from bench.screen import Screen
from bench.servers import SITE, Server, gateway, mosquitto, wait_until_connected
from contract import topics
from contract.messages import Birth
from gateway.journal.reader import open_read_only

DAY_MS: Final = 86_400_000
_PERIOD_MS: Final = 60_000
_EACH: Final = DAY_MS // _PERIOD_MS
_LIST: Final = 20  # items a message
_FLEET: Final = {backlog.FAN: 1, backlog.DISPENSER: 1}
_KEPT_DAYS: Final = 7  # in the journal
_CLOSED_DAYS: Final = _KEPT_DAYS + 2  # after so many days a day is in a file
_ASK_EVERY: Final = 7  # days: what a dashboard asks
_AIM_PERCENT: Final = 5.0
_LEAST_S: Final = 1.0  # a day: what one board may send is 2,000 readings a second
_WITHIN_S: Final = 120.0
_SETTLE_S: Final = 20.0
_ITEMS: Final[dict[str, Callable[..., str]]] = {
    backlog.FAN: backlog.payload,
    backlog.DISPENSER: backlog.dispensers_item,
}


class _Boards:
    """All of them, on one connection."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._seq = 0
        self.sent = 0

    def announce(self) -> None:
        for asset, index in _machines():
            birth = Birth(asset=asset, model="bench", epoch=backlog.EPOCH, rate_hz=1 / 60)
            name = backlog.device_name(index, asset)
            topic = topics.build(site=SITE, device=name, kind=topics.BIRTH)
            self._client.publish(topic, msgspec.json.encode(birth), 1, retain=True)

    def report(self, day_ms: int) -> None:
        """A day's readings of each, up to its end."""
        for first in range(0, _EACH, _LIST):
            for asset, index in _machines():
                items = (
                    _ITEMS[asset](
                        index,
                        epoch=backlog.EPOCH,
                        seq=self._seq + at + 1,
                        time_ms=day_ms + (at + 1) * _PERIOD_MS - 1,
                    )
                    for at in range(first, first + _LIST)
                )
                topic = backlog.telemetry_topic(index, asset)
                self._client.publish(topic, f"[{','.join(items)}]", 1)
        self._seq += _EACH
        self.sent += _EACH * len(_machines())


def _machines() -> list[tuple[str, int]]:
    return [(asset, index) for asset, count in _FLEET.items() for index in range(count)]


class _Year(NamedTuple):
    """What passes, and where."""

    server: Server
    boards: _Boards
    directory: Path
    start_ms: int

    @property
    def clock(self) -> Path:
        return self.directory / "clock"

    def day(self, day: int) -> float:
        """One passes; the gateway's memory then, in MB."""
        day_ms, program = self.start_ms + day * DAY_MS, self.server.program
        began_s = time.monotonic()
        moved_clock.put(self.clock, day_ms + DAY_MS)
        self.boards.report(day_ms)
        program.wait_for(
            lambda: stored_readings(self.directory / "journal.db") >= self.boards.sent,
            what=f"last reading of day {day + 1}",
            within_s=_WITHIN_S,
        )
        if day % _ASK_EVERY == 0:
            _look(self.server, day_ms)
            program.wait_for(
                lambda: self.files() >= (day - _CLOSED_DAYS) * len(_machines()),
                what="archive that keeps up",
                within_s=_WITHIN_S,
            )
        time.sleep(max(0.0, began_s + _LEAST_S - time.monotonic()))
        return program.memory_mb()

    def files(self) -> int:
        """How many days of machines are in files."""
        return sum(1 for _ in (self.directory / "archive").rglob("*.parquet"))


def measure(directory: Path, *, days: int, screen: Screen) -> Section:
    """Let so many days pass, and compare the memory early on with that at the end."""
    start_ms = time.time_ns() // 1_000_000 // DAY_MS * DAY_MS + DAY_MS
    moved_clock.put(directory / "clock", start_ms)
    module = ["bench.moved_clock", str(directory / "clock")]
    with (
        mosquitto(directory) as broker,
        gateway(directory, broker_port=broker.port, inference_port=None, module=module) as server,
    ):
        wait_until_connected(server)
        client = backlog.connected(
            port=broker.port, client_id="bench-year", protocol=MQTTProtocolVersion.MQTTv5
        )
        year = _Year(server, _Boards(client), directory, start_ms)
        year.boards.announce()
        began_s, sizes = time.monotonic(), list[float]()
        with screen.counting("days pass", days) as progress:
            for day in range(days):
                sizes.append(year.day(day))
                progress(day + 1)
        took_s = time.monotonic() - began_s
        time.sleep(_SETTLE_S)
        sizes.append(server.program.memory_mb())
        backlog.leave(client)
        return _told(year, sizes, took_s)


def _look(server: Server, day_ms: int) -> None:
    """As somebody who looks at the dashboard now and then."""
    span = f"from={day_ms - 30 * DAY_MS}&to={day_ms + DAY_MS}"
    fan = backlog.device_name(0)
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        for path in (
            f"/devices/{fan}/history?{span}",
            f"/kpis?group=asset&bucket=day&{span}",
            "/devices",
            "/alarms?state=all",
        ):
            client.get(path).raise_for_status()


def _told(year: _Year, sizes: list[float], took_s: float) -> Section:
    days, program = len(sizes) - 1, year.server.program
    part = max(1, days // 12)
    early, late = median(sizes[part : 2 * part]), median(sizes[-part:])
    left = _left(year.directory / "journal.db")
    course = ", ".join(f"{sizes[at]:.0f}" for at in range(part, days, part))
    return Section(
        title=f"Memory of the gateway over {days} simulated days",
        figures=[
            Figure(
                what="grown since the second twelfth of that time", unit="%",
                ours=100 * (late / early - 1), better="less", aim=_AIM_PERCENT,
            ),
            Figure(what="then", unit="MB", ours=early, better="less"),
            Figure(what="at the end", unit="MB", ours=late, better="less"),
            Figure(what="at most", unit="MB", ours=program.memory_mb(peak=True), better="less"),
        ],
        notes=[
            (
                f"{year.boards.sent:,} readings of a fan and a dispenser, one a minute each,"
                f" a day's at once, through a real broker, in {took_s / 60:.0f} minutes:"
                f" {days * 86_400 / took_s:,.0f} times as fast as they would come"
                f" ({program.cpu_s() / 60:.1f} minutes of the gateway's processor time). The clock"
                f" is moved by a day each time. At the end {year.files()} days of machines are in"
                f" files, and the journal holds {left:,} readings. Each week somebody asks for a"
                f" month's chart, figures, machines and alarms. MB after each twelfth: {course}."
            )
        ],
    )  # fmt: skip


def _left(journal: Path) -> int:
    """Readings in the journal."""
    with closing(open_read_only(journal)) as connection:
        return int(connection.execute("SELECT count(*) FROM reading").get)
