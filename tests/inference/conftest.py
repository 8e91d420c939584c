"""A quickly trained model, and the real service answering from it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from contract import assets
from contract.assets.words import Asset
from inference.classifier.model import Model, load
from inference.training import train
from inference.training.train import Material
from inference.windows.features import Windows
from tests.mosquitto import eventually, free_port

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
    port = free_port()
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
    # Each request with a connection of its own: the service closes one that was idle for seconds.
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=address, headers=headers, timeout=120, limits=limits) as client:
        eventually(lambda: _answers(client, process), "the service answers", within_s=180)
        yield client
    process.terminate()
    # uvicorn ends in order, and then by the signal it was asked with.
    assert process.wait(timeout=60) in (0, -signal.SIGTERM)


def _answers(client: httpx.Client, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the service ended while starting"
    try:
        client.get("/health")
    except httpx.TransportError:
        return False
    return True


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
