"""The fan on the board is the fan of the Python model: the same bits in double, near in float."""

from collections.abc import Callable, Iterator

import pytest

from firmware.models import fan
from tests.firmware.uno_r4.toolchain import Talk

STEPS = 2000
DT_S = 0.2
# What float may be off by: one step of the converter, where its rounding falls the other way.
ONE_STEP = {"temperature": 0.01, "rpm": 1.0, "current": 0.001, "vibration": 0.001, "ambient": 0.01}
# The onset and the end of a truth are thresholds: float may cross one a step earlier or later.
MOST_OTHER_TRUTHS = 2


def script(fault: str) -> Iterator[tuple[int, str, str]]:
    """Step, method and argument: healthy, the fault, another speed, recovery, the fault again."""
    yield 100, "inject", fault
    yield 400, "set_point", "900"
    yield 900, "clear", ""
    yield 1300, "set_point", "1500"
    yield 1500, "inject", fault


def python_run(seed: int, fault: str) -> list[tuple[dict[str, float], str]]:
    machine = fan.Machine(seed)
    orders = {step: (method, argument) for step, method, argument in script(fault)}
    seen = []
    for step in range(STEPS):
        if step in orders:
            method, argument = orders[step]
            if method == "clear":
                machine.clear()
            elif method == "inject":
                machine.inject(argument)
            else:
                machine.set_point(float(argument))
        seen.append((machine.step(DT_S), machine.truth))
    return seen


def cpp_run(program: Talk, seed: int, fault: str) -> list[tuple[dict[str, float], str]]:
    orders = {step: f"{method} {argument}" for step, method, argument in script(fault)}
    program.tell(f"new {seed}")
    names = [name for name, _unit in fan.CHANNELS]
    seen = []
    lines = []
    for step in range(STEPS):
        lines += [orders[step]] if step in orders else []
        lines.append(f"step {DT_S}")
    program.tell(*lines, "set_point 0")
    for _ in range(STEPS + 2):
        words = program.line().split()
        if len(words) > 1:
            values = dict(zip(names, map(float, words[:-1]), strict=True))
            seen.append((values, words[-1]))
    assert program.line() == "0"
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 7, 2**32 - 1])
@pytest.mark.parametrize("fault", fan.FAULTS)
def test_in_double_it_is_the_python_model_bit_for_bit(
    talk: Callable[..., Talk], fault: str, seed: int
) -> None:
    assert cpp_run(talk("model"), seed, fault) == python_run(seed, fault)


@pytest.mark.parametrize("fault", fan.FAULTS)
def test_in_float_it_stays_within_one_step_of_the_converter(
    talk: Callable[..., Talk], fault: str
) -> None:
    expected = python_run(3, fault)
    got = cpp_run(talk("model", "float"), 3, fault)
    for (want, _), (have, _) in zip(expected, got, strict=True):
        for name, step in ONE_STEP.items():
            assert have[name] == pytest.approx(want[name], abs=step * 1.01), name
    others = sum(want != have for (_, want), (_, have) in zip(expected, got, strict=True))
    assert others <= MOST_OTHER_TRUTHS


@pytest.mark.parametrize(("rpm", "accepted"), [("599.9", 0), ("600", 1), ("1600", 1), ("1601", 0)])
def test_set_points_end_where_those_of_the_python_model_end(
    talk: Callable[..., Talk], rpm: str, accepted: int
) -> None:
    program = talk("model")
    program.tell("new 1")
    assert program.ask(f"set_point {rpm}") == str(accepted)
