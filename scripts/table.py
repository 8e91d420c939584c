"""A running installation as tables for a person: addresses, and the state of each process."""

import json
import socket
from datetime import timedelta
from typing import Final

from rich.table import Table

from contract.access import url_of
from scripts.processes import Info
from scripts.settings import Settings

_WILDCARDS: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound
_STATES: Final = {"RUNNING": "green", "STARTING": "yellow", "STOPPING": "yellow"}


def addresses(settings: Settings) -> dict[str, str]:
    """Process name -> where a person or a device reaches it."""
    host = socket.gethostname() if settings.host in _WILDCARDS else settings.host
    broker = url_of(host, settings.broker_port).removeprefix("http://")
    return {
        "broker": f"mqtt://{broker}",
        "influxdb": url_of(host, settings.influxdb_port),
        "inference": f"{url_of(host, settings.inference_port)}/docs",
        "gateway": f"{url_of(host, settings.gateway_port)}/docs",
        "dashboard": f"{url_of(host, settings.dashboard_port)}/dashboard",
    }


def welcome(settings: Settings) -> Table:
    """The addresses to open, the dashboard first."""
    where = addresses(settings)
    table = Table(show_header=False, box=None, padding=(0, 2))
    for title, process in (
        ("Dashboard", "dashboard"),
        ("Gateway API", "gateway"),
        ("Inference API", "inference"),
        ("MQTT broker", "broker"),
    ):
        table.add_row(f"[bold]{title}[/]", where[process])
    return table


def status(settings: Settings, infos: list[Info]) -> Table:
    """One row a process: state, pid, uptime, restarts, address."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("process", "state", "pid", "uptime", "restarts", "address"):
        table.add_column(heading, justify="right" if heading in ("pid", "restarts") else "left")
    restarts, where = _restarts(settings), addresses(settings)
    for info in infos:
        state = f"[{_STATES.get(info.state, 'red')}]{info.state.lower()}[/]"
        uptime = str(timedelta(seconds=info.uptime_s))
        counted = str(restarts.get(info.name, 0))
        pid = str(info.pid or "")
        table.add_row(info.name, state, pid, uptime, counted, where.get(info.name, ""))
    return table


def _restarts(settings: Settings) -> dict[str, int]:
    path = settings.run_dir / "processes.json"
    if not path.exists():
        return {}
    return {entry["name"]: entry["restarts"] for entry in json.loads(path.read_text())}
