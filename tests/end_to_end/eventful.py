"""Machines that tell events beside their readings, so that whatever befalls one befalls both.

Fans tell some of their own; of a dispenser's users there are so many that it pours all the time.
"""

from collections.abc import Iterable
from typing import Any

from firmware.models import dispenser
from firmware.models.fan import Machine

ASKS = "TELL_EVENTS"  # in the environment of an emulator whose machines are to do so
_USERS = 500.0
_STEPS_AN_EVENT, _STEPS_A_PAIR = 3, 10

Told = tuple[str, dict[str, Any]]


def install() -> None:
    """Let the machines of this process do so."""
    _crowd()
    step = Machine.step

    def step_and_tell(self: Any, dt_s: float) -> dict[str, float]:
        self.steps_told = getattr(self, "steps_told", 0) + 1
        return step(self, dt_s)

    def take_events(self: Any) -> Iterable[Told]:
        steps = self.steps_told
        if steps % _STEPS_AN_EVENT == 0:
            yield "cleaned", {"dust": steps % 7 * 0.25, "by": f"u{steps % 4}"}
        if steps % _STEPS_A_PAIR == 0:
            yield "opened", {}
            yield "closed", {"after": float(steps % 5)}

    Machine.step = step_and_tell  # type: ignore[method-assign]
    Machine.take_events = take_events  # type: ignore[assignment,method-assign]


def _crowd() -> None:
    begin = dispenser.Machine.__init__

    def begin_in_demand(self: Any, seed: int) -> None:
        begin(self, seed)
        self.preferences.set("users", _USERS)

    dispenser.Machine.__init__ = begin_in_demand  # type: ignore[method-assign]
