"""Fans that tell events beside their readings, so that whatever befalls a workshop befalls both."""

from collections.abc import Iterable
from typing import Any

from firmware.models.fan import Machine

ASKS = "TELL_EVENTS"  # in the environment of an emulator whose fans are to do so
_STEPS_AN_EVENT, _STEPS_A_PAIR = 3, 10

Told = tuple[str, dict[str, Any]]


def install() -> None:
    """Let the fans of this process do so."""
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
