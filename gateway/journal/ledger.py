"""What people set, one row a change: written in the writer's open transaction, never rewritten."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from gateway.journal.rows import Change

CHANGES_KEPT: Final = 1_000  # of each name of a device; those that count now are among them
CHANGE_COLUMNS: Final = "id,device,kind,name,valid_from_ms,value,source,changed_ms,changed_by"

_ADD: Final = (
    "INSERT INTO registry(device,kind,name,valid_from_ms,value,source,changed_ms,changed_by)"
    " VALUES (?,?,?,?,?,?,?,?) RETURNING id"
)
# A parameter's versions count for ever: only what was set again for the same date may go.
_PRUNE: Final = (
    "DELETE FROM registry WHERE id IN (SELECT id FROM registry"
    " WHERE device = ?1 AND kind = ?2 AND name = ?3 AND valid_from_ms IS ?4"
    " ORDER BY id DESC LIMIT -1 OFFSET ?5)"
)

Run = Callable[[str, Sequence[Any]], list[Any]]


class Ledger:
    """``run`` executes SQL in the writer's transaction."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def add(self, change: Change) -> int:
        """Enter it; returns its id."""
        id_ = int(self._run(_ADD, _columns(change))[0][0])
        key = (change.device, change.kind, change.name, change.valid_from_ms)
        self._run(_PRUNE, (*key, CHANGES_KEPT))
        return id_


def _columns(change: Change) -> tuple[Any, ...]:
    return (
        change.device, change.kind, change.name, change.valid_from_ms,
        None if change.value is None else change.value.decode(), change.source,
        change.changed_ms, change.changed_by,
    )  # fmt: skip
