"""The ledger's rows in, what holds now out: fields, parameters, settings of each device. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from contract.assets import CATALOGUE, GENERIC
from contract.assets.words import Asset
from contract.type_files.generic import CHANNEL, LEARNED
from gateway.journal import Change
from gateway.registry.fields import Fields
from gateway.registry.logbook import KIND as LOG
from gateway.registry.logbook import Entry as LogEntry
from gateway.registry.logbook import Logbook, Note
from gateway.registry.own_limits import KIND as LIMITS
from gateway.registry.own_limits import OwnLimits, OwnVersion
from gateway.registry.params import SITE, ParamBook, Version, said_of
from gateway.registry.stages import (
    FIRST,
    LIFE,
    STAGE,
    Commissioned,
    Life,
    Stage,
    commissioned_after,
    followed_by,
    suppression_of,
)
from gateway.registry.windows import WINDOW, Window
from gateway.twin.alarm_changes import Suppression
from gateway.twin.descriptions import Descriptions
from gateway.twin.device_settings import Wanted
from gateway.twin.own_channels import Own

FIELD: Final = "field"
PARAM: Final = "param"
SETTING: Final = "setting"

_decode: Final = msgspec.json.decode
_NOTHING: Final = Fields()


class Entry(msgspec.Struct, frozen=True):
    """A device's fields; ``revision`` grows with each change of them."""

    fields: Fields = _NOTHING
    revision: int = 0
    changed_ms: int | None = None
    changed_by: str | None = None


_UNKNOWN: Final = Entry()


class Register:
    """What people have said of devices and of the site, as it is now."""

    def __init__(self, params: ParamBook) -> None:
        self.params = params
        self._entries: dict[str, Entry] = {}
        self._settings: dict[str, dict[str, Wanted]] = {}
        self.descriptions = Descriptions()  # of devices of no type
        self.own_limits = OwnLimits()
        self.windows: dict[str, Window] = {}  # of maintenance, by their ids
        self.log = Logbook()
        self._stages: dict[str, Stage] = {}
        self._commissioned: dict[str, list[Commissioned]] = {}
        self._lives: dict[str, Life] = {}
        self._site_said: dict[tuple[str, str], float] = {}

    def __contains__(self, device: str) -> bool:
        return device in self._entries

    def entry(self, device: str) -> Entry:
        return self._entries.get(device, _UNKNOWN)

    def decided(self, device: str) -> Asset | None:
        """The type that a person has decided on; None also where that has left the catalogue."""
        return self.typed(device, self.entry(device).fields.asset)

    def typed(self, device: str, name: str | None) -> Asset | None:
        """The type of that name, as this device has it; None: there is none."""
        if name == GENERIC:
            return self.descriptions.of(device).asset
        return CATALOGUE.get(name or "")

    def settings(self, device: str) -> Mapping[str, Wanted]:
        return self._settings.get(device, {})

    def devices_with_settings(self) -> list[str]:
        """Those to which something was said, also where it was taken back since."""
        return list(self._settings)

    def site_said(self, name: str, *, by: str) -> float | None:
        """The last value of a site's parameter that ``by`` has set, whatever counts now."""
        return self._site_said.get((name, by))

    def stage(self, device: str) -> Stage:
        return self._stages.get(device, FIRST)

    def commissioned(self, device: str) -> Sequence[Commissioned]:
        """From when to when a device was in commissioning, in order; None: it still is."""
        return self._commissioned.get(device, ())

    def quiet(self, device: str, _at_ms: int) -> Suppression | None:
        """Why the stage of a device's life lets its alarms ask for nobody; None: it does not."""
        return suppression_of(self.stage(device))

    def life(self, device: str) -> Life:
        return self._lives.get(device) or Life(of=device)

    def lives(self, device: str) -> list[str]:
        """The names of all machines that had this one's name, or have it; the newest first."""
        of = self.life(device).of
        named = {name: life for name, life in self._lives.items() if life.of == of} or {
            of: Life(of=of)
        }
        return sorted(named, key=lambda name: -self.life(name).number)

    def forget(self, device: str) -> None:
        """Nothing is said of this device any more."""
        self._stages.pop(device, None)
        self._commissioned.pop(device, None)
        self._lives.pop(device, None)
        self._entries.pop(device, None)
        self._settings.pop(device, None)
        self.descriptions.forget(device)
        self.params.forget(device)
        self.own_limits.forget(device)
        self.log.forget(device)

    def copy(self, device: str, *, to: str) -> None:
        """What is said of one is said of another as well, but for what it is to work with."""
        for known in (self._entries, self._stages, self._commissioned, self._lives):
            if device in known:
                known[to] = known[device]  # type: ignore[assignment]
        self.descriptions.put(to, self.descriptions.of(device))
        self.params.copy(device, to=to)
        self.own_limits.copy(device, to=to)
        self.log.copy(device, to=to)

    def take(self, change: Change) -> None:
        """One row of the ledger, in order."""
        value = None if change.value is None else _decode(change.value)
        _TAKES[change.kind](self, change, value)

    def _field(self, change: Change, value: Any) -> None:
        said = {change.name: _as_field(change.name, value)}
        fields = msgspec.structs.replace(self.entry(change.device).fields, **said)
        self._entries[change.device] = Entry(
            fields, change.id, change.changed_ms, change.changed_by
        )

    def _param(self, change: Change, value: Any) -> None:
        valid_from_ms = change.valid_from_ms or 0
        if value is None:
            self.params.drop(change.device, change.name, valid_from_ms=valid_from_ms)
            return
        number, bands = said_of(value)
        version = Version(
            value=number,
            bands=bands,
            valid_from_ms=valid_from_ms,
            source=change.source,
            changed_ms=change.changed_ms,
            changed_by=change.changed_by,
        )
        self.params.put(change.device, change.name, version)
        if change.device == SITE:
            self._site_said[change.name, change.changed_by] = version.value

    def _limits(self, change: Change, value: Any) -> None:
        version = OwnVersion(
            own=msgspec.convert(value, Own),
            valid_from_ms=change.valid_from_ms or 0,
            source=change.source,
            changed_ms=change.changed_ms,
            changed_by=change.changed_by,
        )
        self.own_limits.put(change.device, change.name, version)

    def _log(self, change: Change, value: Any) -> None:
        if value is None:
            self.log.drop(change.device, change.name)
            return
        entry = LogEntry(
            id=change.name,
            device=change.device,
            note=msgspec.convert(value, Note),
            changed_ms=change.changed_ms,
            changed_by=change.changed_by,
        )
        self.log.put(entry)

    def _learned(self, change: Change, value: Any) -> None:
        self.descriptions.learned(change.device, change.name, value)

    def _channel(self, change: Change, value: Any) -> None:
        self.descriptions.said(change.device, change.name, value)

    def _window(self, change: Change, value: Any) -> None:
        self.windows.pop(change.name, None)
        if value is not None:
            self.windows[change.name] = msgspec.convert(value, Window)

    def _stage(self, change: Change, value: Any) -> None:
        before = self.stage(change.device)
        at_ms, by = change.changed_ms, change.changed_by
        after = followed_by(before, value, at_ms=at_ms, by=by)
        self._stages[change.device] = after
        spans = self._commissioned.get(change.device, [])
        self._commissioned[change.device] = commissioned_after(spans, before, after)

    def _life(self, change: Change, value: Any) -> None:
        """Another machine from now on: what was noted of the last is not of it."""
        life = msgspec.convert(value, Life)
        self._lives[change.device] = life
        if life.ended_ms is None:
            self._stages.pop(change.device, None)
            self._commissioned.pop(change.device, None)
            self.log.forget(change.device)

    def _setting(self, change: Change, value: Any) -> None:
        wanted = dict(self.settings(change.device))
        wanted.pop(change.name, None)
        if value is not None:
            wanted[change.name] = Wanted(value, change.changed_ms, change.changed_by)
        self._settings[change.device] = wanted


# ruff: noqa: SLF001 - its own
_TAKES: Final[Mapping[str, Callable[[Register, Change, Any], None]]] = {
    FIELD: Register._field,
    PARAM: Register._param,
    LIMITS: Register._limits,
    LOG: Register._log,
    SETTING: Register._setting,
    WINDOW: Register._window,
    LEARNED: Register._learned,
    CHANNEL: Register._channel,
    STAGE: Register._stage,
    LIFE: Register._life,
}


def _as_field(name: str, value: Any) -> Any:
    if value is None:
        return getattr(_NOTHING, name)
    return tuple(value) if isinstance(value, list) else value
