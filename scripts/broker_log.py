"""Mosquitto's log in; who was refused to the audit trail, and what an operator wants to read out.

Mosquitto says that it denied a message only among its debug messages, four lines for every reading.
`grep`, which takes half a microsecond a line, drops those before Python sees them. As its output is
a pipe, Mosquitto keeps up to 4 KiB of lines to itself. So a client with a long name pings it once a
second through the socket in the private folder: the lines about that push the others out.
"""

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gateway.audit.broker_log import BrokerLog, is_chatter
from hosting.audit.spool import Spool

# Lines about packets, but not the one that tells a client why it is turned away.
PACKETS: Final = r"^(Received |Sending (P|SUB|UNSUB|DISC)|\t|No will |Will message )"
BUFFER_BYTES: Final = 4096
_NAME: Final = "log".ljust(900, ".")  # Mosquitto cuts a line at 1,000 letters
_PINGS: Final = -(-BUFFER_BYTES // (2 * len(_NAME)))  # two lines each
_EVERY_S: Final = 1.0
_PIPE_BYTES: Final = 1024 * 1024


def spawn(data_dir: Path) -> int:
    """Start reading; returns the descriptor that Mosquitto is to write its log to."""
    reader, writer = os.pipe()
    with contextlib.suppress(OSError):  # so that a pause of the reader's does not hold Mosquitto up
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    subprocess.Popen([sys.executable, "-m", "scripts.broker_log", str(data_dir)], stdin=reader)
    os.close(reader)
    return writer


def read(lines: Iterable[str], *, spool: Spool) -> None:
    """Pass on what is not about single packets, and enter what is about strangers."""
    log = BrokerLog()
    for text in lines:
        line = text.rstrip("\n")
        event = log.read(line, time_ms=time.time_ns() // 1_000_000)
        if event is not None:
            spool.note(event)
        elif not is_chatter(line):
            print(line, flush=True)


def push(path: Path) -> None:
    """Ping the broker for ever, again when it does not answer."""
    while True:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_EVERY_S)
            connection.connect(str(path))
            connection.sendall(_connect())
            while connection.recv(4096):
                time.sleep(_EVERY_S)
                connection.sendall(b"\xc0\x00" * _PINGS)
        time.sleep(_EVERY_S)


def _connect() -> bytes:
    """CONNECT of MQTT 3.1.1 with a clean session and 60 s of keep-alive."""
    body = b"\x00\x04MQTT\x04\x02\x00\x3c" + len(_NAME).to_bytes(2, "big") + _NAME.encode()
    return bytes([0x10, len(body) & 0x7F | 0x80, len(body) >> 7]) + body


def main() -> None:
    data_dir = Path(sys.argv[1])
    socket_path = data_dir / "broker" / "local.sock"
    threading.Thread(target=push, args=(socket_path,), daemon=True).start()
    spool = Spool(data_dir, "broker")
    grep = ["grep", "--line-buffered", "--text", "-v", "-E", PACKETS.replace(r"\t", "\t")]
    with subprocess.Popen(
        grep, stdout=subprocess.PIPE, env=os.environ | {"LC_ALL": "C"}, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        read(process.stdout, spool=spool)
    spool.flush()


if __name__ == "__main__":
    main()
