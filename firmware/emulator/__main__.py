"""``python -m firmware.emulator``: a command line in, a running fleet out."""

import asyncio
import os
import resource
import signal
import sys
from collections.abc import Callable

from firmware.emulator import credential
from firmware.emulator.fleet import Fleet
from firmware.emulator.options import Options, parse
from firmware.emulator.replay.command import main as replay

try:
    import uvloop
except ImportError:  # not on Windows
    _new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
else:
    _new_loop = uvloop.new_event_loop

_FILES_A_DEVICE = 4  # socket, segment, lock, audit
_FILES_BESIDE = 64


def _allow_files(devices: int) -> None:
    """Lift the soft limit of open files as far as this fleet needs and the hard one allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = devices * _FILES_A_DEVICE + _FILES_BESIDE
    if soft < need:
        ceiling = need if hard == resource.RLIM_INFINITY else min(need, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))


def _see_to_logins(options: Options) -> None:
    """Where the broker is ours each device has a login of its own; who has one already goes on."""
    if options.own_broker and not options.username:
        problem = credential.ask_for(options.device_ids(), options.data_dir)
        if problem:
            print(problem, file=sys.stderr)  # noqa: T201


async def _run(options: Options) -> None:
    fleet = Fleet(options)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, fleet.stop)
    await fleet.run()


def main() -> int:
    if any(argument.partition("=")[0] == "--replay" for argument in sys.argv[1:]):
        return replay()
    options = parse()
    os.umask(0o077)  # spools and logins are their owner's alone
    _allow_files(len(options.device_ids()))
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # logs are read live
    _see_to_logins(options)
    failure: OSError | None = None
    try:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(_run(options))
    except* OSError as group:
        failure = next(error for error in group.exceptions if isinstance(error, OSError))
    if failure is None:
        return 0
    print(_sentence(failure), file=sys.stderr)  # noqa: T201
    return 1


def _sentence(failure: OSError) -> str:
    if failure.filename is None:
        return str(failure)
    return (
        f"{failure.filename} cannot be read or written: {failure.strerror}. Name another directory "
        "with --data-dir, or with --audit."
    )


if __name__ == "__main__":
    sys.exit(main())
