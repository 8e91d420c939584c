"""Types without a model, trained beside the service: one after another, those asked for first.

Each in a process of its own at the lowest priority, so that no answer waits for a training.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from contract.assets.words import Asset
from inference.classifier import refusals
from inference.classifier.manifest import FORMAT, MANIFEST
from inference.runs.virtual import has_model
from inference.training.recipe import recipe

_ROOT: Final = Path(__file__).parents[2]
_GENTLE: Final = ("nice", "-n", "15")
_END_WITHIN_S: Final = 5.0


class _Header(msgspec.Struct):
    format: int


_decode_header: Final = msgspec.json.Decoder(_Header).decode


def untrained(
    catalogue: Sequence[Asset], models_dir: Path, *, verdicts: Path | None = None
) -> Iterator[str]:
    """Types with a virtual machine to learn from, and without a model that can be served.

    Not those whose training made too poor a model, until something it depends on has changed:
    people's ``verdicts`` among it.
    """
    for asset in catalogue:
        directory = models_dir / asset.name
        if (
            has_model(asset)
            and not _is_usable(directory / MANIFEST)
            and not _is_poor(directory, verdicts)
        ):
            yield asset.name


def _is_usable(manifest: Path) -> bool:
    """As far as its manifest tells."""
    try:
        return _decode_header(manifest.read_bytes()).format == FORMAT
    except (OSError, msgspec.MsgspecError):
        return False


def _is_poor(directory: Path, verdicts: Path | None) -> bool:
    refusal = refusals.read(directory)
    return refusal is not None and refusal.recipe == recipe(verdicts=verdicts)


class Trainer:
    """Trains ``names`` in a thread of its own, from ``start`` to ``stop``."""

    def __init__(
        self,
        names: Sequence[str],
        *,
        say: Callable[[str], None],
        python: str = sys.executable,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._waiting = list(names)
        self._say = say
        self._python = python
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._present: tuple[str, float] | None = None  # which type, since when
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name="trainer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the training that is under way: it has published nothing."""
        with self._lock:
            self._is_stopped = True
            if self._child is not None:
                self._child.terminate()
        self._thread.join(_END_WITHIN_S)

    def put_first(self, name: str) -> None:
        """Somebody waits for this one."""
        with self._lock:
            if name in self._waiting:
                self._waiting.remove(name)
                self._waiting.insert(0, name)

    def progress(self, name: str) -> str | None:
        """What becomes of a type without a model; None where nothing does."""
        with self._lock:
            if self._present is not None and self._present[0] == name:
                took_s = self._monotonic() - self._present[1]
                return f"{name} is being trained, for {took_s:.0f} s so far."
            if name in self._waiting:
                return f"{name} is trained when others are done."
        return None

    def _run(self) -> None:
        while (child := self._next()) is not None:
            status = child.wait()
            self._end(status)

    def _next(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._is_stopped or not self._waiting:
                return None
            name = self._waiting.pop(0)
            self._present = name, self._monotonic()
            self._say(f"Training the {name} model, once; it is judged when that is done.")
            command = [*_GENTLE, self._python, "-m", "inference", "train", "--asset", name]
            self._child = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.DEVNULL)  # noqa: S603 - our own
            return self._child

    def _end(self, status: int) -> None:
        with self._lock:
            name = self._present[0] if self._present else ""
            self._present, self._child = None, None
            if status and not self._is_stopped:
                self._say(f"There is no model of {name}, see above: all else goes on.")
