"""Starts the gateway and the emulator as processes of their own, with points and mutants put in.

A fork server imports both once, so that a process which is killed two hundred times is back within
a fraction of a second, with nothing of its earlier life. It has the shim before its clock, so that
a gateway's wall clock can be made wrong; everybody else's stays right.
"""

import atexit
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from tests.clocks.wall import WallClock, follow
from tests.end_to_end import eventful
from tests.end_to_end.brim import limit_pages
from tests.end_to_end.mutants import MUTANTS
from tests.end_to_end.points import Orders, install

_context: Final = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    ["tests.end_to_end.launcher", "gateway.__main__", "firmware.emulator.__main__"]
)


def start(
    program: str,
    *,
    arguments: Sequence[str] = (),
    environ: dict[str, str],
    directory: Path,
    mutants: Sequence[str] = (),
    shift: Path | None = None,
) -> BaseProcess:
    """Run ``gateway`` or ``emulator`` in ``directory``, its output in a log of that name there.

    The gateway obeys the ``Orders`` in ``directory / "orders"``; its wall clock is off by what the
    file ``shift`` says.
    """
    _serve()
    process = _context.Process(
        target=_PROGRAMS[program],
        args=(list(arguments), environ, directory, list(mutants), shift),
        name=program,
    )
    process.start()
    return process


@cache
def _serve() -> None:
    """Start the fork server, with the shim."""
    directory = tempfile.TemporaryDirectory(prefix="edgetwin-clock-")
    atexit.register(directory.cleanup)
    environ = WallClock(Path(directory.name)).env
    os.environ.update(environ)
    try:
        forkserver.ensure_running()
    finally:
        for name in environ:
            del os.environ[name]


def _gateway(
    arguments: list[str],
    environ: dict[str, str],
    directory: Path,
    mutants: list[str],
    shift: Path | None,
) -> None:
    _move_in("gateway", environ, directory)
    if shift is not None:
        follow(shift)
    orders = Orders(directory / "orders")
    install(orders)
    limit_pages(orders)
    _mutate(mutants)
    from gateway.__main__ import main  # noqa: PLC0415 - only this process is a gateway

    sys.exit(main(arguments))


def _emulator(
    arguments: list[str],
    environ: dict[str, str],
    directory: Path,
    mutants: list[str],
    _shift: Path | None,
) -> None:
    _move_in("emulator", environ, directory)
    _mutate(mutants)
    if environ.get(eventful.ASKS):
        eventful.install()
    from firmware.emulator.__main__ import main  # noqa: PLC0415

    sys.argv = ["emulator", *arguments]
    sys.exit(main())


_PROGRAMS: Final = {"gateway": _gateway, "emulator": _emulator}


def _mutate(names: list[str]) -> None:
    for name in names:
        MUTANTS[name]()


def _move_in(name: str, environ: dict[str, str], directory: Path) -> None:
    """Only these settings, no ``.env``, and a log in place of the test's output."""
    for key in [key for key in os.environ if key.startswith("EDGETWIN_")]:
        del os.environ[key]
    os.environ.update(environ)
    os.chdir(directory)
    log = os.open(directory / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
