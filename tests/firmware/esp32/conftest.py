"""A virtual board, a broker for it, a server of the time, and the command that sets it up."""

import os
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.firmware.esp32.virtual_board import VirtualBoard
from tests.firmware.servers import ROOT
from tests.mosquitto import Mosquitto

Flash = Callable[..., subprocess.CompletedProcess[str]]

SITE = """
simulate = [{simulate}]
leave_out = [{leave_out}]

[device]
id = "fan-11"

[wifi]
ssid = "hall"
password = "long secret"

[broker]
host = "127.0.0.1"
port = {port}
"""


@pytest.fixture
def board(tmp_path: Path, time_server: int) -> Iterator[VirtualBoard]:
    virtual = VirtualBoard(tmp_path / "flash", ntp_port=time_server)
    yield virtual
    virtual.close()


@pytest.fixture
def site(tmp_path: Path, broker: Mosquitto) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE.format(port=broker.port, simulate="", leave_out=""))
    return path


@pytest.fixture
def flash(tmp_path: Path, board: VirtualBoard, site: Path) -> Flash:
    """The command, for the virtual board unless told otherwise."""

    def run(*arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
        usual = ("--port", board.port, "--site", site, "--wait", 600)
        clean = {k: v for k, v in os.environ.items() if not k.startswith("EDGETWIN_")}
        return subprocess.run(
            [sys.executable, "-m", "firmware", "flash", *map(str, (*usual, *arguments))],
            cwd=ROOT,
            env=clean | {"EDGETWIN_DATA_DIR": str(tmp_path / "var")} | environ,
            capture_output=True,
            text=True,
            timeout=800,
            check=False,
        )

    return run


class _Time(socketserver.BaseRequestHandler):
    """Answers as RFC 4330 has it, with the time of this machine."""

    def handle(self) -> None:
        request, link = self.request
        now = int((time.time() + 2_208_988_800) * 2**32)
        head = bytes((0x24, 2, 6, 0xEC)) + bytes(20)
        link.sendto(head + request[40:48] + bytes(8) + now.to_bytes(8, "big"), self.client_address)


@pytest.fixture
def time_server() -> Iterator[int]:
    """The port of a server of the time."""
    with socketserver.UDPServer(("127.0.0.1", 0), _Time) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        address: Any = server.server_address
        yield address[1]
        server.shutdown()
        thread.join()
