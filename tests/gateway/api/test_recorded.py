"""The newest values of a machine that sends nothing, out of what is stored of it."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial

import apsw
import pytest

from gateway.api.queries import recorded as recorded_
from gateway.api.queries.recorded import Recorded, recorded
from gateway.journal.reader import open_read_only
from tests.gateway.api.workshop import GOOD, NOON_MS, Workshop
from tests.gateway.sqlite_steps import steps_of

STEP_MS = 10


@pytest.fixture
def connection(empty_workshop: Workshop) -> Iterator[apsw.Connection]:
    with closing(open_read_only(empty_workshop.settings.journal_path)) as found:
        yield found


def store(workshop: Workshop, count: int) -> None:
    """So many readings at 100 Hz up to noon; the first alone has the ambient."""
    first_ms = NOON_MS - (count - 1) * STEP_MS
    told = [(first_ms + at * STEP_MS, GOOD) for at in range(1, count)]
    workshop.store(workshop.add("fan-01"), [(first_ms, GOOD | {"ambient": 21.0}), *told])


def asked(connection: apsw.Connection, *names: str) -> tuple[int, Recorded]:
    """How many of SQLite's steps it takes, and what is told."""
    return steps_of(connection, partial(recorded, connection, device="fan-01", names=names))


def test_what_the_newest_reading_tells_is_not_looked_for_in_an_hour(
    empty_workshop: Workshop, connection: apsw.Connection
) -> None:
    store(empty_workshop, 4_000)
    few, told = asked(connection, "rpm", "current")
    assert told == Recorded(NOON_MS, {"rpm": GOOD["rpm"], "current": GOOD["current"]}, {})
    many, told = asked(connection, "rpm", "ambient")
    assert (told.values["ambient"], told.times_ms) == (21.0, {"ambient": NOON_MS - 39_990})
    assert many > 5 * few


def test_of_very_many_readings_the_newest_are_looked_through(
    empty_workshop: Workshop, connection: apsw.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(empty_workshop, 4_000)
    monkeypatch.setattr(recorded_, "MOST", 500)
    assert asked(connection, "rpm", "ambient")[1] == Recorded(NOON_MS, {"rpm": GOOD["rpm"]}, {})
