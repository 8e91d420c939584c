"""What is carried out of the house stays in it."""

import errno
from collections.abc import Sequence
from contextlib import closing
from io import FileIO
from typing import Any

import pytest

from contract.errors import StorageFull
from gateway.journal import wal
from gateway.journal.reader import open_read_only
from gateway.journal.streams import READINGS, Row, Stream
from gateway.sinks.carrier import Carrier
from gateway.sinks.sink import Difference, Refused
from tests.gateway.sinks.keeper import Keeper, now_ms


class Outside:
    """A sink, and what one connects to: a list."""

    name = "outside"
    target = 1
    marks: dict[str, int] = {}  # noqa: RUF012 - never any
    detail = trouble = ""

    def __init__(self) -> None:
        self.happened: list[str] = []

    def beginning(self, _journal: object) -> dict[str, int]:
        return {}

    def deliver(self, _stream: Stream, rows: Sequence[Row]) -> list[Refused]:
        self.happened.append(f"{len(rows)} delivered")
        return []

    def compare(self, **_span: object) -> list[Difference]:
        return []


@pytest.fixture
def outside() -> Outside:
    return Outside()


def advance(keeper: Keeper, outside: Any) -> bool:
    with closing(open_read_only(keeper.path)) as journal:
        carrier = Carrier(
            sink=outside, journal=journal, delivery=outside, quarantine=_none, now_ms=now_ms
        )
        return carrier.advance(READINGS)


def _none(_refused: object) -> None:
    raise AssertionError


def test_rows_are_on_the_disk_before_they_are_elsewhere(
    keeper: Keeper, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut the journal would give their numbers to others, which nobody would send."""
    sync = wal.sync

    def watched(log: FileIO) -> None:
        sync(log)
        outside.happened.append("synced")

    keeper.add(times_ms=[now_ms(), now_ms() + 200])
    monkeypatch.setattr(wal, "sync", watched)
    assert advance(keeper, outside)
    assert outside.happened == ["synced", "2 delivered"]


def test_rows_that_the_disk_does_not_take_stay(
    keeper: Keeper, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_log: FileIO) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    keeper.add(times_ms=[now_ms()])
    monkeypatch.setattr(wal, "sync", refuse)
    with pytest.raises(StorageFull, match="full"):
        advance(keeper, outside)
    assert not outside.happened
