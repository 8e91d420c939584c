"""The HTTP server of the API, stopped by whoever stops the process, and by no signal of its own."""

import contextlib
from collections.abc import Iterator
from typing import Any, Final

import uvicorn

from hosting.guard.server import configured

GOODBYE_S: Final = 3  # for downloads under way when the gateway is to stop


class ApiServer(uvicorn.Server):
    """uvicorn without its own signal handling: the process has one place that stops it."""

    def __init__(self, app: Any, *, host: str, port: int) -> None:
        super().__init__(
            configured(
                app,
                host=host,
                port=port,
                log_config=None,
                timeout_graceful_shutdown=GOODBYE_S,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
