"""Whose word decides what a device is: a person's, then its birth's, then what it measures."""

import dataclasses

import pytest

from contract import assets
from contract.assets import get as get_asset
from tests.gateway.builders import DRILL
from tests.gateway.rig import EPOCH, Rig, message, reading, telemetry

FAN = get_asset("fan")
TWIN_FAN = dataclasses.replace(FAN, name="blower")  # measures just what a fan does


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    for asset in (TWIN_FAN, DRILL):
        monkeypatch.setitem(assets.CATALOGUE, asset.name, asset)


def test_two_types_with_the_same_channels_lock_nobody_out(rig: Rig) -> None:
    rig.take(telemetry("mine", reading(1)))
    assert rig.device("mine").asset is TWIN_FAN
    assert rig.reasons() == []


def test_a_birth_puts_a_guess_right(rig: Rig) -> None:
    rig.take(telemetry("mine", reading(1)))
    rig.take(message("mine", "birth", {"asset": "fan", "epoch": EPOCH}))
    assert rig.device("mine").asset is FAN
    rig.take(telemetry("mine", reading(2)))
    assert rig.device("mine").counts.stored == 2
    assert rig.again().device("mine").asset is FAN


def test_a_person_s_word_counts_before_what_a_device_measures(rig: Rig) -> None:
    rig.decided["mine"] = FAN
    rig.take(telemetry("mine", reading(1)))
    assert rig.device("mine").asset is FAN


def test_a_person_s_word_counts_before_the_birth(rig: Rig) -> None:
    rig.decided["mine"] = FAN
    rig.take(message("mine", "birth", {"asset": "blower", "epoch": EPOCH}))
    assert rig.device("mine").asset is FAN
    assert rig.again().device("mine").asset is FAN


def test_a_birth_of_no_known_type_is_taken_where_a_person_has_decided(rig: Rig) -> None:
    rig.decided["mine"] = FAN
    rig.take(message("mine", "birth", {"asset": "toaster", "epoch": EPOCH}))
    assert rig.device("mine").asset is FAN
    assert rig.reasons() == []


def test_a_decision_makes_a_running_device_anew_and_what_fails_leaves_it(rig: Rig) -> None:
    rig.take(telemetry("mine", reading(1)))
    device, twin = rig.device("mine"), rig.device("mine").twin
    rig.journal.begin()
    undo = rig.admission.registry.follow_decision(device, FAN)
    assert device.asset is FAN
    rig.journal.rollback()
    undo()
    assert device.asset is TWIN_FAN
    assert device.twin is twin
    rig.journal.begin()
    rig.admission.registry.follow_decision(device, FAN)
    rig.journal.commit()
    rig.take(telemetry("mine", reading(2)))
    assert rig.again().device("mine").asset is FAN


def test_a_device_like_no_type_is_taken_as_it_comes(rig: Rig) -> None:
    rig.take(telemetry("mine", reading(1, values={"humidity": 41.0})))
    assert rig.device("mine").asset.name == "generic"
    assert rig.reasons() == []
