"""Messages in, rows and refusals out, and nothing left behind by a batch that was not stored."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract import assets, topics
from contract.assets.words import Running
from contract.errors import Unavailable
from gateway.ingest.intake import Intake
from tests.gateway.ingest.test_validate import anything, nearly_a_reading
from tests.gateway.rig import (
    EPOCH,
    NOW_MS,
    VALUES,
    Message,
    Rig,
    message,
    reading,
    telemetry,
)

BIRTH = {"asset": "fan", "model": "12 V"}


# ---------------------------------------------------------------- who there is


def test_a_birth_makes_a_device(rig: Rig) -> None:
    rig.take(message("fan-01", "birth", BIRTH))
    device = rig.device()
    assert device.asset.name == "fan"
    assert device.birth is not None
    assert device.birth.model == "12 V"
    assert rig.again().device().birth == device.birth


def test_a_board_without_birth_is_known_by_its_channels(rig: Rig) -> None:
    rig.take(telemetry("mine", {"values": VALUES}))
    device = rig.device("mine")
    assert (device.asset.name, device.sequenced) == ("fan", False)
    assert rig.seqs("mine") == [1]


def test_there_are_at_most_so_many_devices(tmp_path: Path) -> None:
    rig = Rig(tmp_path, max_devices=2)
    rig.take(*(telemetry(f"fan-{number}", reading(1)) for number in range(3)))
    assert len(rig.fleet) == 2
    assert rig.reasons() == ["too_many_devices"]
    rig.die()


@pytest.mark.parametrize("name", sorted(topics.OURS))
def test_no_board_may_have_a_name_of_our_own(rig: Rig, name: str) -> None:
    rig.take(telemetry(name, reading(1)), message(name, "birth", BIRTH))
    assert len(rig.fleet) == 0
    assert rig.reasons() == ["bad_topic", "bad_topic"]


def test_empty_messages_that_delete_retained_ones_are_no_news(rig: Rig) -> None:
    rig.take(message("fan-01", "birth", b""), message("fan-01", "status", b""))
    assert len(rig.fleet) == 0
    assert rig.reasons() == []


def test_statuses_and_results_reach_their_device(rig: Rig) -> None:
    rig.take(message("fan-01", "birth", BIRTH), message("fan-01", "status", b"offline"))
    assert rig.device().status == "offline"
    rig.take(telemetry("fan-01", reading(1)))  # who measures is there
    assert rig.device().status == "online"


# ---------------------------------------------------------------- keys


def test_a_repeat_is_no_second_reading(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1), reading(1)))
    rig.take(telemetry("fan-01", reading(1), reading(2)))
    assert rig.seqs() == [1, 2]
    assert rig.device().counts.duplicates == 2
    assert rig.reasons() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"values": VALUES | {"rpm": 1.0}},
        {"values": VALUES | {"ambient": 20.0}},
        {"truth": "normal"},
        {"time_ms": NOW_MS},
    ],
)
def test_the_first_of_two_contents_stands(changes: dict[str, Any], rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)))
    rig.take(telemetry("fan-01", reading(1, **changes)))
    assert rig.reasons() == ["conflict"]
    assert rig.device().counts.conflicts == 1
    [(body,)] = rig.rows("SELECT body FROM reading")
    assert json.loads(body) == VALUES
    [(topic, raw)] = rig.rows("SELECT topic, raw FROM quarantine")
    assert topic == "edgetwin/v1/workshop/fan-01/telemetry"
    assert json.loads(raw)["seq"] == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (None, None),
        (NOW_MS + 10**7, NOW_MS + 10**7),  # a clock that is ahead
        (NOW_MS + 61_000, NOW_MS + 61_000),  # and, when it comes again, is so no more
    ],
)
def test_a_stamped_reading_that_comes_again_is_no_conflict(
    first: int | None, second: int | None, rig: Rig
) -> None:
    rig.take(telemetry("fan-01", reading(1, time_ms=first)))
    rig.now_ms += 5_000
    rig.take(telemetry("fan-01", reading(1, time_ms=second)))
    assert rig.reasons() == []
    assert rig.device().counts.duplicates == 1
    assert rig.rows("SELECT time_ms, stamped FROM reading") == [(NOW_MS, 1)]


def test_a_reading_stored_with_its_own_time_and_stamped_later_is_no_conflict(rig: Rig) -> None:
    """The gateway's clock was set back in between."""
    rig.take(telemetry("fan-01", reading(1, time_ms=NOW_MS)))
    rig.now_ms -= 3_600_000
    rig.take(telemetry("fan-01", reading(1, time_ms=NOW_MS)))
    assert rig.reasons() == []


def test_a_refused_reading_with_a_key_settles_the_watermark(rig: Rig) -> None:
    bad = reading(2, values=dict.fromkeys(VALUES, -1e9))
    rig.take(telemetry("fan-01", reading(1), bad, reading(3)))
    assert rig.watermark() == 3
    assert rig.seqs() == [1, 3]
    assert rig.reasons() == ["out_of_range"]


def test_a_list_of_refused_readings_takes_the_disk_of_two(rig: Rig) -> None:
    """The first is kept with all that it came with, each of the others alone."""
    items = [reading(seq, values={"heat": seq}, pad="x" * 600) for seq in range(2, 21)]
    sent = telemetry("fan-01", reading(1), *items)
    rig.take(message("fan-01", "birth", BIRTH), sent)
    first, *others = [raw for (raw,) in rig.rows("SELECT raw FROM quarantine ORDER BY id")]
    assert first == sent.payload
    assert [json.loads(raw) for raw in others] == items[1:]
    assert rig.seqs() == [1]


def test_a_floor_counts_what_never_came_and_no_more(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(2), reading(5)))
    rig.take(telemetry("fan-01", {"epoch": EPOCH, "oldest": 5}))
    assert rig.watermark() == 5
    assert rig.rows("SELECT first_seq, last_seq, missing FROM gap ORDER BY id") == [
        (1, 1, 1),
        (3, 4, 2),
    ]
    assert (rig.device().counts.gaps, rig.device().counts.missing) == (2, 3)
    rig.take(telemetry("fan-01", {"epoch": EPOCH, "oldest": 8}))
    assert rig.rows("SELECT first_seq, last_seq FROM gap WHERE id > 2") == [(6, 7)]


# ---------------------------------------------------------------- a batch that was not stored


def refuse_once(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next commit fails, as on a full disk; the pipeline tries again at once."""
    commit = rig.journal.commit
    failed: list[bool] = []

    def fail_first() -> None:
        if not failed:
            failed.append(True)
            raise Unavailable("The disk is full.")
        commit()

    monkeypatch.setattr(rig.journal, "commit", fail_first)
    monkeypatch.setattr("gateway.ingest.pipeline.RETRY_S", 0.0)


def test_a_batch_that_is_tried_again_is_stored_once(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_once(rig, monkeypatch)
    rig.take(telemetry("fan-01", reading(1), reading(2)), telemetry("mine", {"values": VALUES}))
    assert rig.seqs() == [1, 2]
    assert rig.seqs("mine") == [1]
    assert rig.watermark() == 2
    assert rig.device().counts.stored == 2
    assert len(rig.fleet) == 2


def test_keys_given_to_unsequenced_readings_survive_a_rollback_and_a_restart(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.take(telemetry("mine", {"values": VALUES}))
    refuse_once(rig, monkeypatch)
    rig.take(telemetry("mine", {"values": VALUES}, {"values": VALUES}))
    again = rig.again()
    again.take(telemetry("mine", {"values": VALUES}))
    assert again.seqs("mine") == [1, 2, 3, 4]
    assert again.reasons() == []


def test_forgetting_leaves_nothing(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)))
    intake = Intake()
    rig.journal.begin()
    rig.admission.admit(
        intake,
        [telemetry("fan-01", reading(1, epoch="other")), telemetry("fan-02", reading(1))],
        now_ms=NOW_MS,
    )
    rig.journal.rollback()
    rig.admission.forget(intake)
    assert len(rig.fleet) == 1
    assert list(rig.device().epochs) == [EPOCH]
    assert rig.device().epoch is rig.device().epochs[EPOCH]


# ---------------------------------------------------------------- another type of machine


@pytest.fixture
def pump(monkeypatch: pytest.MonkeyPatch) -> str:
    """A second asset type that shares no channel with the first."""
    fan = assets.get("fan")
    channels = tuple(
        dataclasses.replace(channel, name=f"{channel.name}_2") for channel in fan.channels
    )
    other = dataclasses.replace(
        fan,
        name="pump",
        channels=channels,
        thermal=None,
        running=Running(channel="rpm_2", above=200.0),
        wears=(),
        kpis=(),
        derived=(),
        params=(),
        stopped="",
    )
    monkeypatch.setitem(assets.CATALOGUE, "pump", other)
    return "pump"


def test_a_board_that_changes_its_type_in_one_batch(pump: str, rig: Rig) -> None:
    """Its readings of before and after are both good, and a restart survives them."""
    others = {f"{name}_2": value for name, value in VALUES.items()}
    rig.take(
        telemetry("fan-01", reading(1)),
        message("fan-01", "birth", {"asset": pump}),
        telemetry("fan-01", reading(2, values=others)),
    )
    assert rig.seqs() == [1, 2]
    assert rig.reasons() == []
    assert rig.device().asset.name == pump
    rig.take(telemetry("fan-01", reading(1, epoch="late", time_ms=NOW_MS - 300_000, values=others)))
    rig = rig.again()
    assert rig.device().asset.name == pump
    rig.checkpoint()
    rig.take(telemetry("fan-01", reading(3, values=others)))
    assert rig.again().watermark() == 3


def test_a_reading_from_before_the_change_is_stored_and_is_none_of_the_new_twins(
    pump: str, rig: Rig
) -> None:
    rig.take(telemetry("fan-01", reading(1)), message("fan-01", "birth", {"asset": pump}))
    assert rig.seqs() == [1]
    assert rig.device().twin.window() is None
    rig.again()
    assert rig.device().twin.window() is None
    assert rig.watermark() == 1


def test_a_crash_right_after_the_change_does_not_bring_the_old_twin_back(
    pump: str, rig: Rig
) -> None:
    rig.take(telemetry("fan-01", reading(1)))
    rig.checkpoint()
    rig.take(message("fan-01", "birth", {"asset": pump}))
    rig.again()
    assert rig.device().asset.name == pump
    state = rig.device().twin.state(now_ms=NOW_MS, status="online", sequenced=True)
    assert state.values == {}


def test_alarms_of_a_board_that_changes_its_type_go_on_or_are_over(pump: str, rig: Rig) -> None:
    """What is no matter of its type goes on; a limit the new type has not is over."""
    hot = VALUES | {"temperature": 90.0}
    rig.take(*(telemetry("fan-01", reading(seq, values=hot)) for seq in range(1, 30)))
    book = rig.device().twin.book
    book.raise_("offline", kind="system", severity="Medium", text="", time_ms=NOW_MS)
    rig.take(telemetry("fan-01", reading(30, values=hot)))
    assert rig.device().alarms.keys() == {"temperature_high", "offline"}
    rig.take(message("fan-01", "birth", {"asset": pump}))
    assert "offline" in rig.device().twin.book
    rig.take(message("fan-01", "status", b"online"))
    assert rig.device().alarms == {}
    assert rig.rows("SELECT count(*) FROM alarm WHERE cleared_ms IS NULL") == [(0,)]
    assert rig.again().device().alarms == {}


def test_a_rollback_gives_a_board_its_type_back(pump: str, rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)))
    twin = rig.device().twin
    intake = Intake()
    rig.journal.begin()
    rig.admission.admit(intake, [message("fan-01", "birth", {"asset": pump})], now_ms=NOW_MS)
    assert rig.device().asset.name == pump
    rig.journal.rollback()
    rig.admission.forget(intake)
    assert rig.device().asset.name == "fan"
    assert rig.device().twin is twin
    assert rig.device().checker.fits(VALUES)


# ---------------------------------------------------------------- whatever comes

kinds = st.sampled_from([*topics.FROM_DEVICE, "state", "x", ""])
names = st.sampled_from(["fan-01", "fan-02", "gateway", "a b", "", "é"])
births = st.fixed_dictionaries(
    {}, optional={"asset": st.sampled_from(["fan", "dragon"]) | anything, "channels": anything}
)
contents = (
    st.binary(max_size=80)
    | st.sampled_from([b"online", b"offline"])
    | (nearly_a_reading | births | anything | st.lists(nearly_a_reading, max_size=4)).map(
        lambda content: json.dumps(content).encode()
    )
)
messages = st.builds(
    lambda name, kind, payload, retain: Message(f"edgetwin/v1/x/{name}/{kind}", payload, retain),
    names,
    kinds,
    contents | st.none(),
    st.booleans(),
)


@pytest.mark.slow
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(messages, max_size=12))
def test_everything_is_stored_or_refused_and_nothing_raises(rig: Rig, sent: list[Message]) -> None:
    before = rig.rows("SELECT count(*) FROM quarantine")[0][0]
    rig.take(*sent)
    telemetries = [each for each in sent if each.topic.endswith("/telemetry")]
    [(after,)] = rig.rows("SELECT count(*) FROM quarantine")
    refused = after - before
    assert refused >= sum(each.retain or not each.payload for each in telemetries)
    assert "internal_error" not in rig.reasons()


def test_a_mistake_of_ours_is_set_aside_and_said(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(_payload: bytes) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("gateway.ingest.admission.decode", stumble)
    rig.take(telemetry("fan-01", reading(1)))
    assert rig.reasons() == ["internal_error"]
    assert "ZeroDivisionError" in caplog.text
