"""States of peers and processes in, one verdict out."""

import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import msgspec

from contract.messages import DependencyStatus
from gateway.api.ports import Services
from gateway.api.shift_file import ShiftFile

MAX_FILE_BYTES: Final = 256 * 1024
_DOWN: Final = ("EXITED", "BACKOFF", "FATAL")


class Process(msgspec.Struct):
    """A process as the supervisor's listener reports it; what else it says is left out.

    ``down``: it has ended, and is not known to stay up again: who crashes in a loop is starting
    half the time. STOPPED is somebody's wish, and what was started again and stays up is well.
    """

    name: str
    state: str
    restarts: int
    last_exit_ms: int | None = None
    down: bool = False

    def __post_init__(self) -> None:
        self.down = self.state in _DOWN or (self.state == "STARTING" and self.restarts > 0)


class Health(msgspec.Struct, omit_defaults=True):
    """What ``/health`` answers."""

    status: str
    version: str
    uptime_s: float
    dependencies: dict[str, DependencyStatus]
    time_zone: str
    shifts: list[str] = msgspec.field()
    processes: list[Process] = msgspec.field()
    shifts_error: str | None = None
    assets_error: list[str] | None = None
    processes_error: str | None = None


_decode: Final = msgspec.json.Decoder(list[Process]).decode


def health_of(services: Services, shifts: ShiftFile) -> Health:
    """``degraded`` when a peer that is wanted does not serve, or a process does not stay up."""
    dependencies = services.dependencies()
    serve = all(peer.status in ("ok", "off") for peer in dependencies.values())
    mistakes = services.type_mistakes()
    processes, error = _processes(services.settings.data_dir / "run" / "processes.json")
    return Health(
        status="ok"
        if serve and not mistakes and not any(one.down for one in processes)
        else "degraded",
        version=running_version(),
        uptime_s=services.uptime_ms() / 1000,
        dependencies=dependencies,
        time_zone=services.settings.site_time.name,
        shifts=shifts.names(),
        shifts_error=shifts.mistake(),
        assets_error=mistakes or None,
        processes=processes,
        processes_error=error,
    )


def is_writable(health: Health) -> bool:
    """Whether readings can be stored, which is what the gateway is there for."""
    journal = health.dependencies.get("journal")
    return journal is not None and journal.status == "ok"


def _processes(path: Path) -> tuple[list[Process], str | None]:
    """The supervisor's processes, or why they cannot be told; none where there is no supervisor."""
    try:
        with path.open("rb") as file:
            return _decode(file.read(MAX_FILE_BYTES)), None
    except FileNotFoundError:
        return [], None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        return [], f"{path.name} cannot be read: {error}"


@cache
def running_version() -> str:
    """Of the installed package, or of the checkout this runs from."""
    try:
        return version("edgetwin")
    except PackageNotFoundError:
        project = Path(__file__).parents[2] / "pyproject.toml"
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
