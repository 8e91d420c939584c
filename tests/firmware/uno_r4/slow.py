"""A long way to the broker: what either side sends arrives later, and in its order."""

import asyncio
import contextlib

from tests.end_to_end.proxy import Proxy

_CHUNK = 65536


class LongWay(Proxy):
    """A proxy that holds back each byte for ``delay_s``, in both directions."""

    def __init__(self, port: int, *, delay_s: float) -> None:
        super().__init__(port)
        self._delay_s = delay_s

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                loop.call_later(self._delay_s, writer.write, data)
        await asyncio.sleep(2 * self._delay_s)  # whoever hangs up has sent his last words before
