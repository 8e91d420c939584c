"""Whatever the order of arrival and wherever it dies: the figures are those of the readings."""

import json
import math
import random
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.ingest.intake import Intake
from gateway.ingest.lateness import Job, Outcome
from tests.end_to_end import naive
from tests.end_to_end.naive import Sample, Sums
from tests.gateway.rig import EPOCH, NOW_MS, VALUES, Rig, batches, message, reading, telemetry

MINUTE_MS = 60_000
COUNT = 60


def story(seed: int) -> list[dict[str, Any]]:
    """Readings over five minutes, some of them in the same instant, with gaps in between."""
    dice = random.Random(seed)
    time_ms, items = NOW_MS - 5 * MINUTE_MS, []
    for seq in range(1, COUNT + 1):
        time_ms += dice.choice([0, 200, 1_000, 1_900, 2_000, 2_001, 9_000])
        values = VALUES | {"current": dice.uniform(0, 3), "rpm": dice.choice([0.0, 150.0, 1200.0])}
        items.append(reading(seq, time_ms=time_ms, values=values))
    return items


def expected(items: list[dict[str, Any]]) -> dict[int, Sums]:
    return naive.by_minute(
        Sample(item["time_ms"], item["epoch"], item["seq"], item["values"]) for item in items
    )


def assert_figures(rig: Rig, items: list[dict[str, Any]]) -> None:
    """Closed minutes in the journal and the twin's totals are what plain sums give."""
    minutes = expected(items)
    stored = {
        start_ms: json.loads(body)
        for start_ms, body in rig.rows("SELECT start_ms, body FROM minute")
    }
    for start_ms in sorted(minutes)[:-1]:
        assert_same(minutes[start_ms], stored[start_ms])
    assert stored.keys() <= minutes.keys()
    whole = naive.total(minutes.values())
    state = rig.device().twin.state(now_ms=NOW_MS, status="online", sequenced=True)
    energy_wh, running_h = state.kpis["energy_wh"].value, state.kpis["running_h"].value
    assert math.isclose(energy_wh or 0.0, whole.energy_j / 3600, rel_tol=1e-9, abs_tol=1e-12)
    assert math.isclose(running_h or 0.0, whole.running_ms / 3.6e6, rel_tol=1e-9)
    assert state.time_ms == max(item["time_ms"] for item in items)


def assert_same(own: Sums, told: dict[str, Any]) -> None:
    assert told["count"] == own.count
    assert told["measured_ms"] == own.measured_ms
    assert told["running_ms"] == own.running_ms
    assert math.isclose(told["energy_j"], own.energy_j, rel_tol=1e-9, abs_tol=1e-9)
    assert {name: stats["high"] for name, stats in told["channels"].items()} == own.highest


HALF_MS = MINUTE_MS // 2


@pytest.mark.parametrize("behind_ms", [800, 1_500], ids=["close", "apart"])
@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
def test_a_late_reading_restates_the_minute_behind_it_too(
    rig: Rig, behind_ms: int, *, closed: bool
) -> None:
    """Three readings of 12 V, the middle one last: the interval behind it ends a minute later."""
    end_ms = NOW_MS - 2 * MINUTE_MS
    first = reading(1, time_ms=end_ms - 1_000, values=VALUES | {"current": 1.0})
    second = reading(2, time_ms=end_ms - 500, values=VALUES | {"current": 2.0})
    third = reading(3, time_ms=end_ms - 500 + behind_ms, values=VALUES | {"current": 3.0})
    rig.take(telemetry("fan-01", first), telemetry("fan-01", third))
    fourth = reading(4, time_ms=end_ms + MINUTE_MS + HALF_MS)  # a gap before it, and a new minute
    if closed:
        rig.take(telemetry("fan-01", fourth))
    rig.take(telemetry("fan-01", second))
    if not closed:
        rig.take(telemetry("fan-01", fourth))
    minutes = [
        (json.loads(body)["measured_ms"], json.loads(body)["energy_j"])
        for (body,) in rig.rows("SELECT body FROM minute ORDER BY start_ms")
    ]
    assert minutes[:2] == [
        (500, pytest.approx(12 * 1.5 * 0.5)),
        (behind_ms, pytest.approx(12 * 2.5 * behind_ms / 1000)),
    ]


def test_a_minute_restated_again_takes_the_place_of_the_one_that_waits(rig: Rig) -> None:
    """Each replaces the one before it in the sums, also while none of them is written."""
    rig.take(
        *(
            telemetry("fan-01", reading(seq, time_ms=NOW_MS - 90_000 + seq * 200))
            for seq in range(1, 11)
        )
    )
    rig.take(telemetry("fan-01", reading(11)))
    start_ms = NOW_MS - 2 * MINUTE_MS
    device = rig.device()
    minute = rig.reader.minute(device_id=device.id, start_ms=start_ms)
    assert minute is not None
    before_wh = energy_wh(rig)
    job = Job(
        device,
        device.twin,
        start_ms,
        alone=True,
        open_ms=start_ms + MINUTE_MS,
        quiet=False,
        stored=device.counts.stored,
    )
    for extra_j in (100.0, 200.0, 300.0):
        energy_j = (minute.energy_j or 0.0) + extra_j
        other = msgspec.structs.replace(minute, energy_j=energy_j, program="")  # by its name
        rig.settlement.restate([job], [Outcome(job, start_ms, other)], [])
    assert energy_wh(rig) - before_wh == pytest.approx(300.0 / 3600)


def energy_wh(rig: Rig) -> float:
    state = rig.device().twin.state(now_ms=NOW_MS, status="online", sequenced=True)
    return state.kpis["energy_wh"].value or 0.0


# Not shrunk: each example is dozens of commits, and the seed tells it as well.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.mark.slow
@settings(max_examples=25, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_order_with_repeats_and_deaths_gives_the_same_figures(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    items = story(data.draw(st.integers(0, 1_000), label="seed"))
    dice = data.draw(st.randoms(use_true_random=False), label="order")
    window = data.draw(st.sampled_from([0, 3, 20, COUNT]), label="how far out of order")
    size = data.draw(st.sampled_from([1, 7, 20]), label="batch")
    sent = [*items, *dice.sample(items, 15)]
    arrival = sorted(enumerate(sent), key=lambda pair: pair[0] + dice.uniform(0, window))
    with Rig(tmp_path_factory.mktemp("rig")) as rig:
        for batch in batches([item for _, item in arrival], size):
            rig.take(*(telemetry("fan-01", item) for item in batch))
            what = dice.choice(["go on", "go on", "checkpoint", "die"])
            if what == "checkpoint":
                rig.checkpoint()
            elif what == "die":
                rig.again()
        assert_figures(rig, items)
        assert rig.watermark() == COUNT
        assert sorted(rig.seqs()) == list(range(1, COUNT + 1))
        counts = rig.device().counts
        assert (counts.stored, counts.conflicts, counts.quarantined) == (COUNT, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("batch", [1, 20])
@pytest.mark.parametrize("checkpoints", [False, True])
def test_a_crash_after_any_commit_changes_no_figure(
    *,
    batch: int,
    checkpoints: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The journal is copied after every commit; each copy is started and given the rest."""
    items = story(3)
    random.Random(3).shuffle(items)
    items += items[::4]
    rig = Rig(tmp_path / "rig")
    copies: list[Path] = []
    commit = rig.journal.commit

    def commit_and_copy() -> None:
        commit()
        copies.append(tmp_path / f"copy{len(copies)}")
        shutil.copytree(tmp_path / "rig", copies[-1])

    monkeypatch.setattr(rig.journal, "commit", commit_and_copy)
    for part in batches(items, batch):
        rig.take(telemetry("fan-01", *part))
        if checkpoints:
            rig.checkpoint()
    rig.die()
    unique = list({item["seq"]: item for item in items}.values())
    for copy in copies[:: max(1, len(copies) // 12)]:
        after = Rig(copy)
        after.take(*(telemetry("fan-01", *part) for part in batches(items, 20)))
        assert_figures(after, unique)
        assert after.watermark() == COUNT
        assert after.device().counts.stored == COUNT
        after.die()


def test_a_checkpoint_takes_along_what_waits_to_be_written(rig: Rig) -> None:
    """A twin that has handed a minute over knows of it no more."""
    items = story(5)
    rig.take(telemetry("fan-01", items[0]))
    rig.journal.begin()
    intake = Intake()
    rig.admission.admit(
        intake, [telemetry("fan-01", *part) for part in batches(items[1:], 20)], now_ms=NOW_MS
    )
    rig.journal.add_items(intake.rows)
    rig.journal.next_id += len(intake.rows)
    rig.journal.commit()
    assert rig.settlement.fold(intake)  # and the process ends before `write`
    rig.checkpoint()
    rig.again()
    assert_figures(rig, items)


def test_alarms_are_told_once_they_are_durable_and_with_their_id(rig: Rig) -> None:
    hot = VALUES | {"temperature": 90.0}
    rig.take(*(telemetry("fan-01", reading(seq, values=hot)) for seq in range(1, 30)))
    [alarm] = rig.told
    assert alarm.name == "temperature_high"
    assert rig.rows("SELECT id, name, cleared_ms FROM alarm") == [(alarm.id, alarm.name, None)]
    assert rig.device().alarms.keys() == {"temperature_high"}
    rig.take(*(telemetry("fan-01", reading(seq)) for seq in range(30, 80)))
    assert rig.told[-1].cleared_ms is not None
    assert rig.device().alarms == {}


def test_a_device_that_comes_and_goes_is_logged(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    rig.take(message("fan-01", "birth", {"asset": "fan"}), message("fan-01", "status", b"online"))
    rig.take(message("fan-01", "status", b"offline"))
    said = [(record.getMessage(), record.device) for record in caplog.records]  # type: ignore[attr-defined]
    assert said == [("is here", "fan-01"), ("went offline", "fan-01")]


def test_epochs_do_not_mix(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1), reading(1, epoch="9f2c41aa-2"), reading(2)))
    assert rig.watermark() == 2
    assert rig.watermark(epoch="9f2c41aa-2") == 1
    rig.again()
    assert (rig.watermark(), rig.watermark(epoch="9f2c41aa-2")) == (2, 1)
    assert rig.device().epochs[EPOCH].watermark.ahead == []
