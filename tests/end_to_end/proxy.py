"""A TCP proxy that does what networks do: passes bytes on, resets connections, swallows bytes."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Self, TypeVar

from tests.mosquitto import HOST

_CHUNK = 65536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with 0 s: close() sends RST
T = TypeVar("T")
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Stands before ``port`` of the loopback interface, at ``self.port``, while it is entered.

    It works in a thread of its own; its methods may be called from any other.
    """

    def __init__(self, port: int) -> None:
        self.port = 0
        self.connections = 0
        self.swallowed_bytes = 0
        self._target = port
        self._swallows = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = self._run(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def reset(self) -> None:
        """RST to both ends of every connection."""
        self._call(self._reset)

    @contextlib.contextmanager
    def black_hole(self) -> Iterator[None]:
        """Swallow what either side sends, and say nothing; whoever connects gets no answer.

        At the end the connections are reset: TCP would not have lost bytes in their middle.
        """
        self._swallows = True
        yield
        self._call(self._reset)
        self._swallows = False

    # ------------------------------------------------------------ in the thread

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def _call(self, action: Callable[[], None]) -> None:
        async def act() -> None:
            action()

        self._run(act())

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _close(self) -> None:
        self._server.close()
        self._reset()
        mine = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not mine]
        await asyncio.gather(*tasks, return_exceptions=True)

    def _reset(self) -> None:
        for writer in self._writers:
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            theirs = await asyncio.open_connection(HOST, self._target)
        except OSError:
            writer.close()
            return
        await self._join((reader, writer), theirs)

    async def _join(self, ours: Streams, theirs: Streams) -> None:
        """Pass on both ways until one side ends; then neither is of use to the other."""
        writers = {ours[1], theirs[1]}
        self._writers |= writers
        try:
            ways = [
                asyncio.create_task(self._pass_on(ours[0], theirs[1])),
                asyncio.create_task(self._pass_on(theirs[0], ours[1])),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for writer in writers:
                writer.close()
            await asyncio.wait(ways)
        finally:
            self._writers -= writers

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                if self._swallows:
                    self.swallowed_bytes += len(data)
                    continue
                writer.write(data)
                await writer.drain()
