"""One bad board costs only itself: floods, holes, epochs, and what comes a second time."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway import delivery
from gateway.budget import EPOCHS_BURST, Allowance, Budgets
from gateway.errors import StorageFull
from gateway.gatekeeper import Gatekeeper
from tests.gateway.rig import (
    DAY_MS,
    EPOCH,
    NOW_MS,
    VALUES,
    Message,
    Rig,
    batches,
    reading,
    telemetry,
)


class Watch:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def small(rig: Rig, watch: Watch) -> Rig:
    """Boards may send a reading a second: a bucket of 4,500."""
    limit(rig, watch, readings_per_s=1.0)
    return rig


def limit(rig: Rig, watch: Watch, **allowed: float) -> None:
    budgets = Budgets(Allowance(**allowed), monotonic=watch)
    rig.admission._keeper = Gatekeeper(journal=rig.journal, budgets=budgets)


def flood(rig: Rig, count: int, *, first: int = 1, device: str = "fan-01") -> None:
    items = [reading(seq, time_ms=NOW_MS) for seq in range(first, first + count)]
    for several in batches([telemetry(device, *items20) for items20 in batches(items, 20)], 100):
        rig.take(*several)


def refusals(rig: Rig) -> dict[str, int]:
    return dict(rig.rows("SELECT reason, count FROM refusal WHERE device = 'fan-01'"))


# ---------------------------------------------------------------- floods


def test_a_flood_is_refused_by_name_settles_nothing_and_spares_the_others(
    small: Rig, watch: Watch
) -> None:
    flood(small, 6_000)
    rig = small
    assert rig.watermark() == 4_500
    flood(rig, 40, device="honest")
    assert rig.watermark("honest") == 40
    turned_away = (6_000 - 4_500) // 20
    assert refusals(rig) == {"over_budget": turned_away}
    assert rig.reasons() == ["over_budget"] * 5, "a sample of what is turned away"
    assert rig.device().counts.over_budget == turned_away
    assert rig.metrics.over_budget == turned_away - 5
    assert rig.device("honest").counts.over_budget == 0
    rig.again()
    assert rig.device().counts.over_budget == turned_away
    # The board kept what was refused, and sends it again.
    limit(rig, watch, readings_per_s=1.0)
    flood(rig, 1_500, first=4_501)
    assert (rig.watermark(), len(rig.seqs())) == (6_000, 6_000)


def test_it_raises_an_alarm_that_names_the_setting(small: Rig) -> None:
    flood(small, 5_000)
    asyncio.run(small.presence.look())
    [alarm] = [alarm for alarm in small.told if alarm.name == "over_budget"]
    assert alarm.text.startswith("fan-01 is turned away for a part: it sends more than 1 readings")
    assert "EDGETWIN_BOARD_READINGS_PER_S" in alarm.text
    assert {alarm.name for alarm in small.told} == {"over_budget"}


def test_who_is_only_too_fast_is_let_in_again_soon_and_its_floor_at_once(
    rig: Rig, watch: Watch
) -> None:
    limit(rig, watch)
    flood(rig, 11_000)
    assert rig.watermark() == 10_000
    rig.take(telemetry("fan-01", {"epoch": EPOCH, "oldest": 10_500}))
    assert rig.watermark() == 10_499
    watch.now_s += 1.0
    flood(rig, 500, first=10_500)
    assert rig.watermark() == 10_999


def test_it_is_heard_again_as_time_goes_on(small: Rig, watch: Watch) -> None:
    flood(small, 4_500)
    flood(small, 20, first=4_501)
    assert small.watermark() == 4_500
    watch.now_s += 30.0
    flood(small, 20, first=4_501)
    assert small.watermark() == 4_520


def test_rubbish_is_charged_with_what_it_takes_to_keep(rig: Rig, watch: Watch) -> None:
    limit(rig, watch, bytes_a_day=800_000.0)  # 100 kB at once
    bad = [{"seq": at, "epoch": EPOCH, "values": {"temperature": "x" * 700}} for at in range(1, 21)]
    for _ in range(10):  # 15 kB a message, of which each item would keep a copy
        rig.take(telemetry("fan-01", reading(1)), telemetry("fan-01", *bad))
    [(kept,)] = rig.rows("SELECT coalesce(sum(length(raw)), 0) FROM quarantine")
    assert kept < 100_000 + 7 * 20 * 16_384
    assert refusals(rig)["missing_channel"] == 20


def test_a_batch_that_waits_for_the_disk_is_charged_once(
    small: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.pipeline.RETRY_S", 0.0)
    commit, refused = small.journal.commit, iter([True] * 20)

    def full_at_first() -> None:
        if next(refused, False):
            raise StorageFull("The disk is full.")
        commit()

    monkeypatch.setattr(small.journal, "commit", full_at_first)
    flood(small, 400)
    assert small.admission._keeper._budgets.of("fan-01").readings == 4_500 - 400


# ---------------------------------------------------------------- holes


def odd(count: int) -> list[dict[str, Any]]:
    return [reading(seq, time_ms=NOW_MS) for seq in range(3, 2 * count + 3, 2)]


@pytest.mark.parametrize("size", [500, 20, 7])
def test_holes_are_bounded_and_what_exceeds_waits_for_its_turn(rig: Rig, size: int) -> None:
    count = 4_000
    for items in batches(odd(count), size):
        rig.take(*(telemetry("fan-01", *some) for some in batches(items, 20)))
    mark = rig.device().epochs[EPOCH].watermark
    assert len(mark.ahead) <= delivery.MAX_RUNS + delivery.MAX_RUNS // 2
    assert refusals(rig)["too_many_holes"] + len(rig.seqs()) == count
    assert rig.device().counts.over_budget == refusals(rig)["too_many_holes"]
    rig.take(telemetry("fan-01", {"epoch": EPOCH, "oldest": 2 * count + 3}))
    assert (rig.watermark(), mark.ahead) == (2 * count + 2, [])
    [(rows, missing)] = rig.rows("SELECT count(*), sum(missing) FROM gap")
    assert rows <= delivery.MAX_GAPS + 1
    assert missing == rig.device().counts.missing == 2 * count + 2 - len(rig.seqs())
    rig.again()
    assert rig.watermark() == 2 * count + 2
    assert rig.device().counts.missing == missing


def test_a_hole_and_all_that_follows_is_one_run(rig: Rig) -> None:
    items = [reading(seq, time_ms=NOW_MS) for seq in range(1, 3_000) if seq != 5]
    for some in batches(items, 20):
        rig.take(telemetry("fan-01", *some))
    assert rig.device().epochs[EPOCH].watermark.ahead == [(6, 2_999)]
    assert refusals(rig) == {}


def test_refused_keys_make_no_more_holes_than_good_ones(rig: Rig) -> None:
    bad = [item | {"values": dict.fromkeys(VALUES, -1e9)} for item in odd(3_000)]
    rig.take(telemetry("fan-01", reading(1)))
    for some in batches(bad, 20):
        rig.take(telemetry("fan-01", *some))
    assert len(rig.device().epochs[EPOCH].watermark.ahead) <= 2 * delivery.MAX_RUNS


# ---------------------------------------------------------------- epochs


def test_epochs_without_end_are_refused_and_cost_only_that_board(rig: Rig, watch: Watch) -> None:
    limit(rig, watch)
    items = [reading(1, epoch=f"e-{at}") for at in range(300)]
    for some in batches(items, 20):
        rig.take(telemetry("fan-01", *some))
    assert rig.rows("SELECT count(*) FROM epoch") == [(EPOCHS_BURST,)]
    assert refusals(rig) == {"too_many_epochs": 300 - EPOCHS_BURST}
    rig.take(telemetry("honest", reading(1)))
    assert rig.watermark("honest") == 1
    rig.take(telemetry("fan-01", reading(2, epoch="e-0")))
    assert rig.watermark(epoch="e-0") == 2, "those it has had go on"


def test_old_epochs_wait_in_the_journal_and_come_back_when_spoken_of(
    rig: Rig, watch: Watch
) -> None:
    limit(rig, watch)
    items: list[Message] = []
    rig.take(telemetry("fan-01", reading(1)))
    for at in range(300):
        if at % 50 == 0:
            watch.now_s += 600.0
            rig.checkpoint()
            assert len(rig.device().epochs) <= 101
        items.append(telemetry("fan-01", reading(2, epoch=f"e-{at}"), reading(1, epoch=f"e-{at}")))
        if len(items) == 25:
            rig.take(*items)
            items.clear()
    rig.checkpoint()
    rig.again()
    assert len(rig.device().epochs) <= 21
    assert rig.device().epoch is rig.device().epochs["e-299"]
    rig.take(telemetry("fan-01", reading(2, epoch="e-7"), reading(3, epoch="e-7")))
    assert rig.watermark(epoch="e-7") == 3
    assert rig.device().counts.duplicates == 1
    rig.again()  # its newest row is behind the checkpoint, and the epoch is an old one
    assert rig.watermark(epoch="e-7") == 3


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
        from gateway.journal import reader  # noqa: PLC0415

        made = reader._reading

        def counting(*columns: Any) -> Any:
            nonlocal count
            count += 1
            return made(*columns)

        patch.setattr(reader, "_reading", counting)
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
