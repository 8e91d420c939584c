"""A journal that was filled before it noted what happens to alarms opens, and old news stay old."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw
import pytest

from gateway.journal.schema import MIGRATIONS
from tests.gateway.sinks.keeper import Keeper, now_ms
from tests.gateway.sinks.people.office import MINUTE_MS, ROUTES, Hook, Post, targets

BEFORE_TRANSITIONS: Final = 6
BEFORE_ESCALATION: Final = 7
ALARMS: Final = {  # name: acknowledged, cleared, shelved until, in minutes from the raise
    "open": (None, None, None),
    "seen": (1, None, None),
    "over": (None, 2, None),
    "shelf": (None, None, 90),
}


def fill(path: Path, *, version: int, raised_ms: int) -> None:
    """A journal of that version of its tables, with an alarm of each kind."""
    with contextlib.closing(apsw.Connection(str(path))) as connection:
        for migration in MIGRATIONS[:version]:
            connection.execute(migration)
        connection.pragma("user_version", version)
        connection.execute(
            "INSERT INTO device(name,asset,first_seen_ms,last_seen_ms) VALUES ('fan-01','fan',1,1)"
        )
        for revision, (name, minutes) in enumerate(ALARMS.items(), 1):
            at = [None if each is None else raised_ms + each * MINUTE_MS for each in minutes]
            connection.execute(
                "INSERT INTO alarm(device,name,kind,severity,text,raised_ms,revision,"
                "acknowledged_ms,cleared_ms,shelved_until_ms)"
                " VALUES (1,?,'limit','High','It is hot.',?,?,?,?,?)",
                (name, raised_ms, revision, *at),
            )


@pytest.fixture(params=[BEFORE_TRANSITIONS, BEFORE_ESCALATION])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Post, int]]:
    raised_ms = now_ms() - 10 * MINUTE_MS
    fill(tmp_path / "journal.db", version=request.param, raised_ms=raised_ms)
    keeper = Keeper(tmp_path)
    keeper._devices["fan-01"] = 1
    made = Post(keeper)
    yield made, raised_ms
    made.stop()
    keeper.close()


def test_of_old_alarms_nobody_is_told_but_of_what_happens_from_now_on(
    old: tuple[Post, int], hook: Hook
) -> None:
    post, raised_ms = old
    patient = 'escalate_after_min = 1\nescalate_to = ["office"]\nacknowledged = true\n'
    post.file.write_text(targets(office=hook.address) + ROUTES + patient)
    post.start()
    for name in ("open", "seen"):
        post.keeper.put_alarm(raised_ms=raised_ms, name=name, cleared_ms=now_ms())
    post.keeper.put_alarm(raised_ms=raised_ms, name="shelf", word_ms=now_ms() + 90 * MINUTE_MS)
    post.wait(lambda: bool(hook.titles))
    assert "its time on the shelf is over" in hook.bodies[0]
    post.keeper.put_alarm(raised_ms=now_ms(), name="new", severity="Critical")
    post.wait(lambda: len(hook.titles) == 2)
    post.wait(post.is_done)
    assert [title.split(":")[0] for title in hook.titles] == ["Off the shelf, High", "Critical"]
    assert post.rows("SELECT count(*) FROM alarm") == [(len(ALARMS) + 1,)]
