"""``python -m bench.moved_clock FILE``: the gateway, by a clock that somebody else moves.

The file is eight bytes, Unix milliseconds: the wall clock, and monotonic time goes with it. All
else is the gateway as it is; its rounds of retention, archive and sums go by the real time, and by
whatever the clock says then.
"""

import mmap
import struct
import sys
from functools import partial
from pathlib import Path
from typing import Final
from unittest.mock import patch

from gateway.__main__ import main
from gateway.archive import keeper
from gateway.clocks.clock import Clock

TIME: Final = struct.Struct("<q")
_LOOK_S: Final = 2.0  # between two looks for closed days, as a simulated day takes a second


def put(path: Path, time_ms: int) -> None:
    """Move the clock."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.write(TIME.pack(time_ms))


def serve(path: Path) -> int:
    """The gateway, until it is told to stop."""
    with path.open("rb") as file:
        shared = mmap.mmap(file.fileno(), TIME.size, prot=mmap.PROT_READ)
    [start_ms] = TIME.unpack(shared)

    def look() -> tuple[int, int]:
        [now_ms] = TIME.unpack(shared)
        return now_ms, now_ms - start_ms

    with (
        patch("gateway.process.Clock", partial(Clock, look=look)),
        patch.object(keeper, "LOOK_S", _LOOK_S),
    ):
        return main([])


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1])))
