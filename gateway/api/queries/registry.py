"""A device in, the newest changes of its registry out."""

import time
from collections.abc import Iterable
from typing import Any, Final

import apsw
import msgspec

from contract.settings import Settings
from contract.type_files.generic import CHANNEL, LEARNED, Description
from gateway.journal import Change
from gateway.journal.decoding import change
from gateway.journal.ledger import CHANGE_COLUMNS
from gateway.registry.params import ParamBook
from gateway.registry.register import PARAM, Register
from gateway.registry.tariffs import Tariffs, site_params
from gateway.twin.descriptions import Descriptions

_SQL: Final = (
    f"SELECT {CHANGE_COLUMNS} FROM registry"  # noqa: S608
    " WHERE device = ? AND kind NOT IN ('learned', 'log') ORDER BY id DESC LIMIT ?"
)
_PARAMS: Final = f"SELECT {CHANGE_COLUMNS} FROM registry WHERE kind = ? ORDER BY id"  # noqa: S608
_ALL: Final = f"SELECT {CHANGE_COLUMNS} FROM registry ORDER BY id"  # noqa: S608
_DESCRIBED: Final = (
    f"SELECT {CHANGE_COLUMNS} FROM registry"  # noqa: S608
    " WHERE device = ? AND kind IN (?, ?) ORDER BY id"
)


def changes(connection: apsw.Connection, *, device: str, limit: int) -> list[dict[str, Any]]:
    """Newest first."""
    return [_shown(change(row)) for row in connection.execute(_SQL, (device, limit))]


def described_in(connection: apsw.Connection, device: str) -> Description:
    """What describes a device of no type."""
    found = Descriptions()
    for row in connection.execute(_DESCRIBED, (device, LEARNED, CHANNEL)):
        one = change(row)
        value = None if one.value is None else msgspec.json.decode(one.value)
        take = found.learned if one.kind == LEARNED else found.said
        take(device, one.name, value)
    return found.of(device)


def register_in(connection: apsw.Connection, settings: Settings) -> Register:
    """What people have said, as it stands in the journal."""
    return taken(connection.execute(_ALL), _book(settings))


def tariffs_in(connection: apsw.Connection, settings: Settings) -> Tariffs:
    """Every parameter at each time, as it stands in the journal."""
    register = taken(connection.execute(_PARAMS, (PARAM,)), _book(settings))
    return Tariffs(register.params, currency=settings.currency, now_ms=wall_ms)


def _book(settings: Settings) -> ParamBook:
    return ParamBook(site_params(settings), settings.site_time)


def taken(rows: Iterable[Any], book: ParamBook) -> Register:
    """What people have said by changes in that order, which have ``CHANGE_COLUMNS``."""
    register = Register(book)
    for row in rows:
        register.take(change(row))
    return register


def wall_ms() -> int:
    """This machine's clock, for programs that have no better."""
    return time.time_ns() // 1_000_000


def _shown(found: Change) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "name": found.name,
        "value": None if found.value is None else msgspec.json.decode(found.value),
        "valid_from_ms": found.valid_from_ms,
        "source": found.source,
        "changed_ms": found.changed_ms,
        "changed_by": found.changed_by,
    }
