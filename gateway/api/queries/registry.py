"""A device in, the newest changes of its registry out."""

from typing import Any, Final

import apsw
import msgspec

from gateway.journal import Change
from gateway.journal.decoding import change
from gateway.journal.ledger import CHANGE_COLUMNS

_SQL: Final = f"SELECT {CHANGE_COLUMNS} FROM registry WHERE device = ? ORDER BY id DESC LIMIT ?"  # noqa: S608


def changes(connection: apsw.Connection, *, device: str, limit: int) -> list[dict[str, Any]]:
    """Newest first."""
    return [_shown(change(row)) for row in connection.execute(_SQL, (device, limit))]


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
