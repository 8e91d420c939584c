"""Readings beside those just before them: what is told, when it is over, and when nothing is."""

from dataclasses import replace
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import assets
from contract.assets.flaws import flaws
from contract.assets.words import Channel, Rolling
from firmware import models
from gateway.judging.rolling import watched_by
from gateway.twin.rolling_watch import RollingWatch, Stretch

CHANNEL = Channel(
    name="temperature", title="Temperature", unit="°C", low=-40.0, high=150.0, normal=(20.0, 60.0)
)
WINDOW = 20
GAP_MS = 3_000


def watch(**words: object) -> RollingWatch:
    return RollingWatch([(CHANNEL, replace(Rolling(window=WINDOW), **words))])  # type: ignore[arg-type]


def told(
    it: RollingWatch, values: list[float], *, from_s: int = 0, at_once: int = 1
) -> list[Stretch]:
    over: list[Stretch] = []
    for at in range(0, len(values), at_once):
        part = values[at : at + at_once]
        times = [1_000.0 * (from_s + at + each) for each in range(len(part))]
        over += it.step(times, [part], gap_ms=GAP_MS)
    return over


@pytest.mark.parametrize("words", [{"robust": True}, {"robust": False}])
def test_a_spike_is_told_with_what_was_usual_and_ends_by_itself(words: dict[str, bool]) -> None:
    it = watch(**words)
    over = told(it, [40.0] * WINDOW + [85.0] + [40.0] * WINDOW)
    [one] = over
    assert (one.start_ms, one.beyond_ms, one.calm_ms) == (20_000, 20_000, 21_000)
    assert (one.worst, one.score, one.usual) == (85.0, 22.5, (38.0, 42.0))
    assert it.standing == []


def test_a_step_stands_until_it_is_usual() -> None:
    it = watch()
    over = told(it, [40.0] * WINDOW + [60.0] * 3 * WINDOW)
    [one] = over
    assert one.start_ms == 20_000
    assert 20_000 < one.beyond_ms < 20_000 + 1_000 * WINDOW
    assert one.score > 0
    assert it.standing == []


def test_what_comes_again_soon_is_the_same() -> None:
    spikes = ([40.0] * 5 + [10.0]) * 4
    it = watch()
    assert told(it, [40.0] * WINDOW + spikes) == []
    [one] = it.standing
    assert (one.start_ms, one.beyond_ms) == (25_000, 43_000)
    assert one.score < 0


def test_what_lies_behind_a_gap_is_beside_nothing() -> None:
    it = watch()
    told(it, [40.0] * WINDOW)
    assert told(it, [80.0] * WINDOW, from_s=500) == []
    assert it.standing == []
    told(it, [40.0], from_s=520)
    assert [one.worst for one in it.standing] == [40.0]
    assert [one.worst for one in told(it, [40.0] * 3, from_s=9_000)] == [40.0], "it is seen no more"


def test_what_was_not_measured_is_skipped_and_few_readings_say_nothing() -> None:
    it = watch()
    assert told(it, [nan, 40.0, 90.0, nan, 40.0]) == []
    assert it.standing == []
    assert told(it, [40.0] * WINDOW + [nan] * 3 + [90.0], from_s=5) == []
    assert [one.worst for one in it.standing] == [90.0]


def test_what_its_sensor_does_not_resolve_is_nothing() -> None:
    it = RollingWatch([(replace(CHANNEL, accuracy=5.0), Rolling(window=WINDOW, least=0.1))])
    assert told(it, [40.0] * WINDOW + [54.0]) == []
    assert it.standing == []
    told(it, [56.0], from_s=21)
    assert len(it.standing) == 1


@given(
    values=st.lists(st.sampled_from([39.0, 40.0, 41.0, 70.0, nan]), min_size=1, max_size=120),
    at_once=st.integers(2, 40),
    words=st.fixed_dictionaries({"robust": st.booleans()}),
)
def test_however_many_come_at_once_the_same_is_told(
    values: list[float], at_once: int, words: dict[str, bool]
) -> None:
    one, many = watch(**words), watch(**words)
    assert told(one, values) == told(many, values, at_once=at_once)
    assert one.standing == many.standing


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (Rolling(window=3), "temperature, rolling: window is 3; it is 10 to 1000 readings"),
        (Rolling(threshold=0.5), "temperature, rolling: threshold must be 1 or more"),
        (Rolling(least=-1.0), "temperature, rolling: least must be 0 or more"),
    ],
)
def test_words_that_cannot_be_meant_are_said(said: Rolling, sentence: str) -> None:
    fan = assets.get("fan")
    first = replace(fan.channels[0], rolling=said)
    found = flaws(replace(fan, channels=(first, *fan.channels[1:])))
    assert [each.startswith(sentence) for each in found] == [True]


@pytest.mark.slow
@pytest.mark.parametrize("name", assets.CATALOGUE)
def test_a_healthy_machine_tells_nothing_for_six_hours(name: str) -> None:
    asset, module = assets.get(name), models.module(name)
    machine, it = module.Machine(3), RollingWatch(watched_by(asset, 0.0))
    step_s = max(1.0, 1.0 / asset.nominal_rate_hz)
    for _ in range(round(module.SETTLES_S)):
        machine.step(1.0)
    told_of = []
    for at in range(round(6 * 3600 / step_s)):
        values = machine.step(step_s)
        machine.take_events()
        row = [[float(values.get(channel, nan))] for channel in it.names]
        told_of += it.step([1000.0 * step_s * at], row, gap_ms=1000.0 * asset.max_gap_s)
    assert it.names
    assert told_of + it.standing == []
