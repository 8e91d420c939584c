"""Raw readings, page after page: each once, in order, wherever it lies by then."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from contract.errors import Refused, Unreadable
from gateway.api.cursors import Cursor, cursor_of
from gateway.api.instants import LATEST_MS
from gateway.api.queries import raw
from gateway.api.queries.raw import Page
from gateway.archive.files import DayFile
from gateway.archive.rows import Item
from gateway.archive.shadow import reaching_back
from tests.gateway.archive.archives import (
    DAY0,
    DAYS,
    EACH,
    archivist,
    come_late,
    connected,
    held,
    reading,
    work,
)
from tests.gateway.rig import Rig, telemetry

BEGIN = Cursor.at(1, from_ms=0, to_ms=LATEST_MS)


def asked(
    directory: Path, behind: Cursor = BEGIN, *, limit: int = 50, channels: list[str] | None = None
) -> Page:
    with closing(connected(directory)) as connection:
        connection.execute("BEGIN")  # one snapshot
        return raw.page(connection, device="fan-01", behind=behind, channels=channels, limit=limit)


def walked(directory: Path, between: Callable[[int], None] = lambda _: None) -> list[int]:
    """The numbers of all readings, with something done before each page."""
    found, behind, more, count = list[int](), BEGIN, True, 0
    while more:
        between(count)
        shown = asked(directory, behind)
        found += [each.seq for each in shown.readings]
        behind = cursor_of(shown.cursor, device_id=1, device="fan-01")
        more, count = shown.more, count + 1
    return found


def test_a_walk_is_the_same_though_days_go_to_files_and_others_come_meanwhile(
    rig: Rig, tmp_path: Path
) -> None:
    expected = [one.seq for one in held(tmp_path) if one.event is None]
    assert len(expected) == DAYS * (EACH - 1) + 1

    def between(pages: int) -> None:
        if pages == 3:
            work(archivist(rig))
        if pages == 5:
            come_late(rig)  # one before all that comes yet, and one behind all

    found = walked(tmp_path, between)
    assert found == [*expected, DAYS * EACH + 3]
    assert len(walked(tmp_path)) == len(expected) + 2
    late = asked(tmp_path, Cursor.at(1, from_ms=DAY0, to_ms=LATEST_MS), limit=10_000)
    assert [each.seq for each in late.readings].count(DAYS * EACH + 2) == 1
    assert not late.more


def test_what_has_come_since_is_told_by_the_last_cursor(rig: Rig, tmp_path: Path) -> None:
    work(archivist(rig))
    last = asked(tmp_path, limit=10_000)
    behind = cursor_of(last.cursor, device_id=1, device="fan-01")
    again = asked(tmp_path, behind)
    assert (again.readings, again.more, again.cursor) == ([], False, last.cursor)
    rig.take(telemetry("fan-01", reading(DAYS * EACH + 2, rig.now_ms)))
    assert [each.seq for each in asked(tmp_path, behind).readings] == [DAYS * EACH + 2]


def test_what_is_told_rarely_is_looked_for_in_pieces(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, "MOST_LOOKED_AT", 100)
    work(archivist(rig))
    behind, found, sizes = BEGIN, list[int](), list[int]()
    for _ in range(20):
        shown = asked(tmp_path, behind, channels=["ambient"])
        behind = cursor_of(shown.cursor, device_id=1, device="fan-01")
        found += [each.seq for each in shown.readings]
        sizes.append(len(shown.readings))
        if not shown.more:
            break
    assert found == [4, EACH + 4]
    assert sizes.count(0) > 2
    assert not shown.more


def test_a_file_that_breaks_off_leaves_the_connection_free(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(archivist(rig))
    come_late(rig)
    items = DayFile.items

    def broken(self: DayFile, **span: int) -> Iterator[Item]:
        yield from islice(items(self, **span), 3)
        raise Unreadable("its end is missing")

    with closing(connected(tmp_path)) as connection:
        with monkeypatch.context() as patched, connection:
            patched.setattr(DayFile, "items", broken)
            with pytest.raises(Unreadable) as held:
                raw.page(connection, device="fan-01", behind=BEGIN, channels=None, limit=50)
        with reaching_back(connection, 1, DAY0, DAY0 + 1):
            pass
    assert "its end is missing" in str(held.value)


def test_what_is_kept_with_a_reading_is_shown(rig: Rig, tmp_path: Path) -> None:
    work(archivist(rig))
    shown = asked(tmp_path, limit=6).readings
    assert shown[3].aside is not None
    assert b'"reason":"not_a_number"' in bytes(shown[3].aside)
    assert "vibration" not in shown[3].values
    assert (shown[5].truth, shown[4].truth) == ("normal", None)
    assert {each.stamped for each in shown} == {"board"}
    assert [each.board_ms for each in shown] == [each.time_ms for each in shown]


BEYOND = (
    BEGIN._replace(time_ms=2**63),
    BEGIN._replace(time_ms=-1),
    BEGIN._replace(row=-(2**63)),
    BEGIN._replace(to_ms=10**30),
)


@pytest.mark.parametrize(
    "text",
    ["", "AAAA", "W10", "ünïcode", "!!!!", BEGIN.text()[:-3], *(each.text() for each in BEYOND)],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="is no cursor"):
        cursor_of(text, device_id=1, device="fan-01")


def test_a_cursor_is_of_one_machine() -> None:
    assert cursor_of(BEGIN.text(), device_id=1, device="fan-01") == BEGIN
    with pytest.raises(Refused, match="another machine than fan-02"):
        cursor_of(BEGIN.text(), device_id=2, device="fan-02")
