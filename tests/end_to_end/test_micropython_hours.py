"""Two hours of the board's program under real MicroPython, in virtual time."""

import json
import statistics
import subprocess
from typing import Any

import pytest

from tests.firmware.servers import micropython

pytestmark = pytest.mark.micropython

MINUTES = 120
RATE_HZ = 10
PACKET_IDS = 65_535
TIMEOUT_S = 800  # it takes about a minute on a free machine
HEAP_GROWTH = 0.05


@pytest.mark.timeout(TIMEOUT_S + 60)
def test_two_hours_lose_nothing_leak_nothing_and_outlast_the_packet_ids(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each ten minutes the connection is lost once, and so are three messages behind the PUBACK."""
    report = run(minutes=MINUTES, rate_hz=RATE_HZ)
    tell(report, capsys)

    assert report["publishes"] > PACKET_IDS + 1
    assert report["idsAround"] >= 1
    assert report["wrong"] == [], "a packet id, a QoS, an epoch or a packet that must not be"
    assert report["readings"] >= report["sampled"] > MINUTES * 60 * RATE_HZ * 0.99
    assert report["gaps"] == 0
    assert report["sessions"] > MINUTES / 10, "the connection was never lost"
    assert report["early"] > 0, "no message was lost"
    assert heap_growth(report["heap"]) < HEAP_GROWTH
    assert not [line for line in report["said"] if "Traceback" in line or "ended" in line]


def test_a_machine_with_states_counters_and_events_loses_none_of_them() -> None:
    """Three quarters of an hour of a water dispenser at work, with the same trouble."""
    report = run(minutes=45, rate_hz=1, asset="dispenser")
    assert report["wrong"] == []
    assert report["gaps"] == 0
    assert report["readings"] >= report["sampled"] > 45 * 60 * 0.99
    assert report["events"]["service"] >= 3
    assert not [line for line in report["said"] if "Traceback" in line or "ended" in line]


def run(*, minutes: int, rate_hz: float, asset: str = "fan") -> dict[str, Any]:
    command = micropython("hours.js", "--minutes", minutes, "--rate", rate_hz, "--asset", asset)
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def heap_growth(heap: list[int]) -> float:
    """From the first tenth of the run to its last, as a share; the medians of bytes in use."""
    tenth = len(heap) // 10
    first, last = statistics.median(heap[:tenth]), statistics.median(heap[-tenth:])
    return last / first - 1


def tell(report: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    heap = report["heap"]
    with capsys.disabled():
        print(  # noqa: T201 - a figure for the CI's log
            f"\n{MINUTES} virtual minutes under MicroPython: {report['publishes']} publishes, "
            f"{report['readings']} readings, {report['sessions']} sessions, "
            f"heap {heap[0]} to {heap[-1]} bytes ({heap_growth(heap):+.2%}), "
            f"intervals in ms {report['intervals']}"
        )
