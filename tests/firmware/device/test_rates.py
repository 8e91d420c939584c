"""From one reading an hour to a hundred a second: on time, told in the sequence, never re-told."""

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.assets import CATALOGUE
from contract.messages import Birth
from firmware import models
from firmware.device import packed, payload, segment
from firmware.device.cadence import Cadence, told_ms
from firmware.device.sensed import Sensed
from firmware.models import fan
from tests.firmware.device.spools import LAYOUT, contents, open_spool, workspace
from tests.firmware.device.test_app import Rig, play
from tests.firmware.device.virtual import VirtualBroker, run
from tests.firmware.models.test_models import ASSETS

RATES = (1 / 3600, 1 / 60, 0.2, 1.0, 2.0, 10.0, 50.0, 100.0)


def readings(rig: Rig) -> list[dict[str, Any]]:
    return sorted(rig.broker.stored.values(), key=lambda item: (item["epoch"], item["seq"]))


@pytest.mark.slow
@pytest.mark.parametrize("rate_hz", RATES)
def test_every_rate_is_kept_told_and_delivered(tmp_path: Path, rate_hz: float) -> None:
    period_ms = round(1000 / rate_hz)

    async def ten_periods(rig: Rig) -> None:
        await asyncio.sleep(max(10.0, 10 * period_ms / 1000) + 3)

    rig = play(tmp_path, ten_periods, rate_hz=rate_hz)
    taken = readings(rig)
    assert len(taken) >= 10
    assert [item["seq"] for item in taken] == list(range(1, len(taken) + 1))
    assert {item["period_ms"] for item in taken} == {period_ms}
    gaps_ms = {b["time_ms"] - a["time_ms"] for a, b in itertools.pairwise(taken)}
    assert gaps_ms <= {period_ms - 1, period_ms, period_ms + 1}
    assert len(rig.broker.sessions) == 1
    birth = msgspec.json.decode(rig.of_kind("birth")[0], type=Birth)
    assert birth.rate_hz == pytest.approx(rate_hz)


def test_at_its_types_own_rate_readings_do_not_say_it(tmp_path: Path) -> None:
    async def moment(rig: Rig) -> None:
        await asyncio.sleep(3)

    rig = play(tmp_path, moment)
    assert len(readings(rig)) >= 10
    assert all("period_ms" not in item for item in readings(rig))


def test_the_first_reading_of_a_slow_board_comes_within_seconds(tmp_path: Path) -> None:
    async def moment(rig: Rig) -> None:
        await asyncio.sleep(3)
        assert rig.device.spool.last_seq == 1

    play(tmp_path, moment, rate_hz=1 / 3600)


def test_fast_readings_share_messages_and_none_waits_long(tmp_path: Path) -> None:
    sent: list[int] = []
    broker = VirtualBroker()

    def count(topic: str, message: bytes) -> None:
        if topic.endswith("/telemetry") and b"seq" in message:
            sent.append(message.count(b'"seq"'))

    broker.on_publish = count

    async def minute(rig: Rig) -> None:
        await asyncio.sleep(60)
        rig.device.machine.step = lambda _dt_s: {}  # the sensors fall silent: what waits must go
        await asyncio.sleep(1)
        assert rig.device.delivery.pending == 0

    play(tmp_path, minute, broker, rate_hz=100.0)
    assert sum(sent) >= 5900
    assert len(sent) <= 61 * 12  # ten a second
    assert max(sent) <= payload.MAX_READINGS


def test_a_slow_board_that_is_told_another_rate_keeps_it_at_once(tmp_path: Path) -> None:
    async def changes(rig: Rig) -> None:
        await asyncio.sleep(60)
        assert (await rig.command("set_rate", rate_hz=10)).ok
        await asyncio.sleep(3)
        assert (await rig.command("set_rate", rate_hz=1 / 3600)).ok
        await asyncio.sleep(3600)
        births = [msgspec.json.decode(text, type=Birth) for text in rig.of_kind("birth")]
        assert [birth.rate_hz for birth in births] == [1 / 3600, 10.0, 1 / 3600]

    rig = play(tmp_path, changes, rate_hz=1 / 3600)
    periods = [item["period_ms"] for item in readings(rig)]
    assert 15 <= periods.count(100) <= 40
    assert periods[0] == periods[-1] == 3_600_000
    assert sum(a != b for a, b in itertools.pairwise(periods)) == 2


def test_readings_that_wait_keep_their_period_through_changes_and_a_restart(tmp_path: Path) -> None:
    broker = VirtualBroker()
    broker.gateway_up = False

    async def first_life() -> None:
        rig = Rig(tmp_path, broker, rate_hz=2.0)
        running = asyncio.create_task(rig.device.run())
        await asyncio.sleep(10)
        for rate_hz in (20.0, 5.0, 1.0):
            rig.device.set_rate(rate_hz)
            await asyncio.sleep(10)
        rig.device.stop()
        await running
        broker.gateway_up = True

    async def second_life(rig: Rig) -> None:
        await asyncio.sleep(20)

    run(first_life())
    rig = play(tmp_path, second_life, broker, rate_hz=10.0)
    periods = [item.get("period_ms") for item in readings(rig)]
    assert [period for period, _run in itertools.groupby(periods)] == [500, 50, None, 1000, 100]
    assert rig.broker.gaps == 0


# ---------------------------------------------------------------- spool


@pytest.mark.parametrize("store", [segment, packed])
@settings(deadline=None, max_examples=60)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("append"), st.integers(1, 20)),
            st.tuples(st.just("rate"), st.sampled_from([0, 10, 5000, 3_600_000])),
            st.tuples(st.just("settle"), st.integers(1, 20)),
            st.tuples(st.just("flush"), st.just(0)),
        ),
        max_size=25,
    ),
    flush_every=st.sampled_from([1, 4]),
)
def test_whatever_happens_a_reading_is_in_the_layout_it_was_taken_in(
    store: Any, steps: list[tuple[str, int]], flush_every: int
) -> None:
    with workspace() as directory:
        spool = open_spool(directory, store=store, flush_every=flush_every)
        period_ms, settled = 0, 0
        told: dict[int, int] = {}
        for name, number in steps:
            if name == "append":
                for _ in range(number):
                    told[spool.append(LAYOUT.pack(time_ms=1, values={"x": 1}, truth=None))] = (
                        period_ms
                    )
            elif name == "rate":
                period_ms = number
                spool.use(LAYOUT.at(number))
            elif name == "settle":
                settled = min(settled + number, spool.last_seq)
                spool.settle(spool.epoch, settled)
            else:
                spool.flush()
        _check(spool, spool.epoch, told, settled)
        spool.close()
        again = open_spool(directory, store=store)
        _check(again, spool.epoch, told, settled)
        assert len(contents(again)) >= len(told) - settled


def _check(spool: Any, epoch: str, told: dict[int, int], settled: int) -> None:
    seq = settled + 1
    while seq <= len(told):
        records, layout = spool.read(epoch, seq, 20)
        assert records
        periods = [told[number] for number in range(seq, seq + len(records))]
        assert periods == [layout.period_ms] * len(records)
        seq += len(records)


def test_a_layout_with_a_period_describes_itself() -> None:
    again = payload.restore(LAYOUT.at(5000).describe())
    assert (again.columns, again.period_ms) == (LAYOUT.columns, 5000)
    assert payload.restore(LAYOUT.describe()).period_ms == 0


@pytest.mark.parametrize("period_ms", [-1, 1.5, "5", None])
def test_what_is_no_period_is_no_layout(period_ms: object) -> None:
    with pytest.raises(ValueError, match="layout"):
        payload.restore({"channels": ["x"], "truths": [], "period_ms": period_ms})


def test_twenty_readings_with_a_period_fit_into_a_message() -> None:
    columns = tuple((f"channel_number_{index}", payload.NUMBER, 3) for index in range(16))
    layout = payload.Layout(columns, ("normal",), 3_600_000)
    values = {name: -2e6 for name, _form, _decimals in columns}
    record = layout.pack(time_ms=2**41, values=values, truth="normal")
    text = layout.encode(epoch="f" * 32, seq=2**32 - 1, record=record)
    assert len(payload.readings([text] * payload.MAX_READINGS)) <= 16 * 1024
    assert json.loads(text)["period_ms"] == 3_600_000


# ---------------------------------------------------------------- the grid


@pytest.mark.slow
@given(
    rate_hz=st.floats(1 / 3600, 100),
    late_us=st.lists(st.integers(0, 900_000), min_size=5, max_size=30),
    dice=st.floats(0, 1),
)
def test_readings_stay_on_their_grid_however_late_the_loop_is(
    rate_hz: float, late_us: list[int], dice: float
) -> None:
    grid, now_us, taken = Cadence(), 5_000_000, 0.0
    grid.set_rate(rate_hz)
    grid.start(now_us, dice)
    began_us = now_us
    for late in late_us:
        while not (elapsed_s := grid.due(now_us)):
            assert grid.wait_s(now_us) > 0
            now_us += round(grid.wait_s(now_us) * 1_000_000)
        assert elapsed_s >= grid.period_us / 1_000_000 - 1e-6
        taken += elapsed_s
        now_us += min(late, grid.period_us // 2)
    assert taken <= (now_us - began_us + grid.period_us + 2000) / 1_000_000


def test_who_waits_for_an_hour_looks_up_each_second() -> None:
    grid = Cadence()
    grid.set_rate(1 / 3600)
    grid.start(0, 0.0)
    assert all(grid.wait_s(now_us) <= 1.0 for now_us in range(0, 4_000_000_000, 700_000_000))


@pytest.mark.parametrize("rate_hz", [0.0002, 0.0, -1.0, 100.1, float("inf"), float("nan")])
def test_no_board_reads_so(rate_hz: float) -> None:
    with pytest.raises(ValueError, match="1/3600 to 100"):
        Cadence().set_rate(rate_hz)


def test_near_the_nominal_rate_nothing_is_said() -> None:
    assert told_ms(5.001, 5.0) == 0
    assert told_ms(0.0002777, 5.0) == 3_600_000


@pytest.mark.parametrize("asset", ASSETS)
def test_models_and_catalogue_agree_on_the_rate(asset: str) -> None:
    assert models.rate_hz(models.module(asset)) == CATALOGUE[asset].nominal_rate_hz


def test_a_virtual_fan_that_is_read_once_an_hour_is_as_healthy_as_another() -> None:
    machine = fan.Machine(3)
    for _hour in range(500):
        values = machine.step(3600.0)
        assert 0.5 < values["current"] < 1.6
        assert values["temperature"] < 60.0


# ---------------------------------------------------------------- sensors


class _Slow:
    """A sensor that tells how old its value is."""

    def __init__(self) -> None:
        self.prepared = 0

    def prepare(self) -> None:
        self.prepared += 1
        if self.prepared == 1:
            raise OSError("not yet")

    def read(self) -> float:
        return float(self.prepared)


def test_sensors_that_need_a_moment_are_told_before_a_rare_reading() -> None:
    slow = _Slow()
    channels = (("rpm", "rpm", "measurement", 3),)
    machine = Sensed(asset="fan", channels=channels, sensors={"rpm": slow})
    machine.prepare()
    machine.prepare()
    assert machine.step(3600.0) == {"rpm": 2.0}
