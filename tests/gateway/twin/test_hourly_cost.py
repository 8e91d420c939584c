"""What an alarm costs an hour: what is known of it, and nothing else."""

import pytest

from contract.assets import CATALOGUE
from contract.messages import Reading
from gateway.twin.hourly_cost import NO_MORE, NO_POWER, NOT_NOW, HourlyCost
from gateway.twin.twin import Twin
from tests.gateway.builders import FACTORS, T0
from tests.gateway.twin.test_stopped import FAN, RUNS, STALLED, STANDS, fan

PRICE = 0.25
EXTRA_KW = 12.0 * (2.9 - 1.6) / 1000  # normal is up to 1.6 A


def cost(twin: Twin, name: str, *, downtime: float = 0.0, later_ms: int = 0) -> HourlyCost:
    now_ms = max(twin.lived_ms, T0) + later_ms
    return twin.hourly_cost(name, now_ms=now_ms, price_per_kwh=PRICE, downtime_cost=downtime)


def test_what_it_draws_beyond_its_normal_band_is_paid_for() -> None:
    found = cost(fan((10, RUNS), (10, RUNS | {"current": 2.9})), "current_high")
    assert found.value == pytest.approx(EXTRA_KW * PRICE)
    assert found.reason is None


def test_what_shows_elsewhere_costs_nobody_knows_what() -> None:
    twin = fan((10, RUNS), (10, RUNS | {"vibration": 6.0}))
    assert cost(twin, "vibration_high") == HourlyCost(None, NO_MORE)
    assert cost(twin, "vibration_high", downtime=50.0) == HourlyCost(None, NO_MORE)  # it runs


def test_a_machine_that_is_stuck_costs_what_standing_still_does() -> None:
    found = cost(fan((10, RUNS), (10, STALLED)), "current_high", downtime=50.0)
    assert found.value == pytest.approx(50.0 + EXTRA_KW * PRICE)
    assert found.reason is None


def test_one_that_is_switched_off_costs_nothing_that_is_known() -> None:
    twin = fan((10, RUNS), (10, STANDS))
    assert cost(twin, "rpm_low", downtime=50.0) == HourlyCost(None, NO_MORE)


def test_of_one_that_is_not_heard_nobody_knows() -> None:
    twin = fan((10, RUNS), (10, RUNS | {"current": 2.9}))
    assert cost(twin, "current_high", later_ms=60_000) == HourlyCost(None, NOT_NOW)
    nothing = Twin(device="fan-01", asset=FAN, factors=FACTORS)
    assert cost(nothing, "current_high") == HourlyCost(None, NOT_NOW)


def test_where_nothing_tells_its_power_that_is_the_reason() -> None:
    twin = Twin(device="d-1", asset=CATALOGUE["dispenser"], factors=FACTORS)
    values = {"flow": 0.0, "tank_level": 60.0, "hot_temperature": 85.0, "cold_temperature": 6.0}
    values |= {"power": 3000.0, "hot_set_point": 85.0, "litres": 1.0, "energy": 1.0}
    twin.fold(Reading("a-1", 1, values | {"state": "idle"}, T0, received_ms=T0))
    assert cost(twin, "power_high") == HourlyCost(None, NO_POWER)


@pytest.mark.parametrize(("state", "value"), [("error", 50.0), ("running", None), ("idle", None)])
def test_a_machine_that_says_it_is_out_of_order_costs_what_standing_still_does(
    state: str, value: float | None
) -> None:
    twin = Twin(device="lab-1", asset=CATALOGUE["instrument"], factors=FACTORS)
    values = {"temperature": 38.0, "vibration": 0.2, "sample_time": 75.0}
    twin.fold(Reading("a-1", 1, values | {"state": state}, T0, received_ms=T0))
    assert cost(twin, "failure", downtime=50.0).value == value
