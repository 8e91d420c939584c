"""States, counters, labels and channels on the wire: each value is what its word says, or aside."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import assets
from contract.errors import Rejected
from contract.messages import Event, Reading, State
from gateway.ingest.validate import decode
from gateway.twin.checker import Checker
from tests.gateway.machines import BREWER, IDLE
from tests.gateway.rig import EPOCH, NOW_MS, Rig, message, reading, telemetry

CHECKER = Checker(BREWER)
KINDS: dict[str, type] = dict.fromkeys(("boiler", "draw", "room", "cups", "pulses"), float)
KINDS |= {"mode": str, "operator": str}


def checked(**values: Any) -> Reading:
    [item] = decode(json.dumps(reading(1, values=values)).encode())
    assert isinstance(item, Reading)
    CHECKER.check(item)
    return item


# ---------------------------------------------------------------- one value


def test_a_reading_of_every_kind_of_word_passes_as_it_is() -> None:
    item = checked(**IDLE)
    assert (item.values, item.aside) == (IDLE, None)


@pytest.mark.parametrize("name", IDLE)
def test_each_word_alone_is_a_reading(name: str) -> None:
    assert checked(**{name: IDLE[name]}).values == {name: IDLE[name]}


@pytest.mark.parametrize(
    ("name", "value", "reason", "says"),
    [
        ("mode", "Idle", "unknown_state", "mode is 'Idle'; it is one of idle, brewing, error"),
        ("mode", "", "unknown_state", "it is one of idle"),
        ("mode", 2, "not_a_text", "mode is 2, not a text"),
        ("mode", None, "not_a_text", "mode is null, not a text"),
        ("operator", 7, "not_a_text", "operator is 7, not a text"),
        ("operator", "x" * 65, "too_long", "operator has 65 characters; a text may have 64"),
        ("operator", "a\0b", "not_a_text", "U+0000"),
        ("boiler", "hot", "not_a_number", 'boiler is "hot", not a number'),
        ("cups", "12", "not_a_number", 'cups is "12", not a number'),
        ("cups", -1, "out_of_range", "cups is -1; a counter is 0 or more"),
        ("cups", 2**53 + 2, "out_of_range", "beyond 9007199254740992 it could not count by 1"),
        ("pulses", 65537, "out_of_range", "pulses is 65537; it goes round at 65536"),
        ("fuel", "low", "unknown_channel", "brewer has no channel 'fuel'"),
    ],
)
def test_what_its_word_cannot_say_costs_itself_alone(
    name: str, value: Any, reason: str, says: str
) -> None:
    item = checked(**IDLE | {name: value})
    assert item.values == {key: kept for key, kept in IDLE.items() if key != name}
    assert item.aside is not None
    assert [(key, why.reason) for key, why in item.aside.items()] == [(name, reason)]
    assert says in item.aside[name].detail


@pytest.mark.parametrize("text", ["", "x" * 64, "Ü\n", 'a "b": c', "é" * 64, "😀" * 64])
def test_a_label_is_any_text_of_64_characters(text: str) -> None:
    assert checked(operator=text).values == {"operator": text}


@pytest.mark.parametrize("count", [0, 1, 2**32, 2**53 - 1, 2**53])
def test_a_counter_is_exact_as_far_as_whole_numbers_are(count: int) -> None:
    assert int(checked(cups=count).values["cups"]) == count


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"mode": "off"}, "unknown_state"),
        ({"operator": "x" * 65}, "too_long"),
        ({"mode": 1, "operator": 2}, "not_a_text"),
        ({"mode": "off", "boiler": 1e6}, "out_of_range"),
        ({"fuel": 1.0}, "missing_channel"),
    ],
)
def test_a_reading_of_which_nothing_is_left_is_refused_with_its_key(
    values: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Rejected) as caught:
        checked(**values)
    assert (caught.value.reason, caught.value.epoch, caught.value.seq) == (reason, EPOCH, 1)


anything = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=80)
    | st.sampled_from(["idle", "brewing", "NaN", "\0nan"])
    | st.lists(st.integers(), max_size=2)
)
names = st.sampled_from([*KINDS, "fuel", "Mode", ""]) | st.text(max_size=70)


@given(st.dictionaries(names, anything, max_size=40))
def test_whatever_comes_what_is_kept_is_of_its_kind(values: dict[str, Any]) -> None:
    [item] = decode(json.dumps(reading(1, values=values)).encode())
    assert isinstance(item, Reading)
    try:
        CHECKER.check(item)
    except Rejected:
        return
    assert item.values
    assert CHECKER.fits(item.values)
    for name, value in item.values.items():
        assert type(value) is KINDS[name]
        assert value == values[name] or name == "boiler"
    assert len(item.aside or {}) <= 32


@given(st.text(max_size=70), st.dictionaries(names, anything, max_size=40))
def test_whatever_an_event_says_what_is_kept_can_be_stored(
    name: str, values: dict[str, Any]
) -> None:
    [item] = decode(json.dumps(reading(1, event=name, values=values)).encode())
    assert isinstance(item, Event)
    refusals: list[Rejected] = []
    try:
        CHECKER.check_event(item)
    except Rejected as rejected:
        refusals.append(rejected)
    if refusals:
        assert refusals[0].reason in {"bad_event", "too_many"}
        assert (refusals[0].epoch, refusals[0].seq) == (EPOCH, 1)
        return
    for kept in item.values.values():
        assert isinstance(kept, float) or (len(kept) <= 64 and "\0" not in kept)


# ---------------------------------------------------------------- one after the other


@pytest.fixture
def brewer(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setitem(assets.CATALOGUE, "brewer", BREWER)
    rig.take(message("brewer-1", "birth", {"asset": "brewer"}))
    return rig


def told(rig: Rig, seq: int, /, **values: Any) -> None:
    at_ms = NOW_MS - 600_000 + seq * 1_000
    rig.take(telemetry("brewer-1", reading(seq, time_ms=at_ms, values=values)))


def state(rig: Rig) -> State:
    device = rig.device("brewer-1")
    return device.twin.state(now_ms=rig.now_ms, status="online", sequenced=True)


def test_what_is_live_of_a_channel_is_its_newest_value(brewer: Rig) -> None:
    told(brewer, 1, **IDLE)
    told(brewer, 2, boiler=92.0)
    told(brewer, 3, mode="brewing")
    shown = state(brewer)
    assert shown.values == IDLE | {"boiler": 92.0, "mode": "brewing"}
    assert shown.times_ms["boiler"] == NOW_MS - 598_000
    assert shown.times_ms["cups"] == NOW_MS - 599_000
    assert "mode" not in shown.times_ms
    told(brewer, 4, **IDLE)
    assert state(brewer).times_ms == {}


def test_a_value_of_before_outlives_a_restart(brewer: Rig) -> None:
    told(brewer, 1, **IDLE)
    told(brewer, 2, mode="brewing")
    before = state(brewer)
    assert state(brewer.again()) == before
    brewer.checkpoint()
    assert state(brewer.again()) == before


def test_a_late_reading_changes_no_live_value(brewer: Rig) -> None:
    told(brewer, 1, **IDLE)
    told(brewer, 3, mode="brewing")
    told(brewer, 2, mode="error", boiler=20.0)
    assert state(brewer).values == IDLE | {"mode": "brewing"}


def test_what_is_set_aside_shows_no_value_of_before(brewer: Rig) -> None:
    told(brewer, 1, **IDLE)
    told(brewer, 2, mode="off", boiler=92.0)
    shown = state(brewer)
    assert "mode" not in shown.values
    assert shown.troubles["mode"].reason == "unknown_state"
    assert shown.values["cups"] == 1200.0


def test_a_channel_that_is_sent_no_more_is_told(brewer: Rig) -> None:
    told(brewer, 1, **IDLE)
    for seq in range(2, 30):
        told(brewer, seq, room=20.0)
    shown = state(brewer)
    assert list(shown.troubles) == ["boiler"]  # what is sent as it changes stands
    assert shown.troubles["boiler"].reason == "not_sent"
    assert shown.troubles["boiler"].value == 91.5
    told(brewer, 30, boiler=90.0)
    assert state(brewer).troubles == {}


def test_a_channel_that_is_always_sent_rarely_is_not_missed(brewer: Rig) -> None:
    for seq in range(1, 120):
        told(brewer, seq, **(IDLE if seq % 20 == 1 else {"room": 20.0}))
        assert state(brewer).troubles == {} or seq < 21


def test_a_current_that_is_sent_as_it_changes_is_what_it_was_until_then(brewer: Rig) -> None:
    for seq in range(1, 61):
        told(brewer, seq, **({"draw": 2.0} if seq <= 30 else {"boiler": 90.0}))
    assert state(brewer).kpis["energy_wh"].value == pytest.approx(2.0 * 24.0 * 59 / 3600)


def test_the_classifier_says_what_it_lacks(brewer: Rig) -> None:
    told(brewer, 1, **IDLE)
    twin = brewer.device("brewer-1").twin
    assert twin.not_judged() is None
    assert twin.window() is not None
    told(brewer, 2, mode="brewing", boiler=92.0)
    assert twin.not_judged() is None, "a draw is what it was until it is told anew"
    told(brewer, 3, mode="brewing", draw=1.0)
    unjudged = twin.not_judged()
    assert unjudged is not None
    assert "without boiler" in unjudged.why
    assert twin.window() is None


def test_a_text_is_stored_and_read_back(brewer: Rig) -> None:
    told(brewer, 1, **IDLE | {"operator": 'Ü "7"'})
    [(_, _, _, stored)] = list(brewer.reader.items_after(0))
    assert stored.values == IDLE | {"operator": 'Ü "7"'}
    told(brewer, 1, **IDLE | {"operator": 'Ü "7"'})
    assert brewer.device("brewer-1").counts.duplicates == 1
    told(brewer, 1, **IDLE | {"operator": "u8"})
    assert brewer.reasons() == ["conflict"]


def test_rows_of_before_a_channel_became_a_state_are_left_alone(
    brewer: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(brewer, 1, **IDLE)
    brewer.journal.begin()
    brewer.journal._run("""UPDATE reading SET body = '{"boiler":"warm"}'""")
    brewer.journal.commit()
    told(brewer, 2, boiler=90.0)
    assert state(brewer.again()).values == {"boiler": 90.0}
