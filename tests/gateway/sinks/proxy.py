"""A small proxy before the real InfluxDB that gives the answers which that cannot be made to give.

It answers writes as it is told (503 with Retry-After, 429, 413, silence) and passes on the rest.
"""

import contextlib
import http.client
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit


class Proxy:
    """Address, what it answers next, and when writes came.

    Attributes:
        answers: status, headers and seconds of silence before it, one a write, then none.
        longest: a write with more bytes is answered with 413.
        writes: (monotonic s, bytes, status) of every write.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.answers: list[tuple[int, dict[str, str], float]] = []
        self.longest = 1 << 30
        self.writes: list[tuple[float, int, int]] = []
        self.url = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: ClassVar[Proxy]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        pass

    def do_GET(self) -> None:
        self._pass_on(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.path.startswith("/api/v2/write"):
            self._pass_on(body)
            return
        if len(body) > self.proxy.longest:
            self._say(413, {}, b'{"code":"request too large","message":"too large"}', body)
        elif self.proxy.answers:
            status, headers, silence_s = self.proxy.answers.pop(0)
            time.sleep(silence_s)
            self._say(status, headers, b'{"message":"not now"}', body)
        else:
            self._pass_on(body)

    def _pass_on(self, body: bytes) -> None:
        upstream = http.client.HTTPConnection(self.proxy.upstream, timeout=30)
        with contextlib.closing(upstream):
            upstream.request(self.command, self.path, body, dict(self.headers))
            answer = upstream.getresponse()
            content = answer.read()
        kind = {"Content-Type": answer.headers.get("Content-Type", "text/plain")}
        self._say(answer.status, kind, content, body)

    def _say(self, status: int, headers: dict[str, str], content: bytes, body: bytes) -> None:
        if self.path.startswith("/api/v2/write"):
            self.proxy.writes.append((time.monotonic(), len(body), status))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if status != 204:
                self.wfile.write(content)


@contextlib.contextmanager
def before(upstream: str) -> Iterator[Proxy]:
    """A proxy before ``upstream`` on a free port."""
    proxy = Proxy(upstream)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
