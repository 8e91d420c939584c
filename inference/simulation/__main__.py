"""The work apart from the service: a request on standard input, lines of JSON on standard output.

``{"done": share}`` as it goes on, ``{"answer": …}`` at the end, or ``{"error": sentence}``. It
gives way to whatever else the machine has to do.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from contract.type_files.folder import loaded
from inference.errors import InferenceError
from inference.settings import Settings
from inference.simulation import work
from inference.simulation.bodies import ScenariosBody, SimulateBody, decoded

SIMULATE: Final = "simulate"
SCENARIOS: Final = "scenarios"
_NICE: Final = 10
_EVERY_S: Final = 0.25  # word of how far it is


def main(kind: str) -> int:
    """Do what is asked; 0 unless it went wrong."""
    os.nice(_NICE)
    settings = Settings()
    loaded(settings.data_dir)
    try:
        answer = _answered(kind, sys.stdin.buffer.read(), settings)
    except InferenceError as error:
        _say({"error": str(error)})
        return 1
    _say({"answer": answer})
    return 0


def _answered(kind: str, body: bytes, settings: Settings) -> dict[str, Any]:
    tell = _telling()
    if kind == SIMULATE:
        return work.simulate(decoded(SimulateBody, body), settings, on_share=tell)
    return work.scenarios(decoded(ScenariosBody, body), settings, on_share=tell)


def _telling() -> Callable[[float], None]:
    said_s = -_EVERY_S

    def tell(share: float) -> None:
        nonlocal said_s
        if time.monotonic() - said_s >= _EVERY_S:
            said_s = time.monotonic()
            _say({"done": round(share, 4)})

    return tell


def _say(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
