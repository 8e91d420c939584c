"""Answers as of a time, of which very many minutes have become others since."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest

from gateway.api.queries.began import oldest_of
from gateway.api.queries.revisions import Since, changed_since
from gateway.journal import Journal
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS
from tests.gateway.sqlite_steps import steps_of

LATER_MS = NOON_MS + 100_000_000
_PUT = (
    "INSERT INTO former(device, start_ms, end_ms, changed_ms, body, reason, by)"
    " VALUES (1, ?, ?, ?, ?, ?, '')"
)
_MINUTE = "INSERT INTO minute VALUES (1, ?, '{}', 1)"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[apsw.Connection]:
    with closing(Journal(tmp_path / "journal.db")) as journal:
        journal.add_device(name="fan-01", asset="fan", now_ms=NOON_MS)
    with closing(apsw.Connection(str(tmp_path / "journal.db"))) as found:
        yield found


def restate(connection: apsw.Connection, count: int) -> None:
    """So many minutes from noon on."""
    starts_ms = [NOON_MS + at * MINUTE_MS for at in range(count)]
    with connection:
        connection.executemany(_MINUTE, [(ms,) for ms in starts_ms])
        rows = [(ms, ms + MINUTE_MS, LATER_MS, "{}", "restated") for ms in starts_ms]
        connection.executemany(_PUT, rows)


def run(connection: apsw.Connection, first: int, last: int, reason: str = "late") -> None:
    """Minutes of which nobody had known."""
    start_ms, end_ms = (NOON_MS + at * MINUTE_MS for at in (first, last + 1))
    with connection:
        connection.execute(_PUT, (start_ms, end_ms, LATER_MS - 1, None, reason))


def asked(connection: apsw.Connection, count: int) -> tuple[int, tuple[int | None, Since]]:
    """How many of SQLite's steps it takes, and what is told."""
    span = {"from_ms": NOON_MS, "to_ms": NOON_MS + count * MINUTE_MS}

    def work() -> tuple[int | None, Since]:
        since = changed_since(connection, {1: "fan-01"}, at_ms=NOON_MS, **span)
        return oldest_of(connection, 1, at_ms=NOON_MS), since

    return steps_of(connection, work)


def told(since: Since) -> dict[str, Any]:
    return {each.reason: (each.minutes, each.unknown) for each in since.minutes}


def test_twice_as_many_changes_take_twice_as_long(connection: apsw.Connection) -> None:
    restate(connection, 500)
    few, (oldest_ms, since) = asked(connection, 500)
    assert (oldest_ms, told(since)) == (NOON_MS, {"restated": (500, 0)})
    with connection:
        connection.execute("DELETE FROM former")
        connection.execute("DELETE FROM minute")
    restate(connection, 2000)
    many, (_, since) = asked(connection, 2000)
    assert told(since) == {"restated": (2000, 0)}
    assert many < 6 * few


def test_a_minute_that_became_known_and_changed_again_is_told_once(
    connection: apsw.Connection,
) -> None:
    run(connection, 0, 3)
    run(connection, 6, 7, "restated")
    restate(connection, 10)
    _, (oldest_ms, since) = asked(connection, 10)
    assert oldest_ms == NOON_MS + 4 * MINUTE_MS
    assert told(since) == {"restated": (10, 2), "late": (4, 4)}
