"""What one device measured around an alarm, out of journal and archive."""

import apsw

from contract.messages import Value
from gateway.archive.shadow import reaching_back
from gateway.journal.excerpts import Span
from gateway.journal.verdicts import ExcerptSource


def values_around(
    connection: apsw.Connection, device_id: int, span: Span
) -> list[tuple[int, dict[str, Value]]]:
    """(time, values) of each reading within, both ends included.

    Raises:
        Unreadable: a file of the archive is missing, or cannot be read.
    """
    with reaching_back(connection, device_id, span.from_ms, span.to_ms + 1):
        return ExcerptSource(connection).values(device_id, span)
