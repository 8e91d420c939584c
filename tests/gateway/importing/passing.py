"""Before the real InfluxDB: with a certificate, and gone in the middle of an answer if asked to."""

import contextlib
import http.client
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import urlsplit


class Door:
    """``whole``: how many answers come whole before one breaks off; None: all do."""

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.whole: int | None = None
        self.port = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    door: ClassVar[Door]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with contextlib.closing(http.client.HTTPConnection(self.door.upstream)) as upstream:
            upstream.request("POST", self.path, body, dict(self.headers))
            answer = upstream.getresponse()
            content = answer.read()
        self.send_response(answer.status)
        for name in ("Content-Type", "Content-Encoding"):
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self._send(content)

    def _send(self, content: bytes) -> None:
        door = self.door
        if door.whole is not None:
            door.whole -= 1
            if door.whole < 0:
                self.wfile.write(content[: len(content) // 2])
                self.close_connection = True
                return
        self.wfile.write(content)


@contextlib.contextmanager
def before(upstream: str, *, tls: ssl.SSLContext | None = None) -> Iterator[Door]:
    """On a free port, which leads to ``upstream``."""
    door = Door(upstream)
    handler = type("Handler", (_Handler,), {"door": door})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    door.port = server.server_address[1]
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
