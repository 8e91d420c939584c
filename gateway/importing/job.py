"""One table for one machine, from what a person asks to what the journal has of it."""

import argparse
import contextlib
import re
import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from contract import assets, topics
from contract.assets import GENERIC
from contract.assets.words import Asset
from contract.errors import NotFound, Refused, reason
from contract.settings import Settings
from contract.type_files.generic import Description
from gateway.importing import known, new_type, parcel, report, room
from gateway.importing.parcel import Header
from gateway.importing.reading import Read, Recording, now_ms
from gateway.importing.report import progress, say
from gateway.importing.sources import Source
from gateway.importing.waiting import Offline, Turn, until_stored, until_summed
from gateway.importing.wishes import Wishes
from hosting.audit import person
from hosting.audit.events import What

SAY_TYPE: Final = "Say --asset TYPE (or --asset generic), or --new-asset NAME."
_NO_ID: Final = re.compile(r"[^A-Za-z0-9_.-]+")


class Job:
    """What a command line asks for of each table."""

    def __init__(
        self, args: argparse.Namespace, settings: Settings, wishes: Wishes, offline: Offline
    ) -> None:
        self._args, self._settings, self._wishes = args, settings, wishes
        self._offline = offline
        self._parcels: list[tuple[Path, Header]] = []
        self._named: dict[str, tuple[str, str]] = {}  # by machine: of what it is which part

    def check_apart(self, base: str, parts: Iterable[str]) -> None:
        """Of what is called ``base``; raises Refused: two would be one machine.

        Or one would be one with a part of what was looked at before.
        """
        for part in parts:
            device = device_of(base, part)
            other = self._named.setdefault(device, (base, part))
            if other != (base, part):
                raise Refused(
                    f"{_called(*other, beside=base)} and {_called(base, part, beside=other[0])}"
                    f" would both be {device}, as an id has letters, digits, _ . and - alone: call"
                    " one of them otherwise in the file."
                )

    @contextlib.contextmanager
    def folder(self) -> Iterator[Path]:
        """Where something may lie meanwhile: of a dry run not where the gateway keeps anything."""
        if self._args.dry_run:
            with tempfile.TemporaryDirectory() as name:
                yield Path(name)
        else:
            yield self._made_folder()

    def take(self, source: Source) -> None:
        """Import a table of one machine. Raises GatewayError."""
        with or_refused(source.name):
            self._take(source)

    def _take(self, source: Source) -> None:
        is_known = source.is_exact
        device = _checked(source.device) if is_known else device_of(source.device)
        asset = self._asset(source)
        recording = Recording(source, asset, self._wishes, now_ms=now_ms())
        say(f"{source.name} → {device} ({self._args.new_asset or asset.name})")
        report.describe(recording)
        if not self._args.new_asset:
            known.check_type(self._settings, device, asset.name)
        run = self._run(recording, device)
        if self._args.dry_run:
            self._try(recording, device)
        elif run is not None:
            self._store(recording, device, run)

    def finish(self) -> None:
        """Wait until the journal has all of it: a gateway that must be begun is begun once.

        Raises:
            Refused: something could not be taken. Unavailable: not now.
        """
        turn = Turn(self._settings.journal_path, self._offline)
        for target, header in self._parcels:
            report.result(header.device, until_stored(target, header, self._settings, turn))
        for header in {header.device: header for _, header in self._parcels}.values():
            if minutes := until_summed(header, self._settings, turn):
                report.unsummed(header.device, minutes)

    def _asset(self, source: Source) -> Asset:
        name = self._args.asset or (source.own.asset if source.own else "")
        if not name and not self._args.new_asset:
            raise Refused(f"{source.name} does not say what its machines are. {SAY_TYPE}")
        if name in {"", GENERIC}:
            return Description().asset
        try:
            return assets.get(name)
        except NotFound as error:
            raise NotFound(f"{str(error)[:-1]}, {GENERIC} (taken as it comes).") from None

    def _run(self, recording: Recording, device: str, run: int = 0) -> int | None:
        """How many times its rows have been taken already; None: they are not taken once more."""
        if self._args.new_asset:
            return run
        epoch = recording.epoch(device, run)
        found = known.find(self._settings, device, epoch)
        if found is None or found.done_ms is None:
            if not self._args.again:
                known.check_not_otherwise(self._settings, device, recording.content, epoch=epoch)
            return run
        if self._args.again:
            return self._run(recording, device, run + 1)
        say(
            f"  imported already by {found.imported_by}: nothing is done twice (--again brings"
            " back what was deleted of it since)"
        )
        return None

    def _try(self, recording: Recording, device: str) -> None:
        with self.folder() as folder, progress() as told:
            read = recording.read(folder, told=told)
            with contextlib.closing(read):
                for _ in read.entries():
                    pass
                if name := self._args.new_asset:
                    new_type.check(
                        name, read.header(device), self._settings, usual_ms=read.steps.usual_ms
                    )
        report.report(read, self._settings.site_time)
        say("  a dry run: nothing is stored")

    def _made_folder(self) -> Path:
        folder = self._settings.data_dir / parcel.FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def _store(self, recording: Recording, device: str, run: int) -> None:
        folder = self._made_folder()
        with progress() as told:
            read = recording.read(folder, told=told)
            with contextlib.closing(read):
                header = self._typed(read.header(device, run), read)
                target = parcel.path_of(self._settings.data_dir, header)
                target.with_suffix(parcel.REFUSED).unlink(missing_ok=True)
                parcel.write(
                    target, header, read.entries(), check=partial(room.check, self._settings)
                )
        report.report(read, self._settings.site_time)
        self._parcels.append((target, header))
        what = f"{device}: {header.rows} rows of {header.source}"
        person.enter(self._settings.data_dir, source="imports", what=What.IMPORTED, detail=what)

    def _typed(self, header: Header, read: Read) -> Header:
        name = self._args.new_asset
        if not name:
            return header
        path = new_type.made(name, header, self._settings, usual_ms=read.steps.usual_ms)
        say(f"  a type of it: {path}")
        return msgspec.structs.replace(header, asset=name)


@contextlib.contextmanager
def or_refused(name: str) -> Iterator[None]:
    """What a disk or a file has against it is said. Raises Refused."""
    try:
        yield
    except OSError as error:
        raise Refused(f"{name} is not imported: {reason(error)}.") from error


def device_of(base: str, part: str = "") -> str:
    """The id of what is called so, or of a part of it. Raises Refused: there can be no such id."""
    return _checked(_NO_ID.sub("-", "-".join(each for each in (base, part) if each)).strip("-._"))


def _called(base: str, part: str, *, beside: str) -> str:
    return repr(part) if base == beside else f"{part!r} of {base}"


def _checked(device: str) -> str:
    """Raises Refused: no machine can be called so."""
    if not topics.is_name(device) or device in topics.OURS:
        raise Refused(f"{device!r} cannot be a device's id: say --device ID.")
    return device
