"""``python -m gateway restate``: minutes of the past, computed anew from what is kept of them."""

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import apsw

from contract.assets.words import Asset
from contract.errors import NotFound, Refused, Unavailable
from contract.language.program import program_of
from contract.settings import Settings
from gateway.api.exporting import open_journal
from gateway.api.instants import iso, moment_ms
from gateway.api.offline import type_of
from gateway.api.queries.registry import wall_ms
from gateway.api.relative import EXAMPLES, Clock
from gateway.journal import GONE, archived
from gateway.journal.lock import is_held
from gateway.journal.trouble import translated
from gateway.restating import orders
from gateway.restating.orders import Order, Progress
from gateway.restating.stored import Figure, figures
from hosting.audit import person
from hosting.audit.events import What

COMMAND: Final = "restate"

Offline = Callable[[], None]  # a gateway that does nothing but carry out what lies there
_LOOK_S: Final = 0.3
_DEVICES: Final = "SELECT id, name, asset FROM device WHERE name < ? ORDER BY name"
_COUNT: Final = (
    "SELECT count(*), coalesce(sum(coalesce(body ->> 'program', '') <> ?4), 0),"
    " coalesce(sum(start_ms < ?5), 0) FROM minute"
    " WHERE device = ?1 AND start_ms >= ?2 AND start_ms < ?3"
)
_OLDEST: Final = "SELECT min(time_ms) FROM reading WHERE device = ?"


class Machine(NamedTuple):
    """One whose minutes are to be computed anew, and how many there are.

    ``foreign`` were written by other formulas; of ``bare`` no reading is kept.
    """

    name: str
    figures: list[Figure]
    minutes: int
    foreign: int
    bare: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Computes minutes of the past anew from the readings that journal and archive hold, with"
        " the formulas and parameters of now, and keeps what they were. Works beside a running"
        " gateway, and without one. Formulas need it only where what is summed up has changed:"
        " docs/kpis.md says what that is."
    )
    add = parser.add_argument
    add("--from", dest="from_", required=True, metavar="TIME",
        help=f"start: Unix ms, ISO 8601, or from now on ({EXAMPLES}: --from=-24h)")  # fmt: skip
    add("--to", metavar="TIME", help="end, likewise (now)")
    add("--device", action="append", metavar="ID", help="only this one; may be repeated")
    add("--kpi", action="append", metavar="NAME", help="for this figure's sake; may be repeated")
    add("--because", metavar="TEXT", help="why: it is put into the audit trail")
    add("--dry-run", action="store_true", help="say what would be done, and change nothing")


def run(args: argparse.Namespace, settings: Settings, *, offline: Offline) -> int:
    """Carry it out, or let the gateway do so, and tell.

    Raises:
        NotFound: there is no journal, or no such machine. Refused: a time cannot be read, no type
        has such a figure, or nobody says why. Unavailable: it was begun and is not done yet, or
        not all of it could be done.
    """
    from_ms, to_ms = _range(args, settings)
    if not args.dry_run and not args.because:
        raise Refused("Say why with --because 'TEXT': it stands in the audit trail for good.")
    path = settings.journal_path
    with translated(path), contextlib.closing(open_journal(path)) as connection:
        machines = list(_machines(connection, args, from_ms, to_ms))
    if not any(machine.minutes for machine in machines):
        _say("There are no minutes of this time: nothing to restate.")
        return 0
    for machine in machines:
        _describe(machine)
    if args.dry_run:
        _say("A dry run: nothing is changed.")
        return 0
    order = Order(
        by=person.user(),
        because=args.because,
        asked_ms=wall_ms(),
        devices=[machine.name for machine in machines],
        from_ms=from_ms,
        to_ms=to_ms,
    )
    _order(order, settings, offline)
    return 0


def _range(args: argparse.Namespace, settings: Settings) -> tuple[int, int]:
    clock = Clock(settings.site_time, wall_ms)
    from_ms = moment_ms(args.from_, clock)
    to_ms = moment_ms(args.to, clock, is_end=True) if args.to else wall_ms()
    if from_ms > to_ms:
        raise Refused(f"--from ({iso(from_ms)}) is later than --to ({iso(to_ms)}).")
    return from_ms - from_ms % 60_000, to_ms


def _machines(
    connection: apsw.Connection, args: argparse.Namespace, from_ms: int, to_ms: int
) -> Iterator[Machine]:
    rows: Any = connection.execute(_DEVICES, (GONE,))
    known = {name: (id_, asset) for id_, name, asset in rows}
    for name in args.device or ():
        if name not in known:
            raise NotFound(f"The journal knows no device {name!r}.")
    for name, (id_, asset_name) in known.items():
        if args.device and name not in args.device:
            continue
        asset = type_of(connection, name, asset_name)
        kpis = _kpis(asset, args)
        if kpis is not None:
            yield _machine(connection, id_, name, asset, kpis, span=(from_ms, to_ms))


def _kpis(asset: Asset, args: argparse.Namespace) -> list[Figure] | None:
    """Those that are asked for; None: the type has none, and nobody asked for the machine."""
    if not args.kpi:
        return []
    if not args.device and not {kpi.name for kpi in asset.kpis} & set(args.kpi):
        return None
    return figures(asset, args.kpi)


def _machine(
    connection: apsw.Connection,
    device_id: int,
    name: str,
    asset: Asset,
    kpis: list[Figure],
    *,
    span: tuple[int, int],
) -> Machine:
    in_files = archived.first_ms(connection, device_id)
    in_journal: Any = connection.execute(_OLDEST, (device_id,)).get
    kept = [each for each in (in_files, in_journal) if each is not None]
    kept_ms = min(kept) - 60_000 if kept else span[1]
    asked = (device_id, *span, program_of(asset).id, kept_ms)
    counts: Any = connection.execute(_COUNT, asked).fetchone()
    return Machine(name, kpis, *counts)


def _describe(machine: Machine) -> None:
    _say(f"{machine.name}: {machine.minutes:,} minutes, {machine.foreign:,} of other formulas")
    for figure in machine.figures:
        _say(f"  {figure.text}")
    if machine.bare:
        _say(f"  of {machine.bare:,} no reading is kept: they stay as they are")


def _order(order: Order, settings: Settings, offline: Offline) -> None:
    name = f"restate-{order.asked_ms}-{os.getpid()}"
    span = f"from {iso(order.from_ms)} to {iso(order.to_ms)}"
    said = f"{', '.join(order.devices)} {span}: {order.because}"
    orders.leave(settings.data_dir, name, order)
    person.enter(settings.data_dir, source="restatements", what=What.RESTATED, detail=said)
    done = _until_done(name, settings, offline)
    orders.forget(settings.data_dir, name)
    restated = done.minutes - done.unread
    _say(f"{restated:,} minutes were computed anew, {done.changed:,} are others now.")
    if done.unread:
        raise Unavailable(
            f"{done.unread:,} minutes are as they were, as readings of theirs, or of days beside"
            f" theirs, cannot be read: {' '.join(done.faults)} Put such a file back from a backup,"
            " and restate them once more."
        )


def _until_done(name: str, settings: Settings, offline: Offline) -> Progress:
    told = -1
    while True:
        found = orders.progress_of(settings.data_dir, name)
        if found is not None and found.is_done:
            return found
        if found is not None and found.done != told:
            told = found.done
            print(f"{told:,} of {found.minutes:,} minutes", file=sys.stderr)  # noqa: T201 - progress, for a person
        if is_held(settings.journal_path):
            time.sleep(_LOOK_S)
            continue
        offline()
        found = orders.progress_of(settings.data_dir, name)
        if found is None or not found.is_done:
            raise Unavailable("Not all of it is done: the gateway's next start goes on with it.")


def _say(text: str) -> None:
    print(text)  # noqa: T201 - for a person
