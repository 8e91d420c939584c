"""When a machine is not looked at: while it says itself that it is out of order."""

import pytest

from contract.assets import get
from contract.normality import says_down


@pytest.mark.parametrize(
    ("asset", "state", "is_down"),
    [
        ("machine_tool", "running", False),
        ("machine_tool", "setup", False),
        ("machine_tool", "down", True),
        ("machine_tool", "maintenance", True),
        ("dispenser", "error", True),
        ("dispenser", "idle", False),
        ("instrument", "gone", False),
        ("fan", "down", False),
    ],
)
def test_a_machine_that_is_out_of_order_by_its_own_word(
    asset: str, state: str, *, is_down: bool
) -> None:
    assert says_down(get(asset), {"state": state, "power": 3.0}) is is_down


def test_who_says_no_state_is_at_work() -> None:
    assert not says_down(get("machine_tool"), {"power": 3.0})
