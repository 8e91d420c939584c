"""Contacts that bounce become states that do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device.sensors.digital import Digital
from tests.firmware.device.sensors.wires import Clock, Contact


class Door:
    """One or more contacts to ground, and a board that looks fifty times a second."""

    def __init__(self, *names: str, debounce_ms: int = 20, active_low: bool = True) -> None:
        self.clock = Clock()
        self.idle = int(active_low)
        self.contacts = {name: Contact(self.idle) for name in names}
        self.debounce_ms, self.active_low = debounce_ms, active_low
        self.start()

    def start(self) -> None:
        self.sensor = Digital(
            inputs=[(pin, name) for name, pin in self.contacts.items()],
            off="idle",
            active_low=self.active_low,
            debounce_ms=self.debounce_ms,
            ticks_ms=self.clock.ms,
        )

    def set(self, name: str, *, active: bool) -> None:
        self.contacts[name].set(1 - self.idle if active else self.idle)

    def looks(self, count: int) -> None:
        for _look in range(count):
            self.clock.pass_ms(20)
            self.sensor.tend()


@pytest.mark.parametrize("active_low", [True, False])
def test_a_pin_is_one_of_two_states(active_low: bool) -> None:  # noqa: FBT001 - a case
    door = Door("running", active_low=active_low)
    door.looks(2)
    assert door.sensor.read() == "idle"
    door.set("running", active=True)
    door.looks(2)
    assert door.sensor.read() == "running"
    door.set("running", active=False)
    door.looks(2)
    assert door.sensor.read() == "idle"


def test_of_several_inputs_the_first_that_is_active_counts() -> None:
    tower = Door("error", "running")
    seen = []
    for error, running in ((False, False), (False, True), (True, True), (True, False)):
        tower.set("error", active=error)
        tower.set("running", active=running)
        tower.looks(2)
        seen.append(tower.sensor.read())
    assert seen == ["idle", "running", "error", "error"]


def test_a_level_that_does_not_stand_changes_nothing() -> None:
    door = Door("open", debounce_ms=50)
    door.looks(4)
    door.set("open", active=True)
    door.looks(1)
    assert door.sensor.read() == "idle"
    door.set("open", active=False)
    door.looks(4)
    assert door.sensor.read() == "idle"


@given(st.lists(st.booleans(), max_size=200))
def test_no_bounce_shorter_than_the_debounce_is_ever_a_state(levels: list[bool]) -> None:
    door = Door("open", debounce_ms=40)
    door.looks(3)
    stood, before, shown = 3, False, False
    for level in levels:
        door.set("open", active=level)
        door.looks(1)
        stood = stood + 1 if level == before else 1
        before = level
        if stood >= 3:  # looks, which are two pauses of 20 ms
            shown = level
        assert door.sensor.read() == ("open" if shown else "idle")


def test_after_a_restart_it_is_read_anew() -> None:
    door = Door("open")
    door.set("open", active=True)
    door.looks(2)
    assert door.sensor.read() == "open"
    door.set("open", active=False)
    door.start()
    with pytest.raises(OSError, match="has not stood still since the start"):
        door.sensor.read()
    door.looks(1)
    assert door.sensor.read() == "idle"


def test_without_debounce_it_is_read_at_once() -> None:
    door = Door("open", debounce_ms=0)
    door.set("open", active=True)
    assert door.sensor.read() == "open"


def test_a_contact_that_chatters_for_seconds_is_no_state() -> None:
    door = Door("open")
    door.looks(2)
    for look in range(103):
        door.set("open", active=look % 2 == 0)
        door.looks(1)
    with pytest.raises(OSError, match="chatters"):
        door.sensor.read()
    door.looks(2)
    assert door.sensor.read() == "open"


def test_a_board_that_was_held_up_still_knows_the_state() -> None:
    door = Door("open")
    door.looks(2)
    door.clock.pass_ms(15_000)
    assert door.sensor.read() == "idle"
