"""What people set in; journal, twins and boards out. Lives on the event loop.

    check → one transaction: a row a change in the ledger → register → twins, `desired` topics

Nothing holds that is not stored. A desired setting goes to the broker, which keeps it for a board
that is away; while there is no broker it waits here, and each new broker is told all of them.
"""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from contract.assets import CATALOGUE
from contract.assets.words import Asset, Channel, Param
from contract.errors import Conflict, NotFound, Refused, Unavailable
from contract.language.program import program_of
from contract.type_files.generic import CHANNEL, Description, Said
from gateway.journal import Change, Journal
from gateway.registry import (
    bands,
    bounds,
    channels,
    decisions,
    fields,
    logbook,
    own_limits,
    settings,
)
from gateway.registry.desired import DesiredTopics
from gateway.registry.fields import Fields
from gateway.registry.logbook import Entry as LogEntry
from gateway.registry.logbook import Note
from gateway.registry.params import SITE, NewVersion
from gateway.registry.register import FIELD, PARAM, SETTING, Entry, Register
from gateway.registry.replacer import know_lives
from gateway.registry.stages import IN_USE, STAGE, check_change
from gateway.registry.tariffs import NAMES, VARIABLES, Tariffs
from gateway.twin.fleet import Device, Fleet

log = logging.getLogger(__name__)

ROUND_S: Final = 1.0

Work = Callable[[Journal], None]
Undo = Callable[[], None]

_encode: Final = msgspec.json.encode
_decode: Final = msgspec.json.decode


class Registrar:
    """Keeps the registry.

    Args:
        register: what holds now, of the ledger up to here.
        fleet: whose twins follow what is set.
        write: does work on the journal in a transaction of its own.
        retype: makes a device one of another type, within a transaction; gives what undoes that.
        describe: likewise, lets a device of no type be described otherwise.
        desired: who tells boards of their settings.
        changed: told of devices whose state is another now.
        restate: told of devices whose minutes are others from a time on.
    """

    def __init__(
        self,
        *,
        register: Register,
        tariffs: Tariffs,
        fleet: Fleet,
        write: Callable[[Work], Awaitable[None]],
        retype: Callable[[Device, Asset], Undo],
        describe: Callable[[Device, Description], Undo],
        desired: DesiredTopics,
        changed: Callable[[Iterable[Device]], None],
        data_dir: Path,
        now_ms: Callable[[], int],
        restate: Callable[[Device, int], None] = lambda *_: None,
    ) -> None:
        self.register = register
        self.tariffs = tariffs
        self._fleet = fleet
        self._write = write
        self._retype = retype
        self._describe = describe
        self.desired = desired
        self._changed = changed
        self._restate = restate
        self._data_dir = data_dir
        self._now_ms = now_ms
        self._turn_ms: int | None = None  # when the next version of a parameter begins to count
        self._has_noted_variables = False
        for name in register.devices_with_settings():
            self._hand_over_settings(name)
        know_lives(fleet, register)
        self._follow_params()

    # ------------------------------------------------------------ fields

    def entry(self, device: str) -> Entry:
        """What is said of a device. Raises NotFound: nobody knows it."""
        if self._fleet.find(device) is None and device not in self.register:
            raise NotFound(f"No device {device!r} has reported to this gateway.")
        return self.register.entry(device)

    def type_of(self, device: str) -> dict[str, str | None]:
        """The type that a device is taken for, and by whose word."""
        found = self._fleet.find(device)
        if found is None:
            return {"asset_in_use": None, "asset_from": None}
        said = found.birth.asset if found.birth is not None else None
        decided = self.register.decided(device)
        is_decided = decided is not None and decided.name == found.asset.name
        told = "birth" if said else "import" if found.is_recording else "channels"
        by = "registry" if is_decided else told
        return {"asset_in_use": found.asset.name, "asset_from": by}

    async def amend(
        self, device: str, patch: Mapping[str, Any], *, by: str, revision: int | None = None
    ) -> Entry:
        """Change fields of a device, all of them or none.

        Raises:
            NotFound: there is no such device. Refused: a field does not take what is given.
            Conflict: ``revision`` is not the one that holds: somebody has changed it since.
            Unavailable: it cannot be stored.
        """
        self.entry(device)
        await self._amend(device, patch, by=by, revision=revision)
        return self.register.entry(device)

    async def _amend(
        self, device: str, patch: Mapping[str, Any], *, by: str, revision: int | None
    ) -> None:
        def changes() -> list[Change]:
            known = self.register.entry(device)
            if revision is not None and revision != known.revision:
                raise Conflict(_changed_meanwhile(device, known))
            of_fields = {name: value for name, value in patch.items() if name != "channels"}
            found = fields.changes(known.fields, fields.amended(known.fields, of_fields))
            said = self._said(device, patch["channels"]) if "channels" in patch else {}
            return [
                *(self._change(device, FIELD, name, value, by) for name, value in found.items()),
                *(self._change(device, CHANNEL, name, what, by) for name, what in said.items()),
            ]

        await self._enter(changes)

    def _said(self, name: str, patch: Any) -> dict[str, Said | None]:
        """What is said of the channels of a device of no type. Raises Refused."""
        device = self._fleet.find(name)
        if device is None or device.description is None:
            kind = "unknown here" if device is None else f"a {device.asset.name}"
            raise Refused(f"{name} is {kind}: only of a device of no type are channels described.")
        return channels.amended(device.description, patch)

    # ------------------------------------------------------------ parameters

    def declared(self, device: str = SITE) -> Mapping[str, Param]:
        """The parameters that a device has; of the site, those of every type. Raises NotFound."""
        known = self.register.params
        if device != SITE:
            return known.declared(self._fleet.get(device).asset)
        every = (known.declared(asset) for asset in CATALOGUE.values())
        return {name: param for params in every for name, param in params.items()}

    async def put_params(self, device: str, versions: Mapping[str, NewVersion], *, by: str) -> None:
        """Enter versions of parameters of a device, or of the site: all of them or none.

        Raises:
            NotFound: there is no such device. Refused: it has no such parameter, or too many
            versions of it. Unavailable: they cannot be stored.
        """
        declared = self.declared(device)

        def changes() -> list[Change]:
            found = []
            for name, version in versions.items():
                _check_declared(name, declared)
                self.register.params.check_room(device, name, version.valid_from_ms)
                _check_bands(name, version)
                _check_values(declared[name], version)
                change = self._change(device, PARAM, name, version.stored, by)
                dated = {"valid_from_ms": version.valid_from_ms, "source": version.source}
                found.append(msgspec.structs.replace(change, **dated))
            return found

        await self._enter(changes)
        self._follow_params()
        self._restate_past(device, versions)
        if device == SITE:
            self._changed(self._fleet)

    def _restate_past(self, device: str, versions: Mapping[str, NewVersion]) -> None:
        """What is added up with a parameter is another from its date on, if that is past."""
        now_ms = self._now_ms()
        for each in self._fleet:
            if device not in (SITE, each.name):
                continue
            names = program_of(each.asset).row_params & versions.keys()
            from_ms = min((versions[name].valid_from_ms for name in names), default=now_ms)
            if from_ms < now_ms:
                self._restate(each, from_ms)

    async def _note_variables(self) -> None:
        """A value that was changed in ``.env`` counts from this start on, and for no past bill."""
        for param in self.register.params.declared().values():
            variable = VARIABLES.get(param.name)
            if variable is None:
                continue
            last = self.register.site_said(param.name, by=variable)
            if last != param.default:
                begins_ms = 0 if last is None else self._now_ms()
                version = NewVersion(
                    value=param.default, valid_from_ms=begins_ms, source=param.source
                )
                await self.put_params(SITE, {param.name: version}, by=variable)

    async def put_limits(
        self, name: str, said: Mapping[str, Any], *, by: str, valid_from_ms: int, source: str = ""
    ) -> Device:
        """Let channels of a device have bands and limits of their own from a date on.

        Raises:
            NotFound: there is no such device. Refused: it has no such channel, or what is said of
            it cannot be. Unavailable: it cannot be stored.
        """
        device = self._fleet.get(name)
        if device.description is not None:
            raise Refused(f"{name} is of no type: what is normal is said where it is described.")
        own = {each: own_limits.checked(_channel(device, each), said[each]) for each in said}

        def changes() -> list[Change]:
            found = []
            for each, what in own.items():
                self.register.own_limits.check_room(name, each)
                change = self._change(name, own_limits.KIND, each, what, by)
                dated = {"valid_from_ms": valid_from_ms, "source": source}
                found.append(msgspec.structs.replace(change, **dated))
            return found

        await self._enter(changes)
        self._follow_params()
        self._changed([device])
        return device

    # ------------------------------------------------------------ the log

    async def note(self, device: str, note: Note, *, by: str, id_: str | None = None) -> LogEntry:
        """Enter a note of a device (empty: of the site), or change the one of that id.

        Raises:
            NotFound: there is no such device, or no such entry. Refused: it cannot be so.
            Unavailable: it cannot be stored.
        """
        asset = None if device == SITE else self._fleet.get(device).asset
        kept = logbook.checked(note, now_ms=self._now_ms(), asset=asset)
        if id_ is None:
            self.register.log.check_room(device)
        else:
            self.log_entry(device, id_)
        name = id_ or uuid.uuid4().hex[:12]
        await self._enter(lambda: [self._change(device, logbook.KIND, name, kept, by)])
        return self.register.log.of(device)[name]

    async def take_back(self, device: str, id_: str, *, by: str) -> None:
        """Take an entry of the log back. Raises NotFound, Unavailable."""
        self.log_entry(device, id_)
        await self._enter(lambda: [self._change(device, logbook.KIND, id_, None, by)])

    def log_entry(self, device: str, id_: str) -> LogEntry:
        """Raises NotFound: there is no such entry (any more)."""
        found = self.register.log.of(device).get(id_)
        if found is None:
            raise NotFound(f"The log of {device or 'the site'} has no entry {id_[:40]!r}.")
        return found

    # ------------------------------------------------------------ settings

    async def want(self, name: str, desired: Mapping[str, Any], *, by: str) -> Device:
        """Let a device have these settings, and no others, for good.

        Raises:
            NotFound: there is no such device. Refused: there is no such setting, or no board takes
            that. Unavailable: it cannot be stored.
        """
        device = self._fleet.get(name)
        wanted = {each: settings.checked(each, desired[each]) for each in desired}

        def changes() -> list[Change]:
            known = device.settings.desired()
            gone = {each: None for each in known if each not in wanted}
            return [
                self._change(name, SETTING, each, value, by)
                for each, value in (gone | wanted).items()
                if value is None or known.get(each) != value
            ]

        await self._enter(changes)
        self._hand_over_settings(name)
        return device

    async def carried_out(
        self, name: str, command: str, args: Mapping[str, Any], *, by: str
    ) -> None:
        """A device has obeyed: where the command changes a setting, that lasts."""
        setting = settings.OF_COMMANDS.get(command)
        if setting is not None and setting in args:
            known = self._fleet.get(name).settings.desired()
            await self.want(name, known | {setting: args[setting]}, by=by)

    # ------------------------------------------------------------ its life

    async def introduce(
        self, device: str, patch: Mapping[str, Any], *, by: str, stage: str
    ) -> None:
        """Say what is known of a device that has not reported yet. As ``amend``, but NotFound."""

        def changes() -> list[Change]:
            found = fields.changes(Fields(), fields.amended(Fields(), patch))
            said = [self._change(device, FIELD, name, value, by) for name, value in found.items()]
            if stage != IN_USE:
                said.append(self._change(device, STAGE, STAGE, {"stage": stage}, by))
            return said

        await self._enter(changes)

    async def put_stage(self, name: str, stage: str, *, note: str, by: str) -> Device:
        """Let a machine be in this stage of its life from now on.

        Raises:
            NotFound: there is no such device. Refused: it cannot be in that stage.
            Unavailable: it cannot be stored.
        """
        device = self._fleet.get(name)

        def changes() -> list[Change]:
            check_change(name, self.register.stage(name), stage)
            return [self._change(name, STAGE, STAGE, {"stage": stage, "note": note}, by)]

        await self._enter(changes)
        device.enter(stage)
        self._changed([device])
        return device

    # ------------------------------------------------------------ beside the pipeline

    async def run(self) -> None:
        """Tell boards what is desired, and follow the calendar and the command line, for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ROUND_S):
                    await self.desired.due.wait()
            self.desired.due.clear()
            await self.look()

    async def look(self) -> None:
        """One round of ``run``."""
        if not self._has_noted_variables:
            with contextlib.suppress(Unavailable):  # the next round
                await self._note_variables()
                self._has_noted_variables = True
        if self._turn_ms is not None and self._now_ms() >= self._turn_ms:
            self._follow_params()
            self._changed(self._fleet)
        await self._take_decisions()
        await self.desired.tell()

    async def _take_decisions(self) -> None:
        for device, decision in list(decisions.waiting(self._data_dir)):
            try:
                patch = {"asset": decision.asset}
                await self._amend(device, patch, by=decision.by, revision=None)
            except Unavailable as error:
                log.warning("what was decided of %s waits: %s", device, error)
                return
            except Refused as error:
                log.warning("what was decided of %s cannot be: %s", device, error)
            decisions.entered(self._data_dir, device, decision)

    # ------------------------------------------------------------ what all of it does

    def _change(self, device: str, kind: str, name: str, value: Any, by: str) -> Change:
        return Change(
            device=device,
            kind=kind,
            name=name,
            value=None if value is None else _encode(value),
            changed_ms=self._now_ms(),
            changed_by=by,
        )

    async def _enter(self, make: Callable[[], list[Change]]) -> None:
        """Store what ``make`` finds to change, then let it hold. All of it, or nothing."""
        found: list[Change] = []
        undo: list[Undo] = []

        def work(journal: Journal) -> None:
            ids = [(journal.ledger.add(change), change) for change in make()]
            found.extend(msgspec.structs.replace(change, id=id_) for id_, change in ids)
            undo.extend(self._follow_types(found))  # last: whatever fails before has no effect

        try:
            await self._write(work)
        except BaseException:
            for step in reversed(undo):
                step()
            raise
        for change in found:
            self.register.take(change)
        touched = (self._fleet.find(change.device) for change in found)
        self._changed([device for device in touched if device is not None])

    def _follow_types(self, found: Iterable[Change]) -> list[Undo]:
        """A device is of the type that was decided; of its birth's, where that was taken back."""
        undo = []
        for change in found:
            device = self._fleet.find(change.device)
            if device is not None and change.kind == CHANNEL:
                undo.append(self._follow_description(device, change))
            if device is None or (change.kind, change.name) != (FIELD, "asset"):
                continue
            said = device.birth.asset if device.birth is not None else ""
            name = _decode(change.value) if change.value else said
            asset = self.register.typed(device.name, name)
            if asset is not None and asset is not device.asset:
                undo.append(self._retype(device, asset))
        return undo

    def _follow_description(self, device: Device, change: Change) -> Undo:
        said = _decode(change.value, type=Said) if change.value else None
        before = self.register.descriptions.of(device.name)
        return self._describe(device, before.with_said(change.name, said))

    def _hand_over_settings(self, name: str) -> None:
        device = self._fleet.find(name)
        if device is not None:
            device.settings.wanted = dict(self.register.settings(name))
        self.desired.note(name)

    def _follow_params(self) -> None:
        now_ms = self._now_ms()
        books = (self.register.params, self.register.own_limits)
        turns = [turn for book in books if (turn := book.next_turn_ms(now_ms)) is not None]
        self._turn_ms = min(turns, default=None)
        for device in self._fleet:
            device.twin.follow_params(self.tariffs.now(device.name))


def _channel(device: Device, name: str) -> Channel:
    found = device.asset.by_name.get(name)
    if found is None:
        known = ", ".join(device.asset.by_name)
        raise Refused(f"{device.name} has no channel {name[:40]!r}; it has {known}.")
    return found


def _check_bands(name: str, version: NewVersion) -> None:
    """What a kWh costs and emits depends on the time of day; what a machine is does not."""
    if version.bands and name not in NAMES:
        raise Refused(f"{name} has no bands: only {' and '.join(NAMES)} have.")
    bands.check(version.bands)


def _check_values(param: Param, version: NewVersion) -> None:
    if version.value is not None:
        bounds.check(param, version.value)
    for band in version.bands:
        bounds.check(param, band.value, band.name)


def _changed_meanwhile(device: str, entry: Entry) -> str:
    return (
        f"{entry.changed_by or 'Nobody'} has changed the registry of {device} since: it is at"
        f" revision {entry.revision}. Look at it anew, then set what you want."
    )


def _check_declared(name: str, declared: Mapping[str, Param]) -> None:
    if name not in declared:
        raise Refused(f"There is no parameter {name[:40]!r} here; there are {', '.join(declared)}.")
