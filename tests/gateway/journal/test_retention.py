"""What goes is found without reading what stays, whatever clocks did when it came."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.journal import Journal, Quarantined
from gateway.journal.retention import EPOCHS_KEPT, SWEEP_ROWS
from tests.gateway import sqlite_steps
from tests.gateway.rig import DAY_MS, NOW_MS

ROWS = 30_000
STEPS_A_CALL = 60_000  # of SQLite's machine; one look at each of the rows below takes many more


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.db")
    made.begin()
    yield made
    made.rollback()
    made.close()


def fill(journal: Journal, received_ms: str, count: int = ROWS) -> None:
    """``count`` readings, received at what the SQL says of each one's ``id``."""
    journal._run(
        "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ?)"
        " INSERT INTO reading(id, epoch, seq, device, time_ms, received_ms, stamped, body)"
        f" SELECT id, 1, id, 1, {received_ms}, {received_ms}, 0, '{{}}' FROM n",
        (count,),
    )
    journal.next_id = count + 1


def prune(journal: Journal, before_ms: int, *, limit: int = 5_000, rounds: int = 1) -> int:
    """So many rounds of the housekeeper, each of which goes on while something goes."""
    gone = 0
    for _ in range(rounds):
        while now := journal.prune(before_ms=before_ms, up_to_id=ROWS, limit=limit):
            assert now <= limit
            gone += now
    return gone


def steps_of(journal: Journal, work: Callable[[], object]) -> int:
    return sqlite_steps.steps_of(journal._connection, work)[0]


def left(journal: Journal) -> list[int]:
    return [id_ for (id_,) in journal._run("SELECT id FROM reading ORDER BY id")]


# ---------------------------------------------------------------- readings


def test_a_round_that_drops_nothing_reads_next_to_nothing(journal: Journal) -> None:
    fill(journal, f"{NOW_MS} + id")
    steps = steps_of(journal, lambda: prune(journal, NOW_MS, rounds=1))
    assert steps < 20 * SWEEP_ROWS < ROWS


def test_a_round_that_drops_a_few_reads_a_few(journal: Journal) -> None:
    fill(journal, f"{NOW_MS} + id")
    few = steps_of(journal, lambda: journal.prune(before_ms=NOW_MS + 50, up_to_id=ROWS, limit=100))
    assert left(journal)[0] == 50
    assert few < 20_000


def test_rows_of_a_clock_that_was_ahead_keep_none_behind_them(journal: Journal) -> None:
    ahead = SWEEP_ROWS * 3
    fill(journal, f"iif(id <= {ahead}, {NOW_MS + 3_650 * DAY_MS}, {NOW_MS} + id)")
    gone = prune(journal, NOW_MS + 20_001, rounds=8)
    assert gone == 20_000 - ahead
    assert left(journal) == [*range(1, ahead + 1), *range(20_001, ROWS + 1)]
    # From here on they are passed over at once.
    assert prune(journal, NOW_MS + 20_501) == 500


def test_one_young_row_among_old_ones_stays(journal: Journal) -> None:
    fill(journal, f"iif(id % 7000 = 0, {NOW_MS + DAY_MS}, {NOW_MS})")
    prune(journal, NOW_MS + 1, rounds=3)
    assert left(journal) == [7_000, 14_000, 21_000, 28_000, ROWS]


@pytest.mark.slow
@settings(max_examples=40)
@given(
    ages=st.lists(st.integers(0, 9), min_size=1, max_size=60),
    horizon=st.integers(0, 10),
    limit=st.integers(1, 20),
)
def test_in_the_end_just_the_old_are_gone(
    tmp_path_factory: pytest.TempPathFactory, ages: list[int], horizon: int, limit: int
) -> None:
    journal = Journal(tmp_path_factory.mktemp("journal") / "journal.db")
    journal.begin()
    cases = " ".join(f"WHEN {at} THEN {age}" for at, age in enumerate(ages, start=1))
    fill(journal, f"CASE id {cases} END", len(ages))
    # As many rounds as a sweep from end to end takes, and one more.
    prune(journal, horizon, limit=limit, rounds=2 * len(ages) + 2)
    newest = len(ages)
    stay = [at for at, age in enumerate(ages, start=1) if age >= horizon or at == newest]
    assert left(journal) == stay
    journal.rollback()
    journal.close()


# ---------------------------------------------------------------- history and quarantine


def fill_history(journal: Journal) -> None:
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})"
    at = f"{NOW_MS} + i * 60000"
    for into in (
        f"minute SELECT i % 50, {at}, '{{}}', i FROM n",
        (
            "diagnosis(id,device,time_ms,fault,changed,body,until_ms)"
            f" SELECT i, i % 50, {at}, 'normal', 0, '{{}}', {at} FROM n"
        ),
        f"gap SELECT i, 1, i, i, 1, {at} FROM n",
        (
            "alarm(id,device,name,kind,severity,text,raised_ms,cleared_ms,revision)"
            f" SELECT i, 1, 'x', 'limit', 'Low', '', {at}, {at}, i FROM n"
        ),
    ):
        journal._run(f"{numbers} INSERT INTO {into}")


def test_history_is_dropped_by_its_age_and_not_looked_through(journal: Journal) -> None:
    fill_history(journal)
    nothing = steps_of(
        journal,
        lambda: journal.prune_history(before_ms=NOW_MS, minutes_ms=NOW_MS, alarms_ms=NOW_MS),
    )
    assert nothing < 2_000
    gone = 0

    def drop() -> None:
        nonlocal gone
        before_ms = NOW_MS + 101 * 60_000
        dropped = journal.prune_history(
            before_ms=before_ms, minutes_ms=before_ms, alarms_ms=before_ms
        )
        gone = sum(dropped.values())

    assert steps_of(journal, drop) < STEPS_A_CALL
    assert gone == 7 * 100  # a cleared alarm is an anomaly and has two transitions


def test_alarms_are_kept_longer_than_readings(journal: Journal) -> None:
    fill_history(journal)
    later_ms = NOW_MS + 101 * 60_000
    gone = journal.prune_history(before_ms=later_ms, minutes_ms=later_ms, alarms_ms=NOW_MS)
    assert (gone["alarm"], gone["minute"], gone["diagnosis"]) == (0, 100, 0)


def test_heavy_quarantine_is_found_from_its_old_end(journal: Journal) -> None:
    refused = Quarantined(NOW_MS, "fan-01", "t", "not_json", "d", None, None, b"x" * 10)
    journal.add_quarantined([refused] * ROWS)
    limits = {"rows": ROWS, "raw_bytes": 10 * ROWS}
    assert steps_of(journal, lambda: journal.prune_quarantine(**limits)) < 1_000
    limits["raw_bytes"] -= 1_000
    assert steps_of(journal, lambda: journal.prune_quarantine(**limits)) < 20_000
    assert journal._run("SELECT count(*), min(id) FROM quarantine") == [(ROWS - 100, 101)]


def test_what_stands_in_quarantine_is_known_after_a_restart(tmp_path: Path) -> None:
    refused = Quarantined(NOW_MS, "fan-01", "t", "not_json", "d", None, None, b"x" * 10)
    for _ in range(2):
        journal = Journal(tmp_path / "journal.db")
        journal.begin()
        journal.add_quarantined([refused] * 10)
        journal.prune_quarantine(rows=100, raw_bytes=150)
        journal.commit()
        journal.close()
    journal = Journal(tmp_path / "journal.db")
    assert journal._run("SELECT count(*) FROM quarantine") == [(15,)]
    journal.close()


# ---------------------------------------------------------------- epochs


def test_settled_and_empty_epochs_go_beyond_the_newest_hundred(journal: Journal) -> None:
    count = 2 * SWEEP_ROWS + 500
    for at in range(1, count + 1):
        journal.add_epoch(device_id=1, name=f"e-{at}")
    other = journal.add_epoch(device_id=2, name="e-1")
    journal.put_watermarks([(at, 1, []) for at in range(1, count + 1)])
    journal.put_watermarks([(7, 1, [(3, 3)])])  # a hole stands open
    fill(journal, f"{NOW_MS}", 1)  # epoch 1 has a reading
    for _ in range(4):
        journal.prune_epochs(in_use={11, 12})
    kept = [id_ for (id_,) in journal._run("SELECT id FROM epoch ORDER BY id")]
    assert kept == [1, 7, 11, 12, *range(count - EPOCHS_KEPT + 1, count + 1), other]
