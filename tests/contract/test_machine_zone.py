"""The zone of the machine, as a process that begins on it finds it."""

import logging
import os
import subprocess
import sys

import pytest
import tzlocal

from contract.machine_zone import machine_zone

_ASK = "from contract.machine_zone import machine_zone; print(machine_zone().name)"


@pytest.mark.parametrize("told", ["Pacific/Auckland", ":Pacific/Auckland"])
def test_what_the_environment_says_counts(told: str) -> None:
    asked = subprocess.run(
        [sys.executable, "-W", "error", "-c", _ASK],
        env=os.environ | {"TZ": told},
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.strip() == "Pacific/Auckland"


@pytest.mark.parametrize("told", [None, "", "localtime", "Nowhere/Land"])
def test_a_machine_that_tells_no_zone_we_know_is_in_utc(
    told: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tzlocal, "get_localzone_name", lambda: told)
    with caplog.at_level(logging.WARNING):
        assert machine_zone.__wrapped__().name == "UTC"
    assert bool(caplog.records) == bool(told)
