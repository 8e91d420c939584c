"""States of peers and processes in, one verdict out."""

import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import msgspec

from gateway.messages import DependencyStatus
from gateway.services import Services

MAX_FILE_BYTES: Final = 256 * 1024


class Process(msgspec.Struct):
    """A process as the supervisor's listener reports it; what else it says is left out."""

    name: str
    state: str
    restarts: int
    last_exit_ms: int | None = None


class Health(msgspec.Struct, omit_defaults=True):
    """What ``/health`` answers."""

    status: str
    version: str
    uptime_s: float
    dependencies: dict[str, DependencyStatus]
    processes: list[Process] = msgspec.field()
    processes_error: str | None = None


_decode: Final = msgspec.json.Decoder(list[Process]).decode


def health_of(services: Services) -> Health:
    """``degraded`` when a peer that is wanted does not serve."""
    dependencies = services.dependencies()
    wanted = [peer for peer in dependencies.values() if peer.status != "off"]
    processes, error = _processes(services.settings.data_dir / "run" / "processes.json")
    return Health(
        status="ok" if all(peer.status == "ok" for peer in wanted) else "degraded",
        version=running_version(),
        uptime_s=(services.now_ms() - services.started_ms) / 1000,
        dependencies=dependencies,
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
