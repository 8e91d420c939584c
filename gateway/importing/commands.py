"""``python -m gateway import``: files or a bucket, and what is said of them, in; a report out."""

import argparse
import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from contract import topics
from contract.errors import Refused
from contract.settings import Settings
from contract.site_time import SiteTime
from gateway.importing import apart, new_type
from gateway.importing.columns import Asked
from gateway.importing.files import File, found
from gateway.importing.influxdb import commands as buckets
from gateway.importing.influxdb.address import is_one as is_bucket
from gateway.importing.job import SAY_TYPE, Job, device_of, or_refused
from gateway.importing.ordering import filling
from gateway.importing.parts import names_in, parted
from gateway.importing.report import say
from gateway.importing.sources import Source, of_file
from gateway.importing.time_columns import place_of
from gateway.importing.waiting import Offline
from gateway.importing.wishes import Wishes

COMMAND: Final = "import"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``import`` understands."""
    add = parser.add_argument
    add("paths", nargs="+", metavar="FILE",
        help=".csv, .parquet, a folder, or influxdb://HOST:PORT/ORGANISATION/BUCKET")  # fmt: skip
    add("--asset", metavar="TYPE", help="of machine; generic: taken as it comes (our exports say)")
    add("--new-asset", metavar="NAME", help="make a type of the file's columns, and take it")
    add("--device", metavar="ID", help="whose it is (else the file's name, or what it says)")
    add("--split", default="", metavar="COLUMN", help="a machine a value of it: ID-VALUE")
    add("--map", action="append", default=[], metavar="COLUMN=CHANNEL", help="may be repeated")
    add("--unit", action="append", default=[], metavar="COLUMN=UNIT", help="such as temp=F")
    add("--time", default="", metavar="COLUMN", help="where the time stands")
    add("--time-format", default="", metavar="FORMAT",
        help="day-, month-, year-first, s, ms, us, ns, elapsed, or as strptime has it")  # fmt: skip
    add("--zone", metavar="ZONE", help="of times without an offset (the site's)")
    add("--period", type=float, metavar="SECONDS", help="between rows, where there is no time")
    add(
        "--from",
        dest="from_",
        metavar="TIME",
        help="when the first row was measured; of a bucket: since when",
    )
    add("--decimal", choices=("point", "comma"), help="how numbers are written, where none tells")
    add("--gaps", default="leave", metavar="RULE", help="leave, hold:SECONDS or linear:SECONDS")
    add("--keep-flat", action="store_true", help="keep sensors that never move")
    add(
        "--again",
        action="store_true",
        help="though the same file was imported: rows that are not there (any more, as after a"
        " deletion) are stored, and none twice; read otherwise, also those that differ",
    )
    add("--dry-run", action="store_true", help="say what would be done, and store nothing")
    buckets.add_arguments(parser)


def run(
    args: argparse.Namespace,
    settings: Settings,
    *,
    parse_ms: Callable[[str, SiteTime], int],
    offline: Offline,
) -> int:
    """Import all files. Raises GatewayError: one cannot be; the text says why."""
    buckets.check_alone(args)
    wishes = _wishes(args, settings, parse_ms)
    if args.device and not topics.is_name(args.device):
        raise Refused(
            f"{args.device!r} cannot be a device's id: letters, digits, _ . and - only, and it"
            " begins with a letter or a digit."
        )
    if args.asset and args.new_asset:
        raise Refused(SAY_TYPE)
    if args.new_asset is not None:
        new_type.check_name(args.new_asset)
    job = Job(args, settings, wishes, offline)
    try:
        if is_bucket(args.paths[0]):
            _take_bucket(args, settings, job, parse_ms)
        else:
            _take_files(args, job)
    finally:
        job.finish()
    return 0


def _take_files(args: argparse.Namespace, job: Job) -> None:
    left, files = [], [*found(args.paths)]
    if not args.device:
        apart.check(files, may_be_own=_asks_nothing(args))
    if args.split and len(files) > 1:
        _check_parts(files, args, job)
    for file in files:
        try:
            _take_file(file, args, job)
        except Refused as error:
            if not file.is_of_folder:
                raise
            say(f"{file.path} is left out: {error}")
            left.append(file.path.name)
    if left:
        raise Refused(f"Left out, as is said above: {', '.join(left)}.")


def _check_parts(files: list[File], args: argparse.Namespace, job: Job) -> None:
    """What cannot be read is refused in its turn. Raises Refused: parts would be one machine."""
    for file in files:
        for device, names in _named(file, args):
            job.check_apart(device, names)


def _named(file: File, args: argparse.Namespace) -> list[tuple[str, list[str]]]:
    """Of a file what its parts are called."""
    with contextlib.suppress(OSError, Refused):
        sources = of_file(file, device=args.device, may_be_own=False)
        return [
            (each.device, names_in(each.table, place_of(each.table, args.split)))
            for each in sources
        ]
    return []


def _take_file(file: File, args: argparse.Namespace, job: Job) -> None:
    may_be_own = _asks_nothing(args)
    sources = [*of_file(file, device=args.device, may_be_own=may_be_own)]
    if not sources:
        say(f"{file.path.name} has no readings: there is nothing to import")
    for source in sources:
        with or_refused(source.name):
            for part in _parts(source, args.split, job):
                job.take(part)


def _asks_nothing(args: argparse.Namespace) -> bool:
    """Whether nobody says that it is to be read in another way than it says itself."""
    otherwise = (args.new_asset, args.split, args.time, args.time_format, args.period)
    return not any(otherwise)


def _parts(source: Source, column: str, job: Job) -> Iterator[Source]:
    """Of each machine, by a column that says which it is; all, where nobody named one."""
    if not column:
        yield source
        return
    at = place_of(source.table, column)
    with job.folder() as folder, parted(source.table, at, folder) as parts:
        if parts.without:
            count = f"{parts.without:,} rows have nothing in {column}"
            say(f"{source.name}: {count}: they are of no machine")
        job.check_apart(source.device, parts.names)
        for name in parts.names:
            yield replace(source, table=parts.of(name), device=device_of(source.device, name))


def _take_bucket(
    args: argparse.Namespace,
    settings: Settings,
    job: Job,
    parse_ms: Callable[[str, SiteTime], int],
) -> None:
    site = settings.site_time
    bucket = buckets.Bucket(args, pairs=_pairs, ms=lambda text: parse_ms(text, site))
    with bucket.opened() as (names, sources):
        job.check_apart(args.device or "", names)
        with or_refused(args.paths[0]), job.folder() as folder:
            for source in sources(folder):
                job.take(source)


def _wishes(
    args: argparse.Namespace, settings: Settings, parse_ms: Callable[[str, SiteTime], int]
) -> Wishes:
    try:
        site = SiteTime(args.zone) if args.zone else settings.site_time
    except ValueError as error:
        raise Refused(f"--zone: {error}") from error
    if args.period is not None and args.period <= 0:
        raise Refused(f"--period is {args.period:g}: say how many seconds lie between two rows.")
    wishes = Wishes(
        zone=ZoneInfo(site.name),
        asked=Asked(channels=_pairs(args.map, "--map"), units=_pairs(args.unit, "--unit")),
        time_column=args.time,
        time_format=args.time_format,
        period_ms=None if args.period is None else args.period * 1000,
        from_ms=parse_ms(args.from_, site) if args.from_ else None,
        gaps=filling(args.gaps),
        keep_flat=args.keep_flat,
        split=args.split,
        comma=None if args.decimal is None else args.decimal == "comma",
    )
    return buckets.wishes_of(wishes) if is_bucket(args.paths[0]) else wishes


def _pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        column, equals, what = text.rpartition("=")
        if not equals or not column or not what:
            raise Refused(f"{option} is {text!r}: say COLUMN=… .")
        pairs[column.strip()] = what.strip()
    return pairs
