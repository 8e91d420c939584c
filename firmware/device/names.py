"""The name of a host in, its address out, seldom looked up: the whole board waits for a lookup.

MicroPython has no other ``getaddrinfo`` than one that blocks, for 15 s or so where no name server
answers, and nothing is sampled meanwhile.
"""

import socket

_FIRST_PAUSE_MS = 4000
_MOST_PAUSE_MS = 3600000


class Name:
    """``host``, and the address it was last seen at. An address is its own name."""

    def __init__(self, host: str, *, ticks_ms) -> None:
        self._host = host
        self._ticks_ms = ticks_ms
        self._address = ""
        self._in_doubt = True
        self._due_ms = 0
        self._pause_ms = _FIRST_PAUSE_MS

    def address(self) -> str:
        """Where to try it now; looked up again, ever more rarely, while that has not ``worked``.

        Raises:
            OSError: it was never found.
        """
        if self._in_doubt and self._ticks_ms() >= self._due_ms:
            self._look_up()
        self._in_doubt = True
        if not self._address:
            raise OSError("no name server knows " + self._host)
        return self._address

    def worked(self) -> None:
        """The host answered at that address."""
        self._in_doubt = False
        self._pause_ms = _FIRST_PAUSE_MS

    def _look_up(self) -> None:
        try:
            self._address = str(socket.getaddrinfo(self._host, 0)[0][-1][0])
        except OSError:
            pass  # the last one may still be right
        self._due_ms = self._ticks_ms() + self._pause_ms
        self._pause_ms = min(self._pause_ms * 2, _MOST_PAUSE_MS)
