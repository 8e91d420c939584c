"""``python -m gateway import``: files and what a person says of them in, a report out."""

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from contract.errors import NotFound, Refused
from contract.settings import Settings
from contract.site_time import SiteTime
from gateway.importing import own_file, tables
from gateway.importing.columns import Asked
from gateway.importing.job import SAY_TYPE, Job
from gateway.importing.ordering import filling
from gateway.importing.own import OwnPart
from gateway.importing.report import say
from gateway.importing.texts import digest_of
from gateway.importing.time_columns import place_of
from gateway.importing.waiting import Offline
from gateway.importing.wishes import Wishes

COMMAND: Final = "import"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``import`` understands."""
    add = parser.add_argument
    add("paths", nargs="+", type=Path, metavar="FILE", help=".csv, .parquet, or a folder of them")
    add("--asset", metavar="TYPE", help="of machine; generic: taken as it comes (our exports say)")
    add("--new-asset", metavar="NAME", help="make a type of the file's columns, and take it")
    add("--device", metavar="ID", help="whose it is (else the file's name, or what it says)")
    add("--split", default="", metavar="COLUMN", help="a machine a value of it: ID-VALUE")
    add("--map", action="append", default=[], metavar="COLUMN=CHANNEL", help="may be repeated")
    add("--unit", action="append", default=[], metavar="COLUMN=UNIT", help="such as temp=F")
    add("--time", default="", metavar="COLUMN", help="where the time stands")
    add("--time-format", default="", metavar="FORMAT",
        help="day-first, month-first, s, ms, us, ns, elapsed, or as strptime has it")  # fmt: skip
    add("--zone", metavar="ZONE", help="of times without an offset (the site's)")
    add("--period", type=float, metavar="SECONDS", help="between rows, where there is no time")
    add("--from", dest="from_", metavar="TIME", help="when the first row was measured")
    add("--gaps", default="leave", metavar="RULE", help="leave, hold:SECONDS or linear:SECONDS")
    add("--keep-flat", action="store_true", help="keep sensors that never move")
    add("--again", action="store_true", help="though the same file was read otherwise before")
    add("--dry-run", action="store_true", help="say what would be done, and store nothing")


def run(
    args: argparse.Namespace,
    settings: Settings,
    *,
    parse_ms: Callable[[str, SiteTime], int],
    offline: Offline,
) -> int:
    """Import all files. Raises GatewayError: one cannot be; the text says why."""
    wishes = _wishes(args, settings, parse_ms)
    files = [*_files(args.paths)]
    if args.asset and args.new_asset:
        raise Refused(SAY_TYPE)
    job = Job(args, settings, wishes, offline)
    try:
        for path in files:
            for part in _parts(path, args, job):
                job.take(path, part)
    finally:
        job.finish()
    return 0


def _parts(path: Path, args: argparse.Namespace, job: Job) -> list[OwnPart] | list[str | None]:
    """Which machines a file is of: as one of ours says, or by a column of it."""
    digest_of(path)  # whether it can be read at all
    own = own_file.opened(path) if _asks_nothing(args) else None
    if own is not None:
        return [OwnPart(own, device) for device in own.contents]
    parts: list[str | None] = _split(path, args.split) if args.split else [None]
    job.check_apart(path, parts)
    return parts


def _asks_nothing(args: argparse.Namespace) -> bool:
    """Whether nobody says that it is to be read in another way than it says itself."""
    otherwise = (args.new_asset, args.split, args.time, args.time_format, args.period)
    return not any(otherwise)


def _split(path: Path, column: str) -> list[str | None]:
    table = tables.opened(path)
    found, without = tables.values_of(table, place_of(table, column))
    if without:
        say(f"{path}: {without:,} rows have nothing in {column}, and are taken for no machine")
    return [*found]


def _wishes(
    args: argparse.Namespace, settings: Settings, parse_ms: Callable[[str, SiteTime], int]
) -> Wishes:
    try:
        site = SiteTime(args.zone) if args.zone else settings.site_time
    except ValueError as error:
        raise Refused(f"--zone: {error}") from error
    if args.period is not None and args.period <= 0:
        raise Refused(f"--period is {args.period:g}: say how many seconds lie between two rows.")
    return Wishes(
        zone=ZoneInfo(site.name),
        asked=Asked(channels=_pairs(args.map, "--map"), units=_pairs(args.unit, "--unit")),
        time_column=args.time,
        time_format=args.time_format,
        period_ms=None if args.period is None else args.period * 1000,
        from_ms=parse_ms(args.from_, site) if args.from_ else None,
        gaps=filling(args.gaps),
        keep_flat=args.keep_flat,
        split=args.split,
    )


def _pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        column, equals, what = text.rpartition("=")
        if not equals or not column or not what:
            raise Refused(f"{option} is {text!r}: say COLUMN=… .")
        pairs[column.strip()] = what.strip()
    return pairs


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        known = (*tables.TEXT, *tables.PARQUET)
        found = sorted(each for each in path.iterdir() if each.suffix.lower() in known)
        if not found:
            raise NotFound(f"There is no file in {path} that ends in {', '.join(known)}.")
        yield from found
