"""Where a commit is waited for: on the spot while the disk is prompt, else in a thread."""

import threading
from collections.abc import Callable

import pytest

from gateway.ingest.disk_pace import LARGE, PROMPT_S, SHARE, DiskPace
from tests.gateway.rig import Rig, reading, telemetry


def test_a_disk_is_prompt_until_it_was_slow_and_again_after_fifty_times_as_long() -> None:
    pace = DiskPace()
    assert pace.is_prompt(rows=1, now_s=0.0)
    pace.note(took_s=PROMPT_S, now_s=100.0)
    assert pace.is_prompt(rows=1, now_s=100.0)
    pace.note(took_s=0.1, now_s=100.0)
    assert not pace.is_prompt(rows=1, now_s=100.0 + 0.1 * SHARE - 0.001)
    assert pace.is_prompt(rows=1, now_s=100.0 + 0.1 * SHARE)


def test_a_disk_that_was_hardly_slow_rests_a_second() -> None:
    pace = DiskPace()
    pace.note(took_s=1.1 * PROMPT_S, now_s=100.0)
    assert not pace.is_prompt(rows=1, now_s=100.9)
    assert pace.is_prompt(rows=1, now_s=101.0)


def test_a_large_commit_is_always_a_threads() -> None:
    assert DiskPace().is_prompt(rows=LARGE - 1, now_s=0.0)
    assert not DiskPace().is_prompt(rows=LARGE, now_s=0.0)


@pytest.fixture
def commits(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each commit, whether it was the loop's own thread that waited."""
    seen: list[bool] = []
    commit, loops = rig.journal.commit, threading.current_thread()
    rig.pipeline._disk_pace = DiskPace()  # whatever the disk was like until now

    def commit_and_note() -> None:
        seen.append(threading.current_thread() is loops)
        commit()

    monkeypatch.setattr(rig.journal, "commit", commit_and_note)
    return seen


def note_slow(rig: Rig) -> None:
    rig.pipeline._disk_pace.note(took_s=1e9, now_s=0.0)


@pytest.mark.parametrize(
    ("readings", "before", "on_the_spot"),
    [(1, lambda _: None, True), (1, note_slow, False), (LARGE, lambda _: None, False)],
    ids=["prompt", "slow disk", "large"],
)
def test_a_reading_waits_for_the_disk_where_that_is_quicker(
    rig: Rig,
    commits: list[bool],
    readings: int,
    before: Callable[[Rig], None],
    *,
    on_the_spot: bool,
) -> None:
    before(rig)
    rig.take(*(telemetry("fan-01", reading(seq)) for seq in range(1, readings + 1)))
    assert commits[0] is on_the_spot
    assert rig.rows("SELECT count(*) FROM reading") == [(readings,)]
