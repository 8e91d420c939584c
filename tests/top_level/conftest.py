"""One installation of its own for a test: free ports, a short data directory, no ``.env``."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.processes import stop_members
from tests.mosquitto import free_port

_PORTS = ("BROKER", "GATEWAY", "INFERENCE", "DASHBOARD", "INFLUXDB")


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory with a name short enough for a Unix socket, which pytest's are not."""
    with tempfile.TemporaryDirectory(prefix="et-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
        stop_members(Path(folder))


@pytest.fixture
def environ(data_dir: Path) -> dict[str, str]:
    """The environment of that installation, with ports of its own."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("EDGETWIN_")}
    named = {f"EDGETWIN_{name}_PORT": str(free_port()) for name in _PORTS}
    return clean | named | {"EDGETWIN_DATA_DIR": str(data_dir), "EDGETWIN_HOST": "127.0.0.1"}
