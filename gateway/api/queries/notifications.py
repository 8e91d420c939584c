"""What each target was told last, and what waits."""

from typing import Any, Final

import apsw

_TARGETS: Final = "SELECT target, max(told_ms), sum(told_ms IS NULL) FROM notice GROUP BY target"


def targets(connection: apsw.Connection) -> dict[str, tuple[int | None, int]]:
    """Target to when it was told last, and how much it is still to be told."""
    rows: Any = connection.execute(_TARGETS)
    return {name: (told_ms, waiting) for name, told_ms, waiting in rows}
