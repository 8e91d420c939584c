"""Tables: addresses as a browser takes them, one row a process."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from scripts.listener import Process, save
from scripts.processes import Info
from scripts.settings import Settings, load
from scripts.table import addresses, status, welcome


def settings_of(**environ: str) -> Settings:
    given = {f"EDGETWIN_{key}": value for key, value in environ.items()}
    return load(env_file=Path("/nonexistent"), environ=given)


def text_of(table: object) -> list[list[str]]:
    out = io.StringIO()
    Console(file=out, width=200).print(table)
    return [line.split() for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_an_address_can_be_opened(host: str, shown: str) -> None:
    where = addresses(settings_of(HOST=host, DASHBOARD_PORT="1999"))
    assert where["dashboard"] == f"http://{shown}:1999/dashboard"
    assert where["broker"] == f"mqtt://{shown}:1883"


def test_the_welcome_names_the_dashboard_first() -> None:
    assert text_of(welcome(settings_of()))[0] == ["Dashboard", "http://127.0.0.1:1880/dashboard"]


def test_status_has_a_row_for_each_process(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    save({"gateway": Process(name="gateway", restarts=3)}, tmp_path / "run" / "processes.json")
    infos = [
        Info(name="gateway", state="RUNNING", pid=7, uptime_s=3661),
        Info(name="devices", state="BACKOFF", pid=0, uptime_s=0),
    ]
    rows = text_of(status(settings_of(DATA_DIR=str(tmp_path)), infos))
    assert rows[1] == ["gateway", "running", "7", "1:01:01", "3", "http://127.0.0.1:8000/docs"]
    assert rows[2] == ["devices", "backoff", "0:00:00", "0"]
