"""Lines to the server in batches; when it refuses one, halves find the bad line, the rest go."""

from collections.abc import Sequence
from typing import Final

from contract.errors import Misconfigured, Rejected
from gateway.sinks.influxdb.server import Bucket, Server, TooLarge

# More refusals in a row than this are no bad lines but a wrong server: hold rather than quarantine.
HOLD_AFTER: Final = 100


class Sender:
    """Writes lines, finds the ones that the server will not have."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._refused_in_a_row = 0

    def send(self, bucket: Bucket, lines: Sequence[str]) -> list[tuple[int, str]]:
        """Write ``lines``; returns index and reason of each that the server refuses.

        A refused batch may have been written in part: its halves are written again, which is
        harmless because equal points overwrite each other.

        Raises:
            Misconfigured: also when line after line is refused. Unavailable: try again later.
        """
        refused = []
        waiting = [(0, len(lines))] if lines else []
        while waiting:
            start, end = waiting.pop()
            try:
                self._server.write(bucket, lines[start:end])
            except Rejected as error:
                if end - start > 1:
                    middle = (start + end) // 2
                    waiting += [(middle, end), (start, middle)]
                else:
                    self._count_refusal(error)
                    refused.append((start, error.detail))
            else:
                self._refused_in_a_row = 0
        return refused

    def _count_refusal(self, error: Rejected) -> None:
        if self._refused_in_a_row >= HOLD_AFTER and not isinstance(error, TooLarge):
            raise Misconfigured(f"InfluxDB refuses line after line, the last: {error.detail}")
        self._refused_in_a_row += 1
