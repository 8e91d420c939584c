"""A machine in, how much is kept of it out."""

from typing import Any

import apsw

from gateway.journal.removals import counts

_NOBODY = -1


def kept(connection: apsw.Connection, *, device: str) -> dict[str, Any]:
    """Rows of each kind, and the time of its first reading; of who never reported all is 0."""
    found = connection.execute("SELECT id FROM device WHERE name = ?", (device,)).fetchone()
    id_ = int(found[0]) if found else _NOBODY
    return counts(connection, device_id=id_, name=device)
