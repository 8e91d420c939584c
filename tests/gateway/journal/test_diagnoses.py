"""Old diagnoses are joined to stretches of one class: what a timeline says of them stays."""

from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.queries.events import Episode, timeline
from gateway.journal import Journal
from gateway.journal.diagnoses import Diagnoses
from tests.gateway.rig import NOW_MS

MINUTE_MS: Final = 60_000
LATER_MS: Final = 2**62
ALL: Final = 10**6

# Steps to the next row: what is stored once a minute, a change at once, a hole, one once more.
STEPS: Final = st.sampled_from([0, 400, 2_900, 59_800, 60_200, 74_900, 75_100, 600_000])
ROWS: Final = st.lists(
    st.tuples(
        STEPS, st.sampled_from(["normal", "overcurrent"]), st.booleans(), st.sampled_from([1, 2])
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    made = Journal(tmp_path_factory.mktemp("diagnoses") / "journal.db")
    yield made
    made.close()


def fill(journal: Journal, rows: list[tuple[int, str, bool, int]]) -> None:
    time_ms = NOW_MS
    for at, (step_ms, fault, is_end, device_id) in enumerate(rows):
        time_ms += step_ms
        body = (
            f'{{"fault_label":"{fault}","fault_code":1,"severity":"Low",'
            f'"confidence":{at / 64},"stale":{str(is_end).lower()}}}'
        )
        journal._run(
            "INSERT INTO diagnosis(device, time_ms, fault, changed, body) VALUES (?,?,?,0,?)",
            (device_id, time_ms, fault, body),
        )


def told(journal: Journal, device_id: int, from_ms: int = 0) -> list[Episode]:
    return timeline(
        journal._connection,
        device_id=device_id,
        from_ms=from_ms,
        to_ms=LATER_MS,
        judged_ms=0,
        lasts=False,
        limit=1_000,
    )


def count(journal: Journal) -> int:
    [(found,)] = journal._run("SELECT count(*) FROM diagnosis", ())
    return int(found)


def join(journal: Journal, *, before_ms: int = LATER_MS, limit: int = ALL) -> int:
    return Diagnoses(journal._run).join(before_ms=before_ms, limit=limit)


@given(rows=ROWS, limit=st.integers(1, 40), young=st.integers(0, 10))
def test_the_timeline_stays_what_it_was(
    journal: Journal, rows: list[tuple[int, str, bool, int]], limit: int, young: int
) -> None:
    journal.begin()
    fill(journal, rows)
    before = [told(journal, device_id) for device_id in (1, 2)]
    for _ in range(len(rows)):
        join(journal, before_ms=NOW_MS + 60 * MINUTE_MS - young * MINUTE_MS, limit=limit)
    assert [told(journal, device_id) for device_id in (1, 2)] == before
    journal.rollback()


def test_a_day_of_one_class_is_one_row_with_the_greatest_confidence(journal: Journal) -> None:
    journal.begin()
    fill(journal, [(MINUTE_MS, "normal", False, 1)] * 50 + [(400, "overcurrent", False, 1)])
    [normal, fault] = told(journal, 1)
    gone = sum(join(journal, limit=7) for _ in range(20))
    assert (gone, count(journal)) == (49, 2)
    assert told(journal, 1) == [normal, fault]
    assert normal.confidence == 49 / 64
    assert told(journal, 1, from_ms=fault.start_ms)[-1] == fault
    assert join(journal) == 0
    journal.rollback()


def test_stretches_are_kept_as_long_as_alarms(journal: Journal) -> None:
    journal.begin()
    fill(journal, [(MINUTE_MS, "normal", False, 1)] * 50 + [(600_000, "normal", False, 2)])
    late_ms = NOW_MS + 1_000 * MINUTE_MS
    for alarms_ms, left in ((NOW_MS + 40 * MINUTE_MS, 2), (late_ms, 1)):
        journal.prune_history(before_ms=late_ms, minutes_ms=0, alarms_ms=alarms_ms)
        assert count(journal) == left
    journal.rollback()
