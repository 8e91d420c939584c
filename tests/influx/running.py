"""A private influxd for tests: the real server, on a free port, killed at will."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS

from gateway.sinks.influxdb.access import Access
from influx import serve, setup
from influx.build import cached_program
from influx.credentials import Admin, read
from influx.paths import Paths
from influx.settings import InfluxSettings
from tests.mosquitto import free_port

START_WITHIN_S = 120.0

Points = dict[tuple[str, ...], dict[str, object]]


class Influxd:
    """influxd over data below ``data_dir``; it can be killed and started again."""

    def __init__(self, data_dir: Path) -> None:
        self.settings = InfluxSettings(
            data_dir=data_dir, influxdb_port=free_port(), influxdb_url="", influxdb_admin_token=""
        )
        self.paths = Paths.below(data_dir)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.settings.url

    @property
    def admin_token(self) -> str:
        admin = read(self.paths.admin, Admin)
        assert admin is not None
        return admin.token

    def start(self) -> None:
        self.paths.make_home()
        line = serve.command(
            program=program(),
            home=self.paths.home,
            host=self.settings.host,
            port=self.settings.influxdb_port,
        )
        with (self.paths.home / "log").open("ab") as log:
            self._process = subprocess.Popen(line, stdout=log, stderr=log)
        self.wait()

    def wait(self) -> None:
        deadline_s = time.monotonic() + START_WITHIN_S
        with InfluxDBClient(url=self.url, token="") as client:
            while not client.ping():
                assert self._process is not None
                assert self._process.poll() is None, (self.paths.home / "log").read_text()
                assert time.monotonic() < deadline_s, "influxd does not answer"
                time.sleep(0.05)

    def kill(self) -> None:
        """As a crash would: SIGKILL, wherever it is."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def set_up(self, **changes: object) -> Access:
        return setup.run(self.settings.model_copy(update=changes))

    @contextlib.contextmanager
    def out_of_reach(self) -> Iterator["Influxd"]:
        """While it is down: the same data, served where nobody but the test knows."""
        assert self._process is None
        hidden = Influxd(self.settings.data_dir)
        hidden.start()
        try:
            yield hidden
        finally:
            hidden.kill()

    def delete(self, bucket: str, from_ms: int, to_ms: int, predicate: str) -> None:
        """Delete points, as a dying disk would."""
        start, stop = (datetime.fromtimestamp(ms / 1_000, UTC) for ms in (from_ms, to_ms))
        with InfluxDBClient(url=self.url, token=self.admin_token, timeout=60_000) as client:
            org = self.settings.influxdb_org
            client.delete_api().delete(start, stop, predicate, bucket=bucket, org=org)

    def drop_bucket(self, name: str) -> None:
        with InfluxDBClient(url=self.url, token=self.admin_token, timeout=60_000) as client:
            api = client.buckets_api()
            api.delete_bucket(api.find_bucket_by_name(name))

    def write(self, bucket: str, line: str) -> None:
        """Write one line as somebody else who may write everywhere."""
        with InfluxDBClient(url=self.url, token=self.admin_token, timeout=60_000) as client:
            writer = client.write_api(write_options=SYNCHRONOUS)
            writer.write(bucket=bucket, org=self.settings.influxdb_org, record=line)

    def ask(self, flux: str) -> list[dict[str, Any]]:
        """What a query answers, record by record."""
        with InfluxDBClient(url=self.url, token=self.admin_token, timeout=60_000) as client:
            stream = client.query_api().query_stream(flux, org=self.settings.influxdb_org)
            return [record.values for record in stream]

    def points(self, bucket: str, measurement: str) -> Points:
        """(device, lane or other tag, ns) to the fields of every point of the last and next day."""
        flux = (
            f'from(bucket: "{bucket}") |> range(start: -31d, stop: 1d)'
            f' |> filter(fn: (r) => r._measurement == "{measurement}")'
            " |> map(fn: (r) => ({r with ns: int(v: r._time)}))"
        )
        found: Points = {}
        with InfluxDBClient(url=self.url, token=self.admin_token, timeout=60_000) as client:
            for record in client.query_api().query_stream(flux, org=self.settings.influxdb_org):
                values = record.values
                extra = str(values.get("lane") or values.get("name") or "")
                key = (values["device"], extra, str(values["ns"]))
                found.setdefault(key, {})[values["_field"]] = _as_stored(values["_value"])
        return found


def _as_stored(value: object) -> object:
    """Undo what the CSV of a query's answer does to a line feed inside a text."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


@contextlib.contextmanager
def running(data_dir: Path) -> Iterator[Influxd]:
    """An influxd, set up, and gone afterwards."""
    server = Influxd(data_dir)
    server.start()
    try:
        server.set_up()
        yield server
    finally:
        server.kill()


def program() -> Path:
    """The influxd that was built, or a skip; in CI its absence is a failure."""
    found = cached_program()
    if not found.exists():
        text = "no influxd in the cache: run `make influx`"
        if os.environ.get("CI"):
            pytest.fail(text)
        pytest.skip(text)
    return found
