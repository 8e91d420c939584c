"""What each target was told last, what waits, and what has failed."""

from typing import Any, Final, NamedTuple

import apsw

_TARGETS: Final = """
    SELECT name, max(told_ms), sum(waits), min(due_ms), max(failure), max(failed_ms),
        max(failing_since_ms), max(expired), max(expired_ms) FROM (
            SELECT target AS name, told_ms, told_ms IS NULL AS waits,
                iif(told_ms IS NULL, due_ms, NULL) AS due_ms, NULL AS failure, NULL AS failed_ms,
                NULL AS failing_since_ms, 0 AS expired, NULL AS expired_ms FROM notice
            UNION ALL
            SELECT name, NULL, 0, NULL, failure, failed_ms, failing_since_ms, expired, expired_ms
                FROM target)
    GROUP BY name"""


class Told(NamedTuple):
    """How it goes with a target, as the journal has it.

    Attributes:
        told_ms: when something arrived last.
        waiting, due_ms: things it is still to be told, and when the next message goes.
        last_failure, last_failed_ms: of what failed last, mended or not.
        failing_since_ms: since when nothing arrives; None: it does.
        expired, expired_ms: things nobody could tell it in time, and when that was last.
    """

    told_ms: int | None = None
    waiting: int = 0
    due_ms: int | None = None
    last_failure: str | None = None
    last_failed_ms: int | None = None
    failing_since_ms: int | None = None
    expired: int = 0
    expired_ms: int | None = None


def targets(connection: apsw.Connection) -> dict[str, Told]:
    """By the name of the target, as far as there was anything."""
    rows: Any = connection.execute(_TARGETS)
    return {name: Told(*rest) for name, *rest in rows}
