"""Logins on a data directory that is named as `.env` may name it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.credentials import Credentials


def test_a_relative_data_directory_finds_its_running_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``EDGETWIN_DATA_DIR=var`` is the default; the broker is started with the absolute path."""
    monkeypatch.chdir(tmp_path)
    credentials = Credentials(Path("var"), site="workshop")
    credentials.own("gateway")
    configuration = tmp_path / "var" / "broker" / "mosquitto.conf"
    sleeps = [sys.executable, "-c", "import signal; signal.pause()", str(configuration)]
    with subprocess.Popen(sleeps) as broker:
        (configuration.parent / "mosquitto.pid").write_text(str(broker.pid))
        assert credentials.reload()
        assert broker.wait(timeout=30) == -signal.SIGHUP
