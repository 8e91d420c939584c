"""The test tool itself: a process whose wall clock is wrong, and nothing else of it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.clocks.wall import DAY_MS, YEAR_MS, WallClock

# One line of JSON for each line that comes in: every way by which Python code looks at a clock.
LOOKS = """
import asyncio, datetime, json, sys, time
import apsw, uvloop

async def loop_s():
    return asyncio.get_running_loop().time()

rows = apsw.Connection(":memory:")
for _ in sys.stdin:
    time.sleep(0.001)
    [[sqlite_s]] = rows.execute("SELECT unixepoch()")
    wall = {
        "time_ns": time.time_ns() / 1e9,
        "datetime": datetime.datetime.now(datetime.UTC).timestamp(),
        "sqlite": sqlite_s,
        "coarse": time.clock_gettime(time.CLOCK_REALTIME),
        "gmtime": time.mktime(time.localtime()),
    }
    steady = {"monotonic": time.monotonic(), "loop": uvloop.run(loop_s())}
    print(json.dumps([wall, steady]), flush=True)
"""


@contextmanager
def _onlooker(clock: WallClock) -> Iterator[Any]:
    process = subprocess.Popen(
        [sys.executable, "-c", LOOKS],
        env=os.environ | clock.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    stdin, stdout = process.stdin, process.stdout

    def look() -> Any:
        stdin.write("look\n")
        stdin.flush()
        return json.loads(stdout.readline())

    with process:
        yield look
        stdin.close()


@pytest.mark.parametrize("shift_ms", [0, 10 * YEAR_MS, -3 * DAY_MS, 12_345])
def test_every_wall_clock_of_the_process_is_off_and_no_other(
    wall_clock: WallClock, shift_ms: int
) -> None:
    with _onlooker(wall_clock) as look:
        look()
        wall_clock.set(shift_ms)
        before_s, steady_before_s = time.time(), time.monotonic()
        wall, steady = look()
        after_s, steady_after_s = time.time(), time.monotonic()
    for name, said_s in wall.items():  # some know whole seconds only
        assert before_s - 2 < said_s - shift_ms / 1000 < after_s + 2, name
    for name, said_s in steady.items():
        assert steady_before_s - 1 <= said_s <= steady_after_s + 1, name
