"""A real InfluxDB 2 as a peer: the one of ``python -m influx build``, private, on a free port."""

import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import httpx

from bench.programs import HOST, NotMeasured, Program, free_port
from gateway.sinks.influxdb.access import Access
from influx import build, serve, setup
from influx.settings import InfluxSettings

VERSION: Final = "2.7.12"
_LINES: Final = 20_000  # a request
_WITHIN_S: Final = 120.0
_SETTLED_S: Final = 6.0
# What lies in its log is written to files, and these together, soon after the last point came.
_SETTLE_SOON: Final = (
    "--storage-cache-snapshot-write-cold-duration", "5s",
    "--storage-compact-full-write-cold-duration", "10s",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class InfluxDb:
    """The server, how to be let in, and where its data lies."""

    program: Program
    access: Access
    home: Path

    def write(
        self,
        lines: Iterable[str],
        *,
        precision: Literal["ms", "ns"] = "ms",
        done: Callable[[int], None] = lambda _: None,
    ) -> int:
        """Points into the bucket that keeps them for years; how many."""
        count = 0
        with self._client() as client:
            for some in _batches(lines):
                params = {
                    **self._place(),
                    "bucket": self.access.history_bucket,
                    "precision": precision,
                }
                answer = client.post("/api/v2/write", params=params, content="\n".join(some))
                _insist(answer, httpx.codes.NO_CONTENT)
                count += len(some)
                done(count)
        return count

    def ask(self, flux: str) -> str:
        """The answer to a query, as annotated CSV."""
        with self._client() as client:
            return asked(client, self.access, flux)

    def _client(self) -> httpx.Client:
        return client_of(self.access)

    def _place(self) -> dict[str, str]:
        return {"org": self.access.org}

    def size(self) -> int:
        """Bytes of points on the disk, once all are in its files and these are as they stay."""
        engine, was, since_s = self.home / "engine", -1, time.monotonic()
        deadline_s = since_s + _WITHIN_S
        while time.monotonic() < deadline_s:
            log, now = _bytes(engine / "wal"), _bytes(engine)
            if now != was or log > now / 10:
                was, since_s = now, time.monotonic()
            elif time.monotonic() - since_s > 4 * _SETTLED_S:
                return _bytes(engine / "data")
            time.sleep(1.0)
        raise NotMeasured(f"InfluxDB did not come to rest within {_WITHIN_S:g} s")


@contextmanager
def influxd(directory: Path, *, settles_soon: bool = False) -> Iterator[InfluxDb]:
    """Started and set up. Raises NotMeasured where there is none."""
    program = build.cached_program()
    if not program.exists():
        raise NotMeasured("there is no influxd yet: run `make influx` once (about 5 minutes)")
    settings = InfluxSettings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings' own argument
        host=HOST,
        data_dir=directory,
        influxdb_url="",
        influxdb_port=free_port(),
    )
    home = directory / "influxdb"
    command = serve.command(program=program, home=home, host=HOST, port=settings.influxdb_port)
    command += _SETTLE_SOON if settles_soon else ()
    log = directory / "influxd.log"
    with Program(command, log=log, stop_by=signal.SIGINT) as server:
        server.wait_for_port(settings.influxdb_port)
        yield InfluxDb(program=server, access=setup.run(settings, wait_s=30), home=home)


def client_of(access: Access) -> httpx.Client:
    """One connection, let in."""
    headers = {"Authorization": f"Token {access.token}"}
    return httpx.Client(base_url=access.url, headers=headers, trust_env=False, timeout=300)


def asked(client: httpx.Client, access: Access, flux: str) -> str:
    """The answer to a query, as CSV."""
    headers = {"Content-Type": "application/vnd.flux", "Accept": "application/csv"}
    answer = client.post("/api/v2/query", params={"org": access.org}, content=flux, headers=headers)
    _insist(answer, httpx.codes.OK)
    return answer.text


def _insist(answer: httpx.Response, code: int) -> None:
    if answer.status_code != code:
        raise NotMeasured(f"InfluxDB answered {answer.status_code}: {answer.text[:200]}")


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    some: list[str] = []
    for line in lines:
        some.append(line)
        if len(some) == _LINES:
            yield some
            some = []
    if some:
        yield some


def _bytes(folder: Path) -> int:
    return sum(512 * path.stat().st_blocks for path in folder.rglob("*") if path.is_file())
