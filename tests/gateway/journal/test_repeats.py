"""What comes a second time when its row is gone, and what a new board does to a start."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateway.rig import (
    DAY_MS,
    EPOCH,
    NOW_MS,
    VALUES,
    Rig,
    reading,
    telemetry,
)

# ---------------------------------------------------------------- repeats of what is gone


@pytest.fixture
def pruned(rig: Rig) -> Rig:
    """Readings 1 to 20 without times, 8 refused and 9 and 10 reported gone; all rows have gone."""
    bad = {"values": dict.fromkeys(VALUES, -1e9)}
    items = [reading(seq, time_ms=None) | (bad if seq == 8 else {}) for seq in range(1, 21)]
    rig.take(telemetry("fan-01", *items[:8]), telemetry("fan-01", *items[10:]))
    rig.take(telemetry("fan-01", {"epoch": EPOCH, "oldest": 11}))
    rig.checkpoint()
    rig.journal.begin()
    rig.journal.prune(before_ms=NOW_MS + DAY_MS, up_to_id=10**9, limit=100)
    rig.journal.commit()
    assert rig.seqs() == [20]
    return rig


@pytest.mark.parametrize("dies", [False, True])
def test_what_was_stored_and_has_gone_is_a_repeat(pruned: Rig, dies: bool) -> None:  # noqa: FBT001
    if dies:
        pruned.again()
    energy = _energy(pruned)
    again = [reading(seq, time_ms=None) for seq in (1, 2, 7, 11, 19, 20)]
    pruned.take(telemetry("fan-01", *again))
    assert pruned.seqs() == [20]
    assert pruned.device().counts.duplicates == len(again)
    assert _energy(pruned) == energy


def test_what_was_refused_or_reported_gone_is_news(pruned: Rig) -> None:
    pruned.take(telemetry("fan-01", *(reading(seq) for seq in (8, 9, 10))))
    assert pruned.seqs() == [20, 8, 9, 10]
    assert pruned.device().counts.duplicates == 0


def _energy(rig: Rig) -> float | None:
    state = rig.device().twin.state(now_ms=NOW_MS, status="online", sequenced=True)
    return state.kpis["energy_wh"].value


@pytest.mark.slow
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_whatever_goes_nothing_is_ever_stored_twice(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    dice = random.Random(seed)
    stored: list[int] = []
    with Rig(tmp_path_factory.mktemp("rig")) as rig:
        for _ in range(12):
            before = rig.journal.next_id
            some = [reading(dice.randint(1, 40), time_ms=None) for _ in range(dice.randint(1, 12))]
            rig.take(*(telemetry("fan-01", item) for item in some))
            new = rig.rows("SELECT seq FROM reading WHERE id >= ?", before)
            stored += [seq for (seq,) in new]
            if dice.random() < 0.3:
                rig.checkpoint()
                rig.journal.begin()
                rig.journal.prune(before_ms=NOW_MS + DAY_MS, up_to_id=10**9, limit=5)
                rig.journal.commit()
            if dice.random() < 0.2:
                rig.again()
    assert len(stored) == len(set(stored))


# ---------------------------------------------------------------- starts


def test_a_new_board_does_not_make_a_start_long(rig: Rig) -> None:
    rig.take(telemetry("fan-01", *(reading(seq) for seq in range(1, 21))))
    rig.checkpoint()
    rig.take(telemetry("fan-02", reading(1)))
    read = _rows_read_at_start(rig)
    assert read == 1, "what came after the checkpoint, and nothing of other boards"


def test_a_board_of_another_type_makes_none_long_either(rig: Rig) -> None:
    rig.take(telemetry("fan-01", *(reading(seq) for seq in range(1, 21))))
    rig.take(telemetry("fan-02", *(reading(seq) for seq in range(1, 11))))
    rig.checkpoint()
    rig.journal.begin()
    rig.journal.put_twins([(rig.device("fan-02").id, b"\xc1")], folded_id=30)
    rig.journal.put_twins([], folded_id=0)
    rig.journal.commit()
    rig.take(telemetry("fan-03", reading(1)))
    assert _rows_read_at_start(rig) == 11, "its own ten, and the one behind the checkpoint"


def _rows_read_at_start(rig: Rig) -> int:
    """How many readings a restart decodes."""
    count = 0
    with pytest.MonkeyPatch.context() as patch:
        from gateway.journal import decoding  # noqa: PLC0415

        made = decoding.owned_item

        def counting(*columns: Any) -> Any:
            nonlocal count
            count += 1
            return made(*columns)

        patch.setattr(decoding, "owned_item", counting)
        rig.again()
    return count


def test_the_journal_path_is_only_asked_of_what_lies_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Rig(tmp_path) as rig:
        rig.take(telemetry("fan-01", *(reading(seq) for seq in range(1, 21))))
        asked: list[int] = []
        was = rig.journal.was_settled

        def counting(**key: Any) -> bool:
            asked.append(key["seq"])
            return was(**key)

        monkeypatch.setattr(rig.journal, "was_settled", counting)
        rig.take(telemetry("fan-01", reading(7), reading(21), reading(23), reading(22)))
        assert asked == [7]
