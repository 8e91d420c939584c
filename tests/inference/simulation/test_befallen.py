"""What befell a machine, out of its readings."""

from collections.abc import Sequence

from contract.assets import get
from contract.assets.words import NORMAL
from inference.simulation.befallen import Watch, names_of

WATER = get("dispenser")


def befallen(states: Sequence[str]) -> frozenset[str]:
    watch = Watch(WATER)
    for at, state in enumerate(states):
        watch.look(at * 1000, {"state": state}, NORMAL, is_stopped=False)
    return watch.befallen


def test_a_state_out_of_order_befalls_whom_it_comes_to() -> None:
    assert names_of(WATER)["state.error"] == "State out of order"
    assert befallen(["idle", "dispensing", "idle"]) == frozenset()
    assert befallen(["idle", "error", "error"]) == {"state.error"}


def test_it_does_not_befall_what_was_in_it_before() -> None:
    assert befallen(["error", "error", "idle"]) == frozenset()
    assert befallen(["error", "idle", "error"]) == {"state.error"}
