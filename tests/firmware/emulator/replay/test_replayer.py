"""How a recording is parted into messages."""

import pytest

from firmware.device import payload
from firmware.emulator.replay.replayer import batch_of


@pytest.mark.parametrize(
    ("rate_hz", "batch"),
    [(0.2, 1), (5.0, 1), (60.0, 6), (600.0, payload.MAX_READINGS), (1e6, payload.MAX_READINGS)],
)
def test_a_message_waits_for_no_more_than_it_holds(rate_hz: float, batch: int) -> None:
    assert batch_of(rate_hz) == batch
