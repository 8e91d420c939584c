"""``python -m gateway``: a command line in; a running gateway, an export or an account out."""

import argparse
import asyncio
import gc
import logging
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvloop

from contract.errors import Damaged, GatewayError, Misconfigured
from contract.settings import Settings, load
from contract.type_files.folder import loaded
from gateway import reconciling, restate
from gateway.accounts import commands as accounts
from gateway.accounts import deleting
from gateway.api import exporting, verdict_folder
from gateway.api.health import running_version
from gateway.api.instants import moment_ms, parse_ms
from gateway.api.queries.registry import wall_ms
from gateway.api.relative import Clock
from gateway.api.report import command as report
from gateway.archive import command as archive
from gateway.backup import commands as backups
from gateway.backup import restoring
from gateway.importing import commands as importing
from gateway.journal import aside
from gateway.journal.inspector import sentence
from gateway.process import Gateway
from hosting import logs
from hosting.allocator import share_one_heap
from hosting.private import close, keep_private

log = logging.getLogger("gateway")

COLLECT_AFTER = 10_000  # containers made and not yet freed: a look of two milliseconds
SWITCH_AFTER_S = 0.0005  # a tenth of Python's own
SOUND_FOR_S = 60.0
LONGEST_PAUSE_S = 20.0  # shorter than a watchdog waits


def _first(group: BaseExceptionGroup[GatewayError]) -> GatewayError:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _calm_collector() -> None:
    """Let the garbage collector look rarely, and never again at what is loaded by now.

    A reading makes some ten containers that are gone with its batch, and no cycle: at Python's
    own threshold the collector ran twice a batch and took a tenth of all time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def _put_the_loop_first() -> None:
    """Take the interpreter from a thread that computes ten times sooner than Python does.

    Restating late minutes, looks for anomalies and answers to large questions run in threads; a
    reading that comes meanwhile waited for up to 5 ms until one of them let go.
    """
    sys.setswitchinterval(SWITCH_AFTER_S)


async def _serve(settings: Settings) -> None:
    gateway = Gateway(settings)
    _calm_collector()
    _put_the_loop_first()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, gateway.stop)
    try:
        await gateway.run()
    except BaseExceptionGroup as group:
        ours, others = group.split(GatewayError)
        if ours is None or others is not None:
            raise
        raise _first(ours) from None
    log.info("stopped")


def _keep_serving(settings: Settings) -> None:
    """Serve; with a journal that turns out damaged, set it aside and serve with a new one.

    In this same process, so that it takes a second and needs no supervisor. Damage upon damage is a
    disk's: then more and more slowly.
    """
    pause_s = 0.0
    while True:
        began_s = time.monotonic()
        try:
            uvloop.run(_serve(settings))
        except Damaged as damage:
            _begin_anew(settings.journal_path, damage)
        else:
            return
        is_again = time.monotonic() - began_s < SOUND_FOR_S
        pause_s = min(LONGEST_PAUSE_S, max(1.0, 2 * pause_s)) if is_again else 0.0
        time.sleep(pause_s)


def _offline(settings: Settings, work: Callable[[Gateway], Coroutine[Any, Any, None]]) -> None:
    """What a gateway does where none serves: it takes what lies in a folder, and ends."""

    async def once() -> None:
        await work(Gateway(settings))

    uvloop.run(once())


def _begin_anew(journal: Path, damage: Damaged) -> None:
    gc.unfreeze()  # what served until now may go
    gc.collect()
    note = aside.set_aside(journal, reason=str(damage), now_ms=time.time_ns() // 1_000_000)
    log.error("%s", sentence(note))


# Commands that read what is kept.
_READERS: Final[dict[str, Callable[[argparse.Namespace, Settings], int]]] = {
    "export": exporting.run,
    "verdicts": verdict_folder.run,
    "archive": archive.run,
    report.COMMAND: report.run,
    reconciling.COMMAND: reconciling.run,
}


def _carry_out(args: argparse.Namespace, settings: Settings) -> int:
    """What a person's command asks for."""
    if logging.getLogger().level == logging.INFO:  # a person's command tells its own tale
        logging.getLogger().setLevel(logging.WARNING)
    loaded(settings.data_dir)  # the gateway itself keeps an eye on them
    if args.command in _READERS:
        return _READERS[args.command](args, settings)
    keep_private()
    if args.command in backups.COMMANDS:
        return backups.run(args, settings, version=running_version())
    if args.command == importing.COMMAND:
        take = partial(_offline, settings, Gateway.take_imports)
        return importing.run(args, settings, parse_ms=parse_ms, offline=take)
    if getattr(args, "action", "") == deleting.ACTION:
        take = partial(_offline, settings, Gateway.take_deletions)
        return deleting.run(args, settings, moment_ms=_moments(settings), offline=take)
    if args.command == restate.COMMAND:
        take = partial(_offline, settings, Gateway.take_restatements)
        return restate.run(args, settings, offline=take)
    return accounts.run(args, settings)


def _moments(settings: Settings) -> deleting.MomentMs:
    clock = Clock(settings.site_time, wall_ms)
    return lambda text, is_end: moment_ms(text, clock, is_end=is_end)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gateway", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("run", help="serve (the default)")
    table = commands.add_parser("export", help="readings or events as CSV, from the journal")
    exporting.add_arguments(table)
    table = commands.add_parser(importing.COMMAND, help="recordings of other systems, as readings")
    importing.add_arguments(table)
    table = commands.add_parser(restate.COMMAND, help="compute minutes of the past anew")
    restate.add_arguments(table)
    backups.add_arguments(commands)
    judged = commands.add_parser("verdicts", help="what people say of alarms, to learn from")
    verdict_folder.add_arguments(judged)
    table = commands.add_parser(reconciling.COMMAND, help="write again what InfluxDB lacks")
    reconciling.add_arguments(table)
    table = commands.add_parser(report.COMMAND, help="energy, alarms and OEE of a period, as PDF")
    report.add_arguments(table)
    days = commands.add_parser("archive", help="which days of readings are in files")
    archive.add_arguments(days)
    accounts.add_arguments(commands)
    args = parser.parse_args(argv)
    try:
        settings = load()
        logs.configure(settings.log_level)
        if args.command not in {"restore", "verify"}:
            restoring.resume(settings.data_dir)
        if args.command not in {None, "run"}:
            return _carry_out(args, settings)
        keep_private()
        close(settings.data_dir)
        share_one_heap()
        _keep_serving(settings)
    except Misconfigured as error:
        print(f"gateway: {error}", file=sys.stderr)  # noqa: T201 - before logging is there
        return 2
    except GatewayError as error:
        print(f"gateway: {error}", file=sys.stderr)  # noqa: T201 - a person's command failed
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
