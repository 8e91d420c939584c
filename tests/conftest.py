"""What the tests of every part share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.clocks.wall import WallClock
from tests.mosquitto import Mosquitto
from tests.trained import quick_models

# What needs one of these waits for servers most of its time.
_WAITING = ("broker", "browser", "influxdb", "kafka", "micropython")

# How long an example takes says something about the machine and its load, nothing about the code.
# The same examples each time: whoever wants others gives a `--hypothesis-seed`.
settings.register_profile(
    "edgetwin",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# Of `make check`, with `--hypothesis-profile quick`: what a few examples find, at once.
settings.register_profile("quick", settings.get_profile("edgetwin"), max_examples=20)
settings.load_profile("edgetwin")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that wait for servers come first: the short ones then fill what these leave."""
    waiting = {item.path for item in items if any(map(item.get_closest_marker, _WAITING))}
    items.sort(key=lambda item: item.path not in waiting)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``<data>/models`` with a quickly trained fan; not to be altered."""
    return quick_models(tmp_path_factory)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A private real broker, started; it has its default persistence, and a queue as ours has."""
    broker = Mosquitto(tmp_path / "broker", ["max_queued_messages 200000"])
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def wall_clock(tmp_path: Path) -> WallClock:
    """For a process started with its ``env``: a wall clock that ``set`` makes wrong."""
    return WallClock(tmp_path)
