"""A device's readings as they were stored, a page at a time, out of journal and archive as one."""

from collections.abc import Collection, Iterator
from contextlib import closing
from itertools import islice
from typing import Any, Final

import apsw
import msgspec

from contract.messages import Stamp, Value
from gateway.api.cursors import Cursor
from gateway.archive.rows import Item, values_of
from gateway.archive.stream import Stream

# Of an answer: what is rare is looked for in so many readings, then in the next so many.
MOST_LOOKED_AT: Final = 20_000

_STAMPED: Final = {
    Stamp.BOARD: "board",
    Stamp.RECEIPT: "receipt",
    Stamp.WAITED: "waited",
    Stamp.IMPORTED: "imported",
    Stamp.PAST: "board",
}


class RawReading(msgspec.Struct, frozen=True, kw_only=True):
    """One reading, with what is known of its time and of what was set aside."""

    time_ms: int
    epoch: str
    seq: int
    values: dict[str, Value]
    received_ms: int
    board_ms: int | None
    stamped: str
    period_ms: int | None
    truth: str | None
    aside: msgspec.Raw | None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """In order of time. ``cursor``: where to go on; ``more``: whether there may be anything yet."""

    device: str
    readings: list[RawReading]
    cursor: str
    more: bool


def page(
    connection: apsw.Connection,
    *,
    device: str,
    behind: Cursor,
    channels: Collection[str] | None,
    limit: int,
) -> Page:
    """The next ``limit`` readings behind a cursor; fewer where few have one of the ``channels``.

    Raises:
        Unreadable: a file of the archive is missing, or cannot be read.
    """
    found: list[RawReading] = []
    at, more = behind, False
    with closing(Stream(connection, device_id=behind.device_id)) as stream:
        items = stream.items(
            from_ms=behind.time_ms, to_ms=behind.to_ms, after_id=behind.row, of_events=False
        )
        for item in islice(items, MOST_LOOKED_AT):
            more = len(found) == limit
            if more:
                break
            at = at._replace(time_ms=item.time_ms, row=item.id)
            found.extend(_shown(item, channels))
        else:
            more = next(items, None) is not None
    return Page(device=device, readings=found, cursor=at.text(), more=more)


def _shown(item: Item, channels: Collection[str] | None) -> Iterator[RawReading]:
    """The reading, if it says anything of these channels."""
    values: dict[str, Value] = values_of(item.body)
    aside: dict[str, Any] = {} if item.aside is None else msgspec.json.decode(item.aside)
    if channels is not None:
        values = {name: value for name, value in values.items() if name in channels}
        aside = {name: said for name, said in aside.items() if name in channels}
        if not values and not aside:
            return
    yield RawReading(
        time_ms=item.time_ms,
        epoch=item.epoch,
        seq=item.seq,
        values=values,
        received_ms=item.received_ms,
        board_ms=item.time_ms
        if item.board_ms is None and item.stamped in Stamp.BY_BOARD
        else item.board_ms,
        stamped=_STAMPED[item.stamped],
        period_ms=item.period_ms,
        truth=item.truth,
        aside=msgspec.Raw(msgspec.json.encode(aside)) if aside else None,
    )
