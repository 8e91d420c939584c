"""``python -m gateway import``: files and what a person says of them in, a report out."""

import argparse
import contextlib
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import apsw

from contract import assets, topics
from contract.assets import GENERIC
from contract.assets.words import Asset
from contract.errors import Conflict, Misconfigured, NotFound, Refused
from contract.settings import Settings
from contract.site_time import SiteTime
from contract.type_files.folder import TypeFolder
from contract.type_files.generic import Description
from contract.type_files.writing import written
from gateway.importing import parcel, tables
from gateway.importing.columns import Asked, parted
from gateway.importing.ordering import filling
from gateway.importing.parcel import Header
from gateway.importing.reading import Read, Recording, Wishes, now_ms
from gateway.journal.imports import Import, ImportSource
from gateway.journal.lock import locked
from gateway.journal.reader import open_read_only
from gateway.journal.trouble import translated

COMMAND: Final = "import"
Offline = Callable[[], None]  # a gateway that does nothing but take what lies there
_LOOK_S: Final = 0.2
_NO_ID: Final = re.compile(r"[^A-Za-z0-9_.-]+")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``import`` understands."""
    add = parser.add_argument
    add("paths", nargs="+", type=Path, metavar="FILE", help=".csv, .parquet, or a folder of them")
    add("--asset", metavar="TYPE", help="what type of machine; generic: taken as it comes")
    add("--new-asset", metavar="NAME", help="make a type of the file's columns, and take it")
    add("--device", metavar="ID", help="whose it is (else the file's name)")
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
    if bool(args.asset) == bool(args.new_asset):
        raise Refused("Say --asset TYPE (or --asset generic), or --new-asset NAME.")
    for path in files:
        _import(path, args, settings, wishes, offline)
    return 0


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


# ---------------------------------------------------------------- one file


def _import(
    path: Path, args: argparse.Namespace, settings: Settings, wishes: Wishes, offline: Offline
) -> None:
    device = args.device or _NO_ID.sub("-", path.stem).strip("-._")
    if not topics.is_name(device) or device in topics.OURS:
        raise Refused(f"{device!r} cannot be a device's id: say --device ID.")
    asset = Description().asset if args.new_asset else _asset(args.asset, settings, device)
    recording = Recording(path, asset, wishes, now_ms=now_ms())
    _say(f"{path} → {device} ({args.new_asset or asset.name})")
    _describe(recording)
    epoch = parcel.epoch_of(recording.identity(device))
    if not args.dry_run and not args.new_asset:
        known = _known(settings, device, epoch)
        if known is not None and known.done_ms is not None:
            _say(f"  imported already by {known.imported_by}: nothing is done twice")
            return
        _check_read_otherwise(settings, device, recording.content, epoch, again=args.again)
    folder = settings.data_dir / parcel.FOLDER
    if args.dry_run:
        with tempfile.TemporaryDirectory() as name, _progress() as told:
            read = recording.read(Path(name), told=told)
            with contextlib.closing(read):
                for _ in read.entries():
                    pass
        _report(read, settings.site_time)
        _say("  a dry run: nothing is stored")
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _progress() as told:
        read = recording.read(folder, told=told)
        with contextlib.closing(read):
            header = read.header(device)
            if args.new_asset:
                header = _with_type(header, read, args.new_asset, settings)
            target = parcel.path_of(settings.data_dir, header)
            parcel.write(target, header, read.entries())
    _report(read, settings.site_time)
    _wait(target, header, settings, offline)


def _asset(name: str, settings: Settings, device: str) -> Asset:
    if name != GENERIC:
        return assets.get(name)
    del settings, device
    return Description().asset


def _with_type(header: Header, read: Read, name: str, settings: Settings) -> Header:
    """Make a type of what was seen. Raises Refused, Conflict."""
    import msgspec  # noqa: PLC0415

    folder = TypeFolder(settings.data_dir)
    if not topics.is_name(name) or name == GENERIC or name in assets.BUILT_IN:
        raise Refused(f"{name!r} cannot be the name of a type of your own.")
    path = folder.path_of(name)
    description = Description()
    for values in header.samples:
        description = description.with_learned(description.news(values))
    usual_ms = read.steps.usual_ms
    text = written(
        description,
        device=header.source,
        title=name.replace("-", " ").replace("_", " ").capitalize(),
        rate_hz=1000 / usual_ms if usual_ms else 1.0,
        always=(),
    )
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise Conflict(f"There is a type {name} already: say --asset {name}, or another name.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    folder.follow()
    if name not in assets.CATALOGUE:
        path.unlink()
        raise Refused(f"No type can be made of it: {next(iter(folder.mistakes.values()), '')}")
    _say(f"  a type of it: {path}")
    return msgspec.structs.replace(header, asset=name)


def _check_read_otherwise(
    settings: Settings, device: str, content: str, epoch: str, *, again: bool
) -> None:
    if again:
        return
    with _source(settings, device) as (source, device_id):
        if source is None:
            return
        before = source.of_same_content(device_id, content, epoch=epoch)
    if before is not None:
        raise Conflict(
            f"{before.source} was imported already, read otherwise (other columns, units, zone or"
            " gaps): its rows would count twice. Say --again if that is meant, or another"
            " --device."
        )


@contextlib.contextmanager
def _source(settings: Settings, device: str) -> Iterator[tuple[ImportSource | None, int]]:
    """What the journal says of a device; None where it knows none, or knows of no imports yet."""
    path = settings.journal_path
    if not path.exists():
        yield None, 0
        return
    with translated(path), contextlib.closing(open_read_only(path)) as journal:
        found: Any = journal.execute("SELECT id FROM device WHERE name = ?", (device,)).get
        has_table = journal.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'import'").get
        yield (ImportSource(journal) if found and has_table else None), int(found or 0)


def _known(settings: Settings, device: str, epoch: str) -> Import | None:
    with _source(settings, device) as (source, device_id):
        return None if source is None else source.find(device_id, epoch)


# ---------------------------------------------------------------- until it is stored


def _wait(target: Path, header: Header, settings: Settings, offline: Offline) -> None:
    """Let the gateway take it, or do so where none works."""
    refused = target.with_suffix(parcel.REFUSED)
    refused.unlink(missing_ok=True)
    with _progress("stored", total=header.rows) as told:
        while True:
            if refused.exists():
                why = refused.read_text(encoding="utf-8")
                refused.unlink()
                raise Refused(why)
            with contextlib.suppress(apsw.Error):
                known = _known(settings, header.device, header.epoch)
                told(0 if known is None else known.counts.rows)
                if known is not None and known.done_ms is not None and not target.exists():
                    break
            if not _is_running(settings):
                offline()
            else:
                time.sleep(_LOOK_S)
    counts = known.counts
    _say(
        f"  stored {counts.stored:,} readings"
        + f", {counts.repeated:,} were there already" * bool(counts.repeated)
        + f", {counts.refused:,} refused (quarantine says why)" * bool(counts.refused)
        + f", {counts.summed:,} left out: of their time only sums are kept" * bool(counts.summed)
    )


def _is_running(settings: Settings) -> bool:
    try:
        locked(settings.journal_path).release()
    except Misconfigured:
        return True
    return False


# ---------------------------------------------------------------- for a person


def _describe(recording: Recording) -> None:
    plan = recording.plan
    _say(f"  {recording.table.kind}; time: {recording.times.kind}")
    for column in plan.columns:
        unit = f" [{column.unit}]" if column.unit else ""
        converted = " (converted)" if column.convert.changes else ""
        _say(f"  {parted(column.name, '')[0]}{unit} → {column.channel}{converted}")
    if plan.unknown:
        _say(f"  not taken, as there is no such channel: {', '.join(plan.unknown)}")
    for note in plan.notes:
        _say(f"  {note}")


def _report(read: Read, site: SiteTime) -> None:
    seen, ordered, steps = read.seen, read.ordered, read.steps
    _say(f"  {seen.rows:,} rows from {site.iso(seen.first_ms)} to {site.iso(seen.last_ms)}")
    if steps.usual_ms:
        regular = "" if steps.is_regular else ", not regular"
        _say(f"  one every {steps.usual_ms / 1000:g} s{regular}")
    if read.spread:
        _say("  several rows a time: they are spread over the time to the next")
    if not seen.is_ordered:
        _say("  its rows are not in order of time: they were sorted")
    parts = {
        "rows are repeated": ordered.counts["repeated"],
        "rows of one time are joined": ordered.counts["joined"],
        "rows are imputed": ordered.counts["imputed"],
        "rows are empty": seen.empty,
        "rows have no time that can be used": len(seen.refused) + sum(seen.more_refused.values()),
        "cells are bad and left out": sum(seen.bad_cells.values()),
    }
    for what, count in parts.items():
        if count:
            _say(f"  {count:,} {what}")
    if ordered.gaps:
        _say(f"  {ordered.gaps:,} gaps are left, the longest of {ordered.longest_ms / 1000:,.0f} s")
    if read.flat:
        names = ", ".join(column.name for column in read.flat)
        _say(f"  dropped, as they never move (--keep-flat keeps them): {names}")
    if not seen.rows:
        return
    for bad in seen.refused[:3]:
        _say(f"  {bad.detail}")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what the person asked for


@contextlib.contextmanager
def _progress(what: str = "read", total: int | None = None) -> Iterator[Callable[[int], None]]:
    from rich.console import Console  # noqa: PLC0415  (the gateway starts without it)

    with Console(stderr=True).status("…") as status:
        of = f" of {total:,}" if total else ""
        yield lambda rows: status.update(f"{rows:,}{of} rows {what}")
