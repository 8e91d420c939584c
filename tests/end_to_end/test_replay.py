"""A recording goes the way of a board's readings, by a real broker, gateway and REST."""

import csv
import io
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.workshop import SITE, Workshop
from tests.firmware.servers import ROOT
from tests.mosquitto import HOST

pytestmark = pytest.mark.broker

ROWS = 3_000  # more than may wait for the gateway's word at once
STEP_MS = 2_000
THEN_MS = 1_600_000_000_000


def recorded(path: Path) -> None:
    """A pump of no type, long ago; one cell is no number."""
    lines = ["when;Flow;temperature [°C];remark"]
    for at in range(ROWS):
        flow = "oops" if at == 10 else f"{30 + at % 7 / 10:.1f}"
        lines.append(f"{THEN_MS + at * STEP_MS};{flow};{41 + at % 5}.25;x")
    path.write_text("\n".join(lines) + "\n")


def replayed(workshop: Workshop, *arguments: object) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("EDGETWIN_")}
    return subprocess.run(
        [
            *(sys.executable, "-m", "firmware.emulator", *map(str, arguments)),
            *("--host", HOST, "--port", str(workshop.broker.port), "--site", SITE),
            *("--data-dir", str(workshop.spools)),
        ],
        cwd=ROOT,
        env=clean | {"EDGETWIN_GATEWAY_PORT": str(workshop.api_port)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def exported(workshop: Workshop, device: str) -> list[dict[str, str]]:
    answer = httpx.get(f"http://{HOST}:{workshop.api_port}/devices/{device}/export.csv", timeout=60)
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_recording_is_stored_whole_with_its_times_moved_and_what_was_not_is_named(
    workshop: Workshop, tmp_path: Path
) -> None:
    path = tmp_path / "old pump.csv"
    recorded(path)
    before_ms = time.time_ns() // 1_000_000
    done = replayed(workshop, "--replay", path, "--speed", 100_000, "--map", "remark=",
                    "--time", "when")  # fmt: skip
    after_ms = time.time_ns() // 1_000_000
    assert done.returncode == 1, done.stderr
    assert f"Sent {ROWS:,} readings and 0 events of old pump.csv as replay-old-pump" in done.stdout
    assert "old pump.csv, line 12, Flow: 'oops' is no number" in done.stdout
    assert "Refused" not in done.stdout
    rows = exported(workshop, "replay-old-pump")
    assert len(rows) == ROWS
    assert rows[10]["Flow"] == ""
    assert rows[11]["Flow"] == "30.4"
    assert rows[3]["temperature"] == "44.25"
    times = [int(row["time_ms"]) for row in rows]
    assert {later - earlier for earlier, later in pairwise(times)} == {STEP_MS}
    assert before_ms <= times[-1] <= after_ms


def test_what_the_gateway_exports_comes_back_as_it_was_with_its_own_times(
    workshop: Workshop, tmp_path: Path
) -> None:
    first, again = tmp_path / "a.csv", tmp_path / "b.csv"
    begin_ms = time.time_ns() // 1_000_000 - 3_600_000
    header = "time_ms,flow [L/min],motor_temperature [°C],device"
    rows = [f"{begin_ms + at * 1_000},{30 + at % 9},{41 + at % 4},p" for at in range(60)]
    first.write_text("\n".join([header, *rows, f"{begin_ms + 60_000},1e6,41,p"]) + "\n")
    typed = ("--asset", "pump", "--own-times")
    done = replayed(workshop, "--replay", first, *typed, "--device", "one")
    assert done.returncode == 1
    assert "a.csv, line 62, flow" in done.stdout, done.stdout
    url = f"http://{HOST}:{workshop.api_port}/devices/one/export.csv"
    again.write_text(httpx.get(url, timeout=60).text)
    done = replayed(workshop, "--replay", again, *typed, "--device", "two")
    assert done.returncode == 0, done.stdout + done.stderr
    columns = ("time_ms", "flow [L/min]", "motor_temperature [°C]")
    one, two = (
        [[row[column] for column in columns] for row in exported(workshop, device)]
        for device in ("one", "two")
    )
    assert one == two
    assert len(one) == 61


def test_the_past_at_hardly_more_than_its_own_speed_is_refused(
    workshop: Workshop, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,a\n1,2\n")
    done = replayed(workshop, "--replay", path, "--speed", "1.2")
    assert done.returncode == 2
    assert "--speed must be 1, or 2 to 1e+06, not 1.2" in done.stderr
    done = replayed(workshop, "--replay", path, "--own-times")
    assert (done.returncode, done.stdout) == (2, "")
    assert "before 2015 or in the future" in done.stderr
