"""A quickly trained model, and the real service answering from it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from gateway import assets
from gateway.assets.base import Asset
from inference import train
from inference.features import Windows
from inference.model import Model, load
from inference.train import Material

MakeWindow = Callable[..., Windows]

ROOT = Path(__file__).parents[2]


def no_steps(_stage: str, _done: int, _total: int) -> None:
    """For trainings that nobody watches."""


@pytest.fixture(scope="session")
def fan() -> Asset:
    return assets.get("fan")


@pytest.fixture(scope="session")
def material(fan: Asset) -> Material:
    return train.simulate(fan, plan=train.QUICK_PLAN, seed=1, on_step=no_steps)


@pytest.fixture(scope="session")
def models_dir(fan: Asset, material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``<data>/models`` with a quickly trained fan; not to be altered."""
    directory = tmp_path_factory.mktemp("data") / "models"
    train.train(
        fan,
        material,
        directory=directory / fan.name,
        seed=1,
        shape=train.QUICK_SHAPE,
        on_step=no_steps,
    )
    return directory


@pytest.fixture(scope="session")
def model(models_dir: Path, fan: Asset) -> Model:
    return load(models_dir / fan.name, asset=fan)


@pytest.fixture
def own_models(models_dir: Path, tmp_path: Path) -> Path:
    """A copy of the models that a test may break."""
    return Path(shutil.copytree(models_dir, tmp_path / "models"))


@pytest.fixture(scope="session")
def service_dir(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory the service of the tests serves from."""
    directory = tmp_path_factory.mktemp("served")
    shutil.copytree(models_dir, directory / "models")
    return directory


@pytest.fixture(scope="session")
def service(service_dir: Path) -> Iterator[httpx.Client]:
    """``python -m inference serve`` on a free port, and a client of it."""
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "inference", "serve"],
        cwd=ROOT,
        env={
            **os.environ,
            "EDGETWIN_HOST": "127.0.0.1",
            "EDGETWIN_INFERENCE_PORT": str(port),
            "EDGETWIN_DATA_DIR": str(service_dir),
        },
    )
    address, headers = f"http://127.0.0.1:{port}", {"Content-Type": "application/json"}
    with httpx.Client(base_url=address, headers=headers, timeout=30) as client:
        _await_health(client, process)
        yield client
    process.terminate()
    # uvicorn ends in order, and then by the signal it was asked with.
    assert process.wait(timeout=20) in (0, -signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_health(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        assert process.poll() is None, "the service ended while starting"
        try:
            client.get("/health")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the service did not answer within a minute")


@pytest.fixture(scope="session")
def window() -> MakeWindow:
    """Makes one window: rows 200 ms apart unless times are given."""

    def make(*rows: list[float], time_ms: list[int] | None = None) -> Windows:
        times = time_ms if time_ms is not None else [200 * index for index in range(len(rows))]
        return Windows.of(
            np.array(rows, dtype=np.float64),
            np.array(times, dtype=np.int64),
            np.array([len(rows)]),
        )

    return make
