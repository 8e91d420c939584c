"""Tells whoever supervises this process that it gets on, as ``sd_notify(3)`` has it.

systemd names its socket in ``NOTIFY_SOCKET``, and so does the supervisor of ``make up``. Both take
a process that has not been heard of for half a minute for hung, kill it and start it again.
"""

import asyncio
import contextlib
import os
import socket
from typing import Final, Protocol

PERIOD_S: Final = 5.0


class Worker(Protocol):
    """What must get on: ``passes`` grows while it ``is_busy``."""

    @property
    def is_busy(self) -> bool: ...

    @property
    def passes(self) -> int: ...


class Heartbeat:
    """Beats as long as the event loop turns and the worker comes to the end of what it begins."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._seen = -1

    async def run(self) -> None:
        notify("READY=1")
        while True:
            if self._gets_on():
                notify("WATCHDOG=1")
            await asyncio.sleep(PERIOD_S)

    def _gets_on(self) -> bool:
        before, self._seen = self._seen, self._worker.passes
        return not self._worker.is_busy or self._seen != before


def notify(text: str) -> None:
    """Send ``text`` to the supervisor's socket; nothing where there is none."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # Linux's abstract name space
        address = "\0" + address[1:]
    with (
        contextlib.suppress(OSError),  # nobody listens, or not now: the next beat counts as much
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender,
    ):
        sender.setblocking(False)
        sender.sendto(text.encode(), address)
