"""The process ``influxdb``: starts the set-up beside it, then becomes influxd."""

import os
import subprocess
import sys
from pathlib import Path

from influx.paths import Paths
from influx.settings import InfluxSettings
from influx.setup import SetupFailed

_SETUP_WAIT_S = 120
_MEBIBYTE = 1024 * 1024


def command(*, program: Path, home: Path, host: str, port: int) -> list[str]:
    """The command line of influxd: everything below ``home``, bounded queries, no telephone home.

    A careless Flux query can ask for any amount of memory (empty windows over a long range), so
    one query may take 256 MiB and all together 1 GiB.
    """
    return [
        str(program),
        "--bolt-path", str(home / "influxd.bolt"),
        "--engine-path", str(home / "engine"),
        "--sqlite-path", str(home / "influxd.sqlite"),
        "--http-bind-address", f"{host}:{port}",
        "--reporting-disabled",
        "--hardening-enabled",
        "--pprof-disabled",
        "--query-concurrency", "8",
        "--query-queue-size", "64",
        "--query-initial-memory-bytes", str(16 * _MEBIBYTE),
        "--query-memory-bytes", str(256 * _MEBIBYTE),
        "--query-max-memory-bytes", str(1024 * _MEBIBYTE),
        "--log-level", "warn",
    ]  # fmt: skip


def replace_this_process(settings: InfluxSettings) -> None:
    """Start the set-up, then become influxd, so that a supervisor's signals reach it itself.

    Stop it with SIGINT: influxd 2.7 has no handler for SIGTERM (kit/signals) and would end as in a
    crash, which costs no data but a replay of its log.

    Raises:
        SetupFailed: influxd has not been built.
    """
    paths = Paths.below(settings.data_dir.absolute())
    if not paths.program.exists():
        raise SetupFailed(f"There is no {paths.program}: run `make influx` first.")
    paths.make_home()
    _start_setup()
    line = command(
        program=paths.program, home=paths.home, host=settings.host, port=settings.influxdb_port
    )
    os.execv(line[0], line)  # noqa: S606 (no shell is meant)


def _start_setup() -> None:
    """Run the set-up as an orphan: influxd would never reap a child it does not know."""
    line = [sys.executable, "-m", "influx", "setup", "--wait", str(_SETUP_WAIT_S)]
    subprocess.run(["/bin/sh", "-c", '"$@" &', "sh", *line], check=True)
