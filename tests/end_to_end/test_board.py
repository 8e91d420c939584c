"""The whole path under a board with real MicroPython: board, Mosquitto, gateway, journal, ack."""

import time
from pathlib import Path

import pytest

from tests.end_to_end import evidence
from tests.end_to_end.workshop import SITE, Workshop
from tests.firmware.servers import micropython, program
from tests.mosquitto import HOST, eventually

pytestmark = [pytest.mark.micropython, pytest.mark.broker]

RUN_S = 30.0
LEAST = RUN_S * 5 * 0.5
DEVICE = "fan-90"


def test_a_micropython_board_is_stored_and_acknowledged_for_half_a_minute(tmp_path: Path) -> None:
    command = micropython(
        "board.js", "--device", DEVICE, "--host", HOST, "--site", SITE, "--seed", 7
    )
    with Workshop(tmp_path, devices=1) as workshop:
        workshop.broker.start()
        workshop.start_gateway()
        log = tmp_path / "board.log"
        with program([*command, "--port", str(workshop.broker.port)], log) as board:
            began_s = time.monotonic()
            eventually(lambda: watermark(workshop) >= 20, "readings are acknowledged")
            workshop.kill_gateway()
            workshop.start_gateway()
            mark = watermark(workshop)
            eventually(lambda: watermark(workshop) >= mark + 20, "and after a kill")
            time.sleep(max(0.0, RUN_S - (time.monotonic() - began_s)))
            eventually(lambda: watermark(workshop) > LEAST, "half of what half a minute brings")
            assert board.stop() == 0
        assert "Traceback" not in board.text()
        stored = evidence.read(workshop.journal).of(DEVICE)
        seqs = sorted(seq for _, seq in stored.readings)
        assert seqs == list(range(1, len(seqs) + 1))
        assert len(seqs) > LEAST
        assert not stored.gaps
        assert not stored.refusals
        assert workshop.violations() == []


def watermark(workshop: Workshop) -> int:
    return max((each["watermark"] for each in workshop.get("/delivery")), default=0)
