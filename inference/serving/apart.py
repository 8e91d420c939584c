"""Models that take seconds to learn, in a process of its own: predictions do not wait for it.

A forest or a network cannot be stopped half-way, a process can: whoever goes away takes it along.
``python -m inference.serving.apart``: a question on standard input, an answer on standard output.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

import msgspec

from inference.errors import BadRequest, Busy, InferenceError
from inference.serving import anomalies

LONGEST_S: Final = 120.0
MOST_WAITING: Final = 8
_NICE: Final = 10
_ROOT: Final = Path(__file__).parents[2]


class _Model(msgspec.Struct):
    model: anomalies.Model = "baseline"


class _Told(msgspec.Struct):
    answer: msgspec.Raw = msgspec.Raw(b"")
    error: str | None = None


_model: Final = msgspec.json.Decoder(_Model).decode
_told: Final = msgspec.json.Decoder(_Told).decode


def is_long(body: bytes) -> bool:
    """Whether it asks for a model that takes seconds; what cannot be read is said elsewhere."""
    try:
        return _model(body).model != "baseline"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


class Apart:
    """One at a time; a few may wait."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._asked = 0

    async def answered(self, body: bytes) -> bytes:
        """JSON; cancelled, its process ends at once.

        Raises:
            BadRequest: what is wrong with it.
            Busy: it takes too long, or others wait already.
        """
        if self._asked > MOST_WAITING:
            raise Busy(f"{self._asked} such questions wait already: ask again in a minute.")
        self._asked += 1
        try:
            async with self._turn:
                return await _worked(body)
        finally:
            self._asked -= 1


async def _worked(body: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "inference.serving.apart"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=_ROOT,
    )
    try:
        async with asyncio.timeout(LONGEST_S):
            said, _ = await process.communicate(body)
    except TimeoutError:
        raise Busy(f"It took longer than {LONGEST_S:g} s: ask for a shorter range.") from None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    if process.returncode or not said:
        raise InferenceError("The model ended without an answer; the log says why.")
    told = _told(said)
    if told.error is not None:
        raise BadRequest(told.error)
    return bytes(told.answer)


def main() -> int:
    """Answer one question; it gives way to whatever else the machine has to do."""
    os.nice(_NICE)
    told: dict[str, object]
    try:
        told = {"answer": anomalies.answered(sys.stdin.buffer.read())}
    except BadRequest as error:
        told = {"error": str(error)}
    sys.stdout.buffer.write(msgspec.json.encode(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
