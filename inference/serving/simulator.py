"""A checked request in; how far it is and its answer out, line by line, from a process of its own.

A simulation takes seconds of a processor, and predictions must not wait for it. Whoever goes away
takes his simulation along.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from pathlib import Path
from typing import Final

import msgspec

from inference.errors import Busy, InferenceError

MOST_WAITING: Final = 8
LONGEST_S: Final = 300.0
_WORD_S: Final = 1.0  # so often who waits hears that he does
_WAITING: Final = b'{"done":0.0}\n'
_ROOT: Final = Path(__file__).parents[2]
_LONGEST_LINE: Final = 256 * 1024 * 1024
_SLOW: Final = (
    f"The simulation took longer than {LONGEST_S:g} s and was stopped: ask for fewer hours, seeds"
    " or scenarios."
)


class _Line(msgspec.Struct):
    done: float | None = None
    answer: msgspec.Raw = msgspec.Raw(b"")
    error: str | None = None


_decode: Final = msgspec.json.Decoder(_Line).decode


class Simulator:
    """Runs one at a time; a few may wait."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._asked = 0

    async def answer(self, kind: str, body: bytes) -> bytes:
        """JSON. Raises InferenceError."""
        answer = b""
        async with aclosing(self.lines(kind, body)) as lines:
            async for line in lines:
                answer = bytes(_decode(line).answer)
        return answer

    async def lines(self, kind: str, body: bytes) -> AsyncGenerator[bytes, None]:
        """Lines of JSON, the last one with the answer. Raises InferenceError.

        The next one begins before the answer is told: who reads his slowly keeps nobody waiting.
        """
        if self._asked > MOST_WAITING:
            raise Busy(f"{self._asked} simulations wait already: ask again in a minute.")
        self._asked += 1
        try:
            while not await self._has_turn():
                yield _WAITING
            answer = b""
            try:
                async with aclosing(_work(kind, body)) as lines:
                    async for line in lines:
                        if _decode(line).done is None:
                            answer = line
                        else:
                            yield line
            finally:
                self._turn.release()
            if not answer:
                raise InferenceError("The simulation ended without an answer; the log says why.")
            yield answer
        finally:
            self._asked -= 1

    async def _has_turn(self) -> bool:
        try:
            async with asyncio.timeout(_WORD_S):  # wait_for may forget that it was cancelled
                await self._turn.acquire()
        except TimeoutError:
            return False
        return True


async def _work(kind: str, body: bytes) -> AsyncGenerator[bytes, None]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "inference.simulation", kind),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=_ROOT,
        limit=_LONGEST_LINE,
    )
    assert process.stdin is not None  # as asked for
    assert process.stdout is not None
    try:
        process.stdin.write(body)
        process.stdin.write_eof()
        until_s = time.monotonic() + LONGEST_S
        while line := await _before(until_s, process.stdout.readline()):
            if error := _decode(line).error:
                raise InferenceError(error)
            yield line
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _before(until_s: float, line: Awaitable[bytes]) -> bytes:
    try:
        async with asyncio.timeout(until_s - time.monotonic()):
            return await line
    except TimeoutError:
        raise Busy(_SLOW) from None
