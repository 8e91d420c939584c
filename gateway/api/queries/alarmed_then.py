"""Alarms and what people say of them as they were at a time: any SQL finds these.

Temporary views stand before the journal's tables of the same name, as in ``known``. A row of an
alarm says when each thing happened to it, and not what it was before: what got graver since, or
was put together with another, is as it is now.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import apsw

_STAYS: Final = (
    "id", "device", "name", "kind", "severity", "text", "raised_ms", "part_of", "own", "findings",
    "cause", "asked_ms",
)  # fmt: skip
# What happened since at the time of a column had not happened then.
_HAPPENS: Final = {
    "acknowledged_ms": ("acknowledged_ms", "acknowledged_by", "note"),
    "cleared_ms": ("cleared_ms", "over"),
    "word_ms": ("word_ms", "shelved_until_ms", "shelved_by", "shelved_note"),
    "suppressed_ms": ("suppressed_ms", "suppressed_until_ms", "suppressed_by"),
}
_HAPPENED: Final = [
    f"iif({when} <= {{at_ms:d}}, {name}, NULL) AS {name}"
    for when, names in _HAPPENS.items()
    for name in names
]
# How often one came that was open then, nobody can tell: it may have come again since.
_COUNT: Final = "iif(cleared_ms <= {at_ms:d}, count, 1) AS count"
_MAKE: Final = (
    f"CREATE TEMP VIEW alarm AS SELECT {', '.join((*_STAYS, *_HAPPENED, _COUNT))}"  # noqa: S608
    " FROM main.alarm WHERE raised_ms <= {at_ms:d}"
)
_MAKE_SAID: Final = (
    "CREATE TEMP VIEW verdict AS SELECT * FROM main.verdict WHERE decided_ms <= {at_ms:d}"
)
_DROP: Final = ("DROP VIEW IF EXISTS temp.verdict", "DROP VIEW IF EXISTS temp.alarm")

NOT_TOLD: Final = (
    "An alarm that was still open then counts once, however often it came back within a minute;"
    " one that became graver or was put together with another since is told as it is now."
)


@contextmanager
def alarms_as_known(connection: apsw.Connection, at_ms: int | None) -> Iterator[None]:
    """Within, ``alarm`` and ``verdict`` are as they were then; None: as they are."""
    if at_ms is None:
        yield
        return
    with connection:  # one snapshot
        try:
            for sql in (_MAKE, _MAKE_SAID):
                connection.execute(sql.format(at_ms=at_ms))
            yield
        finally:
            for sql in _DROP:
                connection.execute(sql)
