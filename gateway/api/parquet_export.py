"""Readings or events of machines out of journal and archive as one Parquet file, a group at a time.

What is read and what is made of it are apart: whoever reads has a connection to the journal, and
whoever encodes needs none, so that a mistake of that is no damage of the journal.
"""

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import apsw

from gateway.api.export import Extent, Piece, Source
from gateway.api.instants import LATEST_MS, iso
from gateway.api.left_out import LeftOut
from gateway.archive import words
from gateway.archive.rows import NEWEST, Item
from gateway.archive.stream import Stream

if TYPE_CHECKING:
    from gateway.archive.sharing import Shared

GROUP_ROWS: Final = 20_000  # as the archive's own files have them


class ParquetExport:
    """One file of one or more machines, one after the other, each in order of time."""

    media_type = "application/vnd.apache.parquet"
    ending = "parquet"

    def __init__(
        self,
        sources: Sequence[Source],
        extent: Extent,
        *,
        site: str,
        of_events: bool = False,
        left_out: LeftOut | None = None,
    ) -> None:
        """``left_out``: takes what cannot be read."""
        self._sources, self._extent = sources, extent
        self._site, self._of_events, self._left_out = site, of_events, left_out
        self._at = (extent.from_ms, -NEWEST)  # the last item that was read
        self._file: Shared | None = None
        self.rows = 0
        self.done = 0

    def head(self) -> bytes:
        return b""

    def read(self, connection: apsw.Connection, /) -> Piece | None:
        while self.done < len(self._sources):
            source = self._sources[self.done]
            if items := self._items(connection, source):
                self.rows += len(items)
                self._at = items[-1][:2]
                return partial(self._put, source.device, items)
            self.done += 1
            self._at = (self._extent.from_ms, -NEWEST)
        return None

    def _items(self, connection: apsw.Connection, source: Source) -> list[Item]:
        stream = Stream(
            connection,
            device_id=source.device_id,
            up_to_id=self._extent.up_to_id,
            spare=self._left_out.of(source.device) if self._left_out else None,
        )
        from_ms, after_id = self._at
        found: list[Item] = []
        with connection, closing(stream):  # one snapshot
            items = stream.items(
                from_ms=from_ms,
                to_ms=self._extent.to_ms,
                after_id=after_id,
                of_events=self._of_events,
            )
            found.extend(islice(items, GROUP_ROWS))
        return found

    def _put(self, device: str, items: Sequence[Item]) -> bytes:
        return self._opened().put(device, items)

    def end(self) -> bytes:
        return self._opened().end(self._left_out.sentences if self._left_out else [])

    def broken_off(self, _: Exception, /) -> bytes:
        """Nothing: without its end it is no Parquet file."""
        return b""

    def _opened(self) -> "Shared":
        if self._file is None:
            from gateway.archive.sharing import Owner, Shared  # noqa: PLC0415  (100 MB: pyarrow)

            owners = [
                Owner(
                    each.device,
                    each.asset.name,
                    each.asset.title,
                    {} if self._of_events else words.of(each.asset),
                )
                for each in self._sources
            ]
            self._file = Shared(owners, self._about())
        return self._file

    def _about(self) -> dict[str, Any]:
        from_ms, to_ms, _ = self._extent
        return {
            "site": self._site,
            "holds": "events" if self._of_events else "readings",
            "from": iso(from_ms) if from_ms else None,
            "to": iso(to_ms) if to_ms < LATEST_MS else None,
            "time_zone": "UTC",
        }
