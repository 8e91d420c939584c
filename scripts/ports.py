"""Which of our ports are taken, and by which program."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from scripts.settings import Settings, port_variable

_LISTEN: Final = "0A"  # TCP_LISTEN in /proc/net/tcp, see proc_net_tcp.txt of the kernel


def busy(settings: Settings, processes: list[str]) -> list[str]:
    """One sentence for each port of ``processes`` that another program holds."""
    return [
        _sentence(process, settings.ports[process])
        for process in processes
        if not is_free(settings.host, settings.ports[process])
    ]


def is_free(host: str, port: int) -> bool:
    """Whether a server could bind ``host``:``port``."""
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, proto) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            return error.errno not in (errno.EADDRINUSE, errno.EACCES)
    return True


def holder(port: int) -> str | None:
    """Who listens on ``port``, as ``name (pid 123)``, as far as we may see it."""
    inodes = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for link in _open_files() if inodes else ():
        try:
            if str(link.readlink()) in inodes:
                return f"{(link.parents[1] / 'comm').read_text().strip()} (pid {link.parts[2]})"
        except OSError:  # ended meanwhile, or somebody else's
            continue
    return None


def _open_files() -> Iterator[Path]:
    """Those of all processes that we may see; one may end while we look."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            yield from (process / "fd").iterdir()


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if os.path.exists(table):  # noqa: PTH110 - no Path needed for a test of existence
            rows = (line.split() for line in Path(table).read_text().splitlines()[1:])
            found |= {row[9] for row in rows if _is_listener(row, port)}
    return found


def _is_listener(row: list[str], port: int) -> bool:
    return row[3] == _LISTEN and int(row[1].rsplit(":", 1)[1], 16) == port


def _sentence(process: str, port: int) -> str:
    found = holder(port)
    by = f"by {found}" if found else "by a program of another user"
    return (
        f"Port {port} of the {process} is taken {by}. "
        f"Stop it, or set {port_variable(process)} in .env to a free port."
    )
