"""`python -m influx serve`: one process that is influxd, set up beside it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.sinks.influxdb.access import Access
from influx import serve
from influx.build import cached_program, put_in_place
from influx.credentials import read
from influx.paths import Paths
from influx.setup import SetupFailed
from tests.influx.running import START_WITHIN_S, Influxd, program
from tests.mosquitto import free_port

ROOT = Path(__file__).parents[2]


def _start(data_dir: Path, port: int) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "EDGETWIN_DATA_DIR": str(data_dir),
        "EDGETWIN_INFLUXDB_PORT": str(port),
        "EDGETWIN_INFLUXDB_URL": "",
    }
    return subprocess.Popen([sys.executable, "-m", "influx", "serve"], cwd=ROOT, env=environment)


def _wait_for(path: Path) -> None:
    deadline_s = time.monotonic() + START_WITHIN_S
    while not path.exists():
        assert time.monotonic() < deadline_s, f"{path} was not written"
        time.sleep(0.1)


@pytest.mark.influxdb
def test_serves_sets_itself_up_and_ends_on_sigint(tmp_path: Path) -> None:
    program()
    put_in_place(tmp_path)
    paths, port = Paths.below(tmp_path), free_port()
    process = _start(tmp_path, port)
    try:
        _wait_for(paths.dashboard)
        access = read(paths.gateway, Access)
        assert access is not None
        assert access.url == f"http://127.0.0.1:{port}"
        # The supervised process is influxd itself, not a parent that could leave it behind.
        assert Path(f"/proc/{process.pid}/exe").resolve() == cached_program().resolve()
        process.send_signal(signal.SIGINT)  # influxd flushes and leaves on SIGINT only
        assert process.wait(timeout=120) == 0
    finally:
        process.kill()
        process.wait()


def test_without_a_program_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="make influx"):
        serve.replace_this_process(Influxd(tmp_path).settings)


def test_listens_on_its_host_only_and_bounds_queries(tmp_path: Path) -> None:
    line = serve.command(program=tmp_path / "influxd", home=tmp_path, host="127.0.0.1", port=8086)
    assert line[line.index("--http-bind-address") + 1] == "127.0.0.1:8086"
    assert "--reporting-disabled" in line
    assert int(line[line.index("--query-memory-bytes") + 1]) < 1 << 30
