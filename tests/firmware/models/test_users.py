"""People come by the hour of the day and are served one after the other."""

from itertools import pairwise

import pytest

from firmware.models.noise import Noise
from firmware.models.users import DISPENSING, ERROR, IDLE, SELECTING, Panel, visits_per_s

VALVE_L_PER_S = 2.0 / 60.0


def per_s(hour: float, *, users: float = 12.0, crowd: float = 0.0) -> float:
    return visits_per_s(hour=hour, users=users, habit=1.7, crowd=crowd)


def test_more_people_come_by_day_than_by_night() -> None:
    by_day = sum(per_s(hour) for hour in range(8, 18))
    by_night = sum(per_s(hour % 24) for hour in range(20, 30))
    assert by_day > 4 * by_night > 0
    assert per_s(9.5) == pytest.approx(12 * 1.7 / 3600)
    assert per_s(23.99) == per_s(23.0)
    assert per_s(24.0 - 1e-9) > 0


def test_twice_as_many_users_come_twice_as_often_and_a_crowd_comes_besides() -> None:
    assert per_s(10, users=24.0) == pytest.approx(2 * per_s(10))
    assert per_s(3, crowd=1.0) - per_s(3) == pytest.approx(150 / 3600)


def run(panel: Panel, seconds: int, *, works: bool = True) -> list[str]:
    """The states of each second; a drink that is done is taken."""
    states = []
    for _ in range(seconds):
        panel.advance(works=works, valve_l_per_s=VALVE_L_PER_S)
        open_s = panel.spend(1.0)
        if panel.drink is not None:
            panel.drink.pour(open_s * VALVE_L_PER_S, 84.0 if panel.drink.is_hot else 5.0)
        states.append(panel.state)
        panel.served()
    return states


def test_who_comes_chooses_and_gets_what_was_asked() -> None:
    panel = Panel(Noise(1))
    panel.arrive(1.0, 1e9)
    panel.advance(works=True, valve_l_per_s=VALVE_L_PER_S)
    drink = panel.drink
    assert drink is not None
    states = run(panel, 60)
    selecting_s, dispensing_s = states.count(SELECTING), states.count(DISPENSING)
    assert states == [SELECTING] * selecting_s + [DISPENSING] * dispensing_s + [IDLE] * (
        60 - selecting_s - dispensing_s
    )
    service = drink.service(hot_set_point_c=85.0)
    assert service["wait"] == selecting_s
    assert 2 <= selecting_s <= 7
    assert service["volume"] == pytest.approx(drink.asked_l, abs=0.0005)
    assert dispensing_s - 1 < drink.asked_l / VALVE_L_PER_S <= dispensing_s
    assert service["right"] == 1


@pytest.mark.parametrize(
    ("share", "hot_c", "cold_c", "right"),
    [
        (1.0, 79.1, 7.9, 1),
        (1.0, 78.9, 8.1, 0),  # not hot, or not cold enough
        (0.91, 85.0, 5.0, 1),
        (0.89, 85.0, 5.0, 0),  # too little
        (1.11, 85.0, 5.0, 0),  # too much
    ],
)
def test_a_drink_is_right_in_volume_and_temperature_or_it_is_wrong(
    share: float, hot_c: float, cold_c: float, right: int
) -> None:
    for seed in range(10):
        panel = Panel(Noise(seed))
        panel.arrive(1.0, 1e9)
        panel.advance(works=True, valve_l_per_s=VALVE_L_PER_S)
        drink = panel.drink
        assert drink is not None
        drink.pour(share * drink.asked_l, hot_c if drink.is_hot else cold_c)
        assert drink.service(hot_set_point_c=85.0)["right"] == right


def test_few_wait_and_the_others_go_away() -> None:
    panel = Panel(Noise(1))
    for _ in range(100):
        panel.arrive(1.0, 1e9)
    states = run(panel, 600)
    assert states[-1] == IDLE
    served = sum(before == SELECTING and after == DISPENSING for before, after in pairwise(states))
    assert served == 4


def test_a_machine_out_of_order_serves_nobody_and_then_goes_on() -> None:
    panel = Panel(Noise(1))
    panel.arrive(1.0, 1e9)
    run(panel, 1)
    assert run(panel, 3, works=False) == [ERROR] * 3
    panel.arrive(1.0, 1e9)
    assert run(panel, 3, works=False) == [ERROR] * 3
    assert run(panel, 30) == [IDLE] * 30
