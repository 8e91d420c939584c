"""A tank keeps its heat balance, a thermostat its band, a reservoir its water."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.models.tanks import J_PER_L_K, Reservoir, Tank, Thermostat

LITRES, LOSS_W_PER_K = 3.0, 1.2

temperatures_c = st.floats(0.0, 110.0)


@given(
    start_c=temperatures_c,
    inlet_c=temperatures_c,
    room_c=st.floats(5.0, 35.0),
    steps=st.lists(
        st.tuples(st.floats(0.01, 600.0), st.floats(-200.0, 2500.0), st.floats(0.0, 0.1)),
        min_size=1,
        max_size=20,
    ),
)
def test_heat_put_in_is_drawn_lost_or_still_there(
    start_c: float, inlet_c: float, room_c: float, steps: list[tuple[float, float, float]]
) -> None:
    tank = Tank(litres=LITRES, loss_w_per_k=LOSS_W_PER_K, temperature_c=start_c)
    put_in = drawn = lost = 0.0
    for dt_s, heat_w, draw_l_per_s in steps:
        mean_c = tank.advance(
            dt_s, heat_w=heat_w, draw_l_per_s=draw_l_per_s, inlet_c=inlet_c, room_c=room_c
        )
        put_in += heat_w * dt_s
        drawn += J_PER_L_K * draw_l_per_s * dt_s * (mean_c - inlet_c)
        lost += LOSS_W_PER_K * dt_s * (mean_c - room_c)
    stored = J_PER_L_K * LITRES * (tank.temperature_c - start_c)
    assert put_in == pytest.approx(drawn + lost + stored, abs=1e-3 + 1e-7 * abs(put_in))


@given(dt_s=st.floats(0.1, 600.0), parts=st.integers(2, 20), draw_l_per_s=st.floats(0.0, 0.1))
def test_a_step_is_worth_its_parts(dt_s: float, parts: int, draw_l_per_s: float) -> None:
    whole = Tank(litres=LITRES, loss_w_per_k=LOSS_W_PER_K, temperature_c=85.0)
    parted = Tank(litres=LITRES, loss_w_per_k=LOSS_W_PER_K, temperature_c=85.0)
    given_ = {"heat_w": 500.0, "draw_l_per_s": draw_l_per_s, "inlet_c": 15.0, "room_c": 21.0}
    mean_c = whole.advance(dt_s, **given_)
    means_c = [parted.advance(dt_s / parts, **given_) for _ in range(parts)]
    assert whole.temperature_c == pytest.approx(parted.temperature_c, abs=1e-6)
    assert mean_c == pytest.approx(math.fsum(means_c) / parts, abs=1e-6)


def test_a_tank_cools_towards_the_room_as_newton_has_it() -> None:
    tank = Tank(litres=LITRES, loss_w_per_k=LOSS_W_PER_K, temperature_c=85.0)
    tank.advance(3600.0, heat_w=0.0, draw_l_per_s=0.0, inlet_c=15.0, room_c=21.0)
    time_constant_s = 3.0 * 4186.0 / 1.2  # worked out by hand: 10,465 s
    assert tank.temperature_c == pytest.approx(21.0 + 64.0 * math.exp(-3600.0 / time_constant_s))


def test_a_thermostat_switches_at_either_end_of_its_band_only() -> None:
    thermostat = Thermostat(0.8)
    lacking = [0.0, 0.7, 0.9, 0.0, -0.7, -0.9, 0.7]
    assert [thermostat.advance(k) for k in lacking] == [
        False, False, True, True, True, False, False,
    ]  # fmt: skip


def test_a_reservoir_is_refilled_from_a_third_to_the_full() -> None:
    reservoir = Reservoir(litres=12.0, level=0.31, inlet_l_per_s=0.1)
    assert reservoir.advance(1.0, out_l=0.24, supplied=True) == 0.0
    assert reservoir.level == pytest.approx(0.29)
    let_in_l = 0.0
    while reservoir.level < 0.95:
        let_in_l += reservoir.advance(1.0, out_l=0.0, supplied=True)
    assert let_in_l == pytest.approx((0.95 - 0.29) * 12.0, abs=0.11)
    assert reservoir.advance(1.0, out_l=0.0, supplied=True) == 0.0


@given(st.lists(st.tuples(st.floats(0.0, 0.3), st.booleans()), max_size=200))
def test_a_reservoir_holds_what_came_less_what_went(draws: list[tuple[float, bool]]) -> None:
    reservoir = Reservoir(litres=12.0, level=0.9, inlet_l_per_s=0.1)
    for out_l, supplied in draws:
        before_l = 12.0 * reservoir.level
        let_in_l = reservoir.advance(1.0, out_l=out_l, supplied=supplied)
        assert supplied or not let_in_l
        assert 12.0 * reservoir.level == pytest.approx(max(0.0, before_l + let_in_l - out_l))


def test_a_reservoir_without_supply_runs_empty_and_is_full_again_after_it() -> None:
    reservoir = Reservoir(litres=12.0, level=0.5, inlet_l_per_s=0.1)
    while not reservoir.is_empty:
        reservoir.advance(1.0, out_l=0.05, supplied=False)
    reservoir.advance(10.0, out_l=5.0, supplied=False)
    assert reservoir.level == 0.0
    for _ in range(130):
        reservoir.advance(1.0, out_l=0.0, supplied=True)
    assert reservoir.level > 0.9
