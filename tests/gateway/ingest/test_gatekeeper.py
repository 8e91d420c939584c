"""One bad board costs only itself: floods, holes, epochs, and what comes a second time."""

import asyncio
from typing import Any

import pytest

from contract.errors import StorageFull
from gateway.ingest.budget import EPOCHS_BURST, RAW_BURST, Allowance, Budgets
from gateway.ingest.gatekeeper import Gatekeeper
from gateway.twin import delivery
from gateway.twin.trail import MOST_NOTED
from tests.gateway.rig import (
    EPOCH,
    NOW_MS,
    SITE,
    VALUES,
    Message,
    Rig,
    batches,
    message,
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


def fill_the_disk(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the next 20 commits."""
    monkeypatch.setattr("gateway.ingest.pipeline.RETRY_S", 0.0)
    commit, refused = rig.journal.commit, iter([True] * 20)

    def full_at_first() -> None:
        if next(refused, False):
            raise StorageFull("The disk is full.")
        commit()

    monkeypatch.setattr(rig.journal, "commit", full_at_first)


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
    for _ in range(10):  # 15 kB a message, and as much again that is kept of it
        rig.take(telemetry("fan-01", reading(1)), telemetry("fan-01", *bad))
    [(kept,)] = rig.rows("SELECT coalesce(sum(length(raw)), 0) FROM quarantine")
    assert kept < 100_000 + 7 * 16_384
    assert 20 <= refusals(rig)["not_a_number"] < 10 * 20


def test_of_much_rubbish_the_beginning_is_kept(rig: Rig, watch: Watch) -> None:
    limit(rig, watch)
    rubbish = Message(f"edgetwin/v1/{SITE}/fan-01/telemetry", b"x" * 16_000)
    rig.take(*[rubbish] * 290)
    [(rows, kept)] = rig.rows("SELECT count(*), sum(length(raw)) FROM quarantine")
    assert rows == 290
    assert RAW_BURST - 16_000 < kept < RAW_BURST + 290 * 256
    watch.now_s += 3_600
    rig.take(rubbish)
    assert rig.rows("SELECT raw FROM quarantine ORDER BY id DESC LIMIT 1") == [(rubbish.payload,)]


def test_rubbish_that_waits_for_the_disk_is_not_cut_for_that(
    rig: Rig, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(rig, watch)
    fill_the_disk(rig, monkeypatch)
    rig.take(*[Message(f"edgetwin/v1/{SITE}/fan-01/telemetry", b"x" * 16_000)] * 100)
    assert rig.rows("SELECT min(length(raw)) FROM quarantine") == [(16_000,)]


def test_a_batch_that_waits_for_the_disk_is_charged_once(
    small: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_the_disk(small, monkeypatch)
    flood(small, 400)
    budgets = small.admission._keeper._budgets
    assert budgets.of("fan-01").readings == 4_500 - 400
    assert budgets.of("fan-01").epochs == EPOCHS_BURST - 1


def test_a_sample_that_could_not_be_stored_is_kept_later(
    small: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood(small, 4_500)
    fill_the_disk(small, monkeypatch)
    small.take(telemetry("fan-01", reading(4_501)))
    assert small.rows("SELECT reason FROM quarantine") == [("over_budget",)]


def test_what_no_board_can_be_named_for_has_a_budget_as_well(small: Rig) -> None:
    for at in range(50):
        topics = [f"edgetwin/v1/{SITE}/{at}-{n}-{'x' * 90}/telemetry" for n in range(100)]
        small.take(*[Message(topic, b"x") for topic in topics])
    refused = dict(small.rows("SELECT reason, sum(count) FROM refusal GROUP BY reason"))
    assert refused == {"bad_topic": 4_500, "over_budget": 500}
    flood(small, 20)
    assert len(small.seqs()) == 20


# ---------------------------------------------------------------- comings and goings


def test_who_greets_and_goes_without_end_is_one_device_and_two_lines(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """What each word costs does not grow with their number."""
    caplog.set_level("INFO")
    words = [Message(f"edgetwin/v1/{SITE}/fan-01/status", each) for each in (b"online", b"offline")]
    births = [
        message("fan-01", "birth", {"asset": "fan", "epoch": f"{n:08x}-1"}) for n in range(99)
    ]
    rig.take(births[0])
    caplog.clear()
    for _ in range(3):
        rig.take(*words * 100, *births)
    device = rig.device()
    assert device.status == "offline"
    assert device.birth is not None
    assert device.birth.epoch == "00000062-1"
    assert len([line for line in caplog.messages if "offline" in line or "is here" in line]) <= 6
    assert device.trail is not None
    assert len(device.trail._comings) <= MOST_NOTED


# ---------------------------------------------------------------- holes


def odd(count: int) -> list[dict[str, Any]]:
    return [reading(seq, time_ms=NOW_MS) for seq in range(3, 2 * count + 3, 2)]


@pytest.mark.slow
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
