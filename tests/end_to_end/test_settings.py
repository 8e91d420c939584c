"""A setting from the person to the board and back, over a restart of everything in between."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.board import BoardWorkshop
from tests.end_to_end.workshop import Workshop
from tests.mosquitto import eventually

pytestmark = pytest.mark.broker


def want(workshop: Workshop, **desired: float) -> None:
    path = f"/devices/{workshop.names[0]}/settings"
    workshop.send("PUT", path, {"by": "Sam", "desired": desired})


def settings(workshop: Workshop) -> dict[str, dict[str, Any]]:
    path = f"/devices/{workshop.names[0]}/settings"
    found: dict[str, dict[str, Any]] = workshop.get(path)["settings"]
    return found


def is_so(workshop: Workshop, **expected: float) -> bool:
    """Whether the device reports all of that, and has what is desired."""
    found = settings(workshop)
    return all(
        name in found
        and found[name]["reported"] == value
        and found[name]["differs_since_ms"] is None
        for name, value in expected.items()
    )


@pytest.mark.parametrize(
    ("make", "first", "then"),
    [
        pytest.param(partial(Workshop, devices=1), 900.0, 950.0, id="emulator"),
        pytest.param(BoardWorkshop, 80.0, 75.0, id="micropython", marks=pytest.mark.micropython),
    ],
)
def test_a_setting_outlives_gateway_broker_and_board(
    tmp_path: Path, make: Callable[[Path], Workshop], first: float, then: float
) -> None:
    with make(tmp_path) as workshop:
        name = workshop.names[0]
        workshop.broker.start()
        workshop.start_gateway()
        workshop.start_devices()
        workshop.await_progress(5)
        want(workshop, rate_hz=8.0, set_point=first)
        eventually(lambda: is_so(workshop, rate_hz=8.0, set_point=first), "the board has both")

        workshop.kill_devices()
        want(workshop, rate_hz=5.0, set_point=then)
        away = settings(workshop)["rate_hz"]
        assert (away["desired"], away["reported"]) == (5.0, 8.0)
        assert away["differs_since_ms"] == away["set_ms"]

        eventually(lambda: workshop.retained(name, "desired")["rate_hz"] == 5.0, "it is told")
        workshop.kill_gateway()
        workshop.broker.kill()
        workshop.broker.start()
        workshop.start_gateway()
        assert settings(workshop)["rate_hz"]["desired"] == 5.0
        workshop.start_devices()
        eventually(lambda: is_so(workshop, rate_hz=5.0, set_point=then), "a board that was away")

        args = {"name": "set_rate", "args": {"rate_hz": 6.0}}
        workshop.send("POST", f"/devices/{name}/commands", args)
        assert settings(workshop)["rate_hz"]["desired"] == 6.0
        eventually(lambda: workshop.retained(name, "desired")["rate_hz"] == 6.0, "it lasts")
        workshop.kill_devices()
        workshop.start_devices()
        eventually(lambda: is_so(workshop, rate_hz=6.0, set_point=then), "the command's rate")


def refusal(states: dict[str, Any]) -> str | None:
    """Why the fan does not take the set point, as its twin tells it."""
    told = states.get("fan-01", {}).get("settings", {}).get("set_point", {})
    return told.get("refused")  # type: ignore[no-any-return]


def test_why_a_board_refuses_is_told(tmp_path: Path) -> None:
    with Workshop(tmp_path, devices=1) as workshop:
        workshop.broker.start()
        workshop.start_gateway()
        workshop.start_devices()
        workshop.await_progress(5)
        want(workshop, set_point=9_000.0)
        eventually(lambda: settings(workshop)["set_point"]["refused"], "the board's own words")
        found = settings(workshop)["set_point"]
        assert "600 to 1600 rpm" in found["refused"]
        assert found["differs_since_ms"] == found["set_ms"]
        told = workshop.states(lambda states: refusal(states) is not None)
        assert refusal(told) == found["refused"]
