"""Sums that were stored before types had programs, or by another program, are gone on from."""

from typing import Any

import msgspec
import pytest

from contract.assets import get
from contract.assets.words import Asset
from contract.messages import Minute, Reading
from firmware import models
from gateway.twin.ledger import ledger_of
from gateway.twin.minutes import restate
from gateway.twin.twin import Twin
from tests.gateway.builders import DRILL, FACTORS, T0, every

FAN = get("fan")
SUMMED = ("energy_wh", "co2_g", "cost", "running_h")


def readings_of(asset: Asset) -> list[Reading]:
    if asset is DRILL:
        return every(200, 700)
    machine = models.create("fan", 4)
    return [
        Reading("a-1", at + 1, machine.step(0.2), T0 + at * 200, received_ms=T0 + at * 200)
        for at in range(700)
    ]


def twin_of(asset: Asset, readings: list[Reading]) -> Twin:
    twin = Twin(device="one", asset=asset, factors=FACTORS)
    for each in readings:
        assert twin.fold(each)
    return twin


def former(snapshot: bytes) -> bytes:
    """The same as it was written before there were programs."""
    held: dict[str, Any] = msgspec.msgpack.decode(snapshot)
    del held["memory"], held["totals"]["program"], held["totals"]["sums"]
    for minute in (held["open_minute"], *held["closed"]):
        del minute["program"], minute["sums"]
    return msgspec.msgpack.encode(held)


def figures(twin: Twin) -> list[tuple[float | None, float]]:
    state = twin.state(now_ms=T0 + 140_000, status="online", sequenced=True)
    return [(state.kpis[name].value, state.kpis[name].coverage) for name in SUMMED]


@pytest.mark.parametrize("asset", [FAN, DRILL], ids=["fan", "drill"])
def test_a_snapshot_from_before_there_were_programs_is_gone_on_from(asset: Asset) -> None:
    readings = readings_of(asset)
    twin = twin_of(asset, readings[:400])
    restored = Twin.restore(former(twin.snapshot()), device="one", asset=asset, factors=FACTORS)
    for each in readings[400:]:
        assert restored.fold(each) == twin.fold(each)
    for (value, coverage), (expected, covered) in zip(
        figures(restored), figures(twin), strict=True
    ):
        assert value == pytest.approx(expected, rel=1e-9)
        assert coverage == pytest.approx(covered)
    assert restored.open_minute() == twin.open_minute()


@pytest.mark.parametrize("asset", [FAN, DRILL], ids=["fan", "drill"])
def test_a_minute_without_a_program_says_by_name_what_it_says(asset: Asset) -> None:
    minute = restate(
        asset=asset, start_ms=T0, before=[], readings=readings_of(asset)[:300], after=[]
    )
    ledger = ledger_of(asset)
    known = ledger.minute(T0, ledger.sums(minute))
    plain = msgspec.structs.replace(minute, program="", sums=[])
    named = ledger.minute(T0, ledger.sums(plain))
    assert known == minute
    assert msgspec.structs.replace(named, program="", sums=[]) == plain


def test_a_minute_goes_through_the_journal_bit_for_bit() -> None:
    minute = restate(asset=FAN, start_ms=T0, before=[], readings=readings_of(FAN)[:300], after=[])
    written = msgspec.json.encode(minute)
    assert msgspec.json.decode(written, type=Minute) == minute
    assert msgspec.json.encode(ledger_of(FAN).minute(T0, ledger_of(FAN).sums(minute))) == written
