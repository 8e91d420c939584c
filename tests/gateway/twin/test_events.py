"""Events in the sequence of readings: the same keys, the same delivery, and no reading of them."""

from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import assets
from contract.messages import Event, EventSeen, Reading
from gateway.journal import schema
from gateway.twin.happened import MOST_NAMES, OTHERS, Happened
from tests.gateway.machines import BREWER, IDLE
from tests.gateway.rig import EPOCH, NOW_MS, Rig, message, reading, telemetry

SERVICE: dict[str, Any] = {"volume": 0.24, "user": "u7"}


@pytest.fixture
def brewer(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setitem(assets.CATALOGUE, "brewer", BREWER)
    rig.take(message("brewer-1", "birth", {"asset": "brewer"}))
    return rig


def at(seq: int) -> int:
    return NOW_MS - 60_000 + seq * 200


def event(seq: int, /, name: str = "service", **changes: Any) -> dict[str, Any]:
    return reading(seq, event=name, **{"values": SERVICE} | changes)


def measured(seq: int, /, **changes: Any) -> dict[str, Any]:
    return reading(seq, **{"values": IDLE} | changes)


def take(rig: Rig, *items: dict[str, Any]) -> None:
    rig.take(telemetry("brewer-1", *items))


def seen(rig: Rig) -> dict[str, EventSeen]:
    twin = rig.device("brewer-1").twin
    return twin.state(now_ms=rig.now_ms, status="online", sequenced=True).events


def stored(rig: Rig) -> list[tuple[Any, ...]]:
    return rig.rows("SELECT seq, event, body FROM reading ORDER BY seq")


# ---------------------------------------------------------------- delivery


def test_an_event_is_stored_told_and_settles_its_number(brewer: Rig) -> None:
    take(brewer, measured(1), event(2), measured(3))
    assert brewer.watermark("brewer-1") == 3
    assert stored(brewer)[1] == (2, "service", '{"volume":0.24,"user":"u7"}')
    assert seen(brewer) == {"service": EventSeen(1, at(2), SERVICE, known=True)}


def test_an_event_that_comes_again_is_counted_once(brewer: Rig) -> None:
    take(brewer, event(1))
    take(brewer, event(1), event(2), event(2))
    assert seen(brewer)["service"].count == 2
    assert brewer.device("brewer-1").counts.duplicates == 2
    assert brewer.reasons() == []


@pytest.mark.parametrize(
    "other",
    [
        event(1, "refill"),
        event(1, values={"volume": 0.25}),
        event(1, time_ms=at(5)),
        measured(1),
        reading(1, values={"boiler": 90.0}),
    ],
)
def test_another_content_under_its_key_is_a_conflict(brewer: Rig, other: dict[str, Any]) -> None:
    take(brewer, event(1))
    take(brewer, other)
    assert brewer.reasons() == ["conflict"]
    assert [row[1] for row in stored(brewer)] == ["service"]


def test_a_reading_is_no_repeat_of_an_event_of_the_same_values(brewer: Rig) -> None:
    values = {"boiler": 90.0}
    take(brewer, reading(1, values=values))
    take(brewer, event(1, values=values))
    assert brewer.reasons() == ["conflict"]


def test_a_missing_event_is_a_gap_like_any_other(brewer: Rig) -> None:
    take(brewer, measured(1), event(4))
    assert brewer.watermark("brewer-1") == 1
    take(brewer, {"epoch": EPOCH, "oldest": 4})
    assert brewer.watermark("brewer-1") == 4
    assert brewer.rows("SELECT first_seq, last_seq, missing FROM gap") == [(2, 3, 2)]


def test_an_event_without_a_key_is_stored_once_received(brewer: Rig) -> None:
    take(brewer, {"event": "refill"})
    assert seen(brewer)["refill"].count == 1
    assert stored(brewer) == [(1, "refill", "{}")]


def test_an_event_before_any_birth_or_reading_is_refused(rig: Rig) -> None:
    rig.take(telemetry("nobody", event(1)))
    assert rig.reasons() == ["unknown_device"]


def test_a_device_is_known_by_the_reading_behind_its_first_event(rig: Rig) -> None:
    """As after a journal was lost: it does not greet again."""
    rig.take(telemetry("fan-01", reading(1, event="cleaned", values={}), reading(2)))
    assert rig.reasons() == []
    assert rig.watermark() == 2


def test_an_event_alone_of_a_device_that_nobody_knows_comes_again(rig: Rig) -> None:
    alone = reading(1, event="cleaned", values={})
    rig.take(telemetry("fan-01", alone))
    assert rig.rows("SELECT reason, seq FROM quarantine") == [("unknown_device", None)]
    rig.take(telemetry("fan-01", reading(2)))
    assert rig.watermark() == 0
    rig.take(telemetry("fan-01", alone))
    assert rig.watermark() == 2


def test_an_event_without_a_clock_has_the_time_of_its_receipt(brewer: Rig) -> None:
    take(brewer, event(1, time_ms=None))
    assert seen(brewer)["service"].time_ms == NOW_MS


# ---------------------------------------------------------------- what it may say


def test_an_event_its_type_does_not_know_is_kept_and_told(brewer: Rig) -> None:
    take(brewer, event(1, "door_opened", values={"by": "u7", "degrees": 90}))
    told = seen(brewer)["door_opened"]
    assert (told.count, told.known, told.values) == (1, False, {"by": "u7", "degrees": 90.0})
    assert brewer.reasons() == []


def test_a_field_that_cannot_be_costs_itself_alone(brewer: Rig) -> None:
    fields = {"volume": "much", "user": 7, "wait": None, "a b": 1, "note": "x" * 65, "more": 1.0}
    take(brewer, event(1, values=fields))
    assert stored(brewer) == [(1, "service", '{"more":1.0}')]
    [(aside,)] = brewer.rows("SELECT aside FROM reading")
    assert all(name in aside for name in ("volume", "user", "wait", "a b", "note"))
    assert seen(brewer)["service"].values == {"more": 1.0}
    assert (
        brewer.device("brewer-1")
        .twin.state(now_ms=NOW_MS, status="online", sequenced=True)
        .troubles
        == {}
    )


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (event(1, ""), "bad_event"),
        (event(1, "a b"), "bad_event"),
        (event(1, "x" * 65), "bad_event"),
        (event(1, values={f"f{number}": 1.0 for number in range(33)}), "too_many"),
        (event(1, truth="dragon"), "wrong_shape"),
        (event(1, time_ms=1_763_629_200), "bad_time"),
    ],
)
def test_what_is_no_event_is_refused_and_settles_its_key(
    brewer: Rig, bad: dict[str, Any], reason: str
) -> None:
    take(brewer, bad)
    assert brewer.reasons() == [reason]
    assert brewer.watermark("brewer-1") == 1


def test_as_many_names_as_a_board_invents_take_bounded_memory() -> None:
    happened = Happened()
    take_all = [_event(number, f"name-{number}") for number in range(3 * MOST_NAMES)]
    for each in take_all:
        happened.note(each)
    shown = happened.seen(())
    assert len(shown) == MOST_NAMES + 1
    assert shown[OTHERS].count == 2 * MOST_NAMES


# ---------------------------------------------------------------- no reading of it


def test_no_figure_of_readings_has_anything_of_events(brewer: Rig) -> None:
    with_events = [measured(seq, values=IDLE | {"draw": 2.0}) for seq in range(1, 300, 2)]
    with_events += [event(seq, values={"boiler": 200.0}) for seq in range(2, 300, 2)]
    for first in range(0, 300, 20):
        take(brewer, *sorted(with_events, key=lambda item: item["seq"])[first : first + 20])
    twin = brewer.device("brewer-1").twin
    state = twin.state(now_ms=NOW_MS, status="online", sequenced=True)
    assert state.values == IDLE | {"draw": 2.0}
    assert state.kpis["energy_wh"].value == pytest.approx(2.0 * 24.0 * 0.4 * 149 / 3600)
    minute = twin.open_minute()
    assert minute is not None
    assert minute.channels["boiler"].high == 91.5
    reader, id_ = brewer.reader, brewer.device("brewer-1").id
    assert len(reader.minute_readings(device_id=id_, start_ms=minute.start_ms)) == minute.count
    events = reader.minute_events(device_id=id_, start_ms=minute.start_ms)
    assert {each.event for each in events} == {"service"}
    around = reader.last_before(device_id=id_, time_ms=NOW_MS, limit=1_000)
    assert {type(each) for each in around} == {Reading}
    assert len(around) == 150


def test_late_readings_beside_events_restate_the_same_minutes(brewer: Rig) -> None:
    items = [measured(seq, values=IDLE | {"draw": seq % 3}) for seq in range(1, 300, 2)]
    items += [event(seq) for seq in range(2, 300, 2)]
    late = [item for item in items if item["seq"] % 7 == 0]
    prompt = [item for item in items if item["seq"] % 7]
    for some in (sorted(prompt, key=lambda item: item["seq"]), late):
        for first in range(0, len(some), 20):
            take(brewer, *some[first : first + 20])
    brewer.take(message("brewer-2", "birth", {"asset": "brewer"}))
    ordered = sorted(items, key=lambda item: item["seq"])
    for first in range(0, len(ordered), 20):
        brewer.take(telemetry("brewer-2", *ordered[first : first + 20]))
    one, other = (brewer.device(name).twin for name in ("brewer-1", "brewer-2"))
    assert one.open_minute() == other.open_minute()
    states = [twin.state(now_ms=NOW_MS, status="online", sequenced=True) for twin in (one, other)]
    assert states[0].kpis["energy_wh"].value == pytest.approx(states[1].kpis["energy_wh"].value)
    assert states[0].events == states[1].events


# ---------------------------------------------------------------- a restart


@pytest.mark.parametrize("checkpoint_at", [0, 1, 2, 3, None])
def test_a_restart_counts_every_event_once(brewer: Rig, checkpoint_at: int | None) -> None:
    for number, seqs in enumerate(((1, 2, 3), (5, 4), (3, 6), (7,))):
        take(brewer, *(event(seq) for seq in seqs))
        if number == checkpoint_at:
            brewer.checkpoint()
    before = seen(brewer)
    assert before["service"].count == 7
    brewer.again()
    assert seen(brewer) == before
    assert brewer.watermark("brewer-1") == 7
    assert brewer.device("brewer-1").counts.stored == 7
    take(brewer, *(event(seq) for seq in range(1, 8)))
    assert seen(brewer) == before


def test_a_journal_of_before_events_opens_and_takes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.db"
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:2])
        connection = apsw.Connection(str(path))
        schema.migrate(connection)
    connection.execute(
        "INSERT INTO device(id,name,asset,first_seen_ms,last_seen_ms) VALUES(1,'fan-01','fan',1,1);"
        "INSERT INTO epoch(id,device,name) VALUES(1,1,'9f2c41aa-1');"
    )
    body = '{"temperature":40.0,"rpm":1200.0,"current":1.0,"vibration":0.8}'
    for seq in (1, 2):
        connection.execute(
            "INSERT INTO reading VALUES(?,1,?,1,?,?,0,?,NULL,NULL,NULL,NULL)",
            (seq, seq, at(seq), at(seq), body),
        )
    connection.close()
    with Rig(tmp_path) as rig:
        assert rig.seqs() == [1, 2]
        assert rig.device().counts.stored == 2
        rig.take(telemetry("fan-01", reading(2), reading(3, event="cleaned", values={})))
        assert rig.device().counts.duplicates == 1
        assert rig.rows("SELECT seq, event FROM reading WHERE event IS NOT NULL") == [
            (3, "cleaned")
        ]


# ---------------------------------------------------------------- any order


def _event(seq: int, name: str) -> Event:
    return Event("a-1", seq, {"n": float(seq)}, seq % 5, event=name)


@given(st.permutations(range(12)))
def test_any_order_of_events_gives_the_same(order: list[int]) -> None:
    names = ("service", "refill", "fault")
    one, other = Happened(), Happened()
    for seq in order:
        one.note(_event(seq, names[seq % 3]))
    for seq in range(12):
        other.note(_event(seq, names[seq % 3]))
    assert one.seen(()) == other.seen(())
