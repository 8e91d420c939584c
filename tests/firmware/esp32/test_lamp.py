"""Patterns a person can tell apart, one state at a time; and a watchdog that wants every part."""

import itertools
from types import SimpleNamespace
from typing import Any

import pytest

from firmware.device import lamp
from firmware.device.watchdog import Watchdog


def device(
    *, connected: bool = True, standing: bool = False, in_flight: int = 0, pending: int = 0
) -> Any:
    return SimpleNamespace(
        uplink=SimpleNamespace(connected=connected),
        withheld=SimpleNamespace(standing=standing),
        delivery=SimpleNamespace(in_flight=in_flight, pending=pending),
    )


@pytest.mark.parametrize(
    ("present", "state"),
    [
        (device(), lamp.ONLINE),
        (device(in_flight=200), lamp.ONLINE),
        (device(in_flight=200, pending=1), lamp.FILLING),
        (device(connected=False, pending=900), lamp.BROKER),
        (device(connected=False, standing=True), lamp.SENSOR),
    ],
)
def test_the_most_telling_state_is_shown(present: Any, state: str) -> None:
    assert lamp.state(wifi=True, device=present, identifying=False) == state
    assert lamp.state(wifi=False, device=present, identifying=False) == lamp.WIFI
    assert lamp.state(wifi=False, device=present, identifying=True) == lamp.IDENTIFY


def test_every_state_has_a_pattern_and_a_colour_of_its_own() -> None:
    assert set(lamp.PATTERNS) == set(lamp.COLOURS)
    shown = {name: tuple(lamp.lit(name, ms) for ms in range(0, 6000, 50)) for name in lamp.PATTERNS}
    for one, other in itertools.combinations(shown, 2):
        assert sum(a != b for a, b in zip(shown[one], shown[other], strict=True)) >= 5, (one, other)


def test_online_is_a_short_flash_every_three_seconds() -> None:
    lit = [ms for ms in range(6000) if lamp.lit(lamp.ONLINE, ms)]
    assert lit == [*range(50), *range(3000, 3050)]


def test_the_watchdog_is_fed_only_when_every_part_has_passed() -> None:
    fed: list[int] = []
    dog = Watchdog(feed=lambda: fed.append(1), parts=("sampler", "uplink"))
    for _ in range(10):
        dog.passed("sampler")
    assert fed == []
    dog.passed("uplink")
    assert fed == [1]
    dog.passed("uplink")
    dog.passed("uplink")
    assert fed == [1]
    dog.passed("sampler")
    assert fed == [1, 1]
