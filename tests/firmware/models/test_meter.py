"""A meter loses nothing that is small beside what it has counted, and goes round where it does."""

from hypothesis import given
from hypothesis import strategies as st

from firmware.models.meter import Meter


def test_parts_of_a_unit_are_kept_until_they_are_one() -> None:
    meter = Meter(4_000_000)
    for _ in range(1000):
        meter.add(0.25)
    assert meter.units == 4_000_250


def test_a_meter_goes_round_to_zero() -> None:
    meter = Meter(999_999, wraps_at=1_000_000)
    meter.add(2.5)
    meter.add(0.5)
    assert meter.units == 2


@given(st.lists(st.floats(0.0, 1e4), max_size=50))
def test_a_meter_is_never_a_unit_off(parts: list[float]) -> None:
    meter = Meter(0)
    for part in parts:
        meter.add(part)
    assert -1e-6 <= sum(parts) - meter.units < 1.0 + 1e-6
