"""A board of no known type is taken as it comes: its channels are learned from its values."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.errors import Unavailable
from contract.messages import State
from contract.type_files.generic import MOST_CHANNELS
from tests.gateway.rig import EPOCH, Rig, message, reading, telemetry

NAME = "greenhouse"


def send(rig: Rig, seq: int, /, **values: Any) -> None:
    rig.take(telemetry(NAME, reading(seq, values=values)))


def state(rig: Rig) -> State:
    device = rig.device(NAME)
    return device.twin.state(
        now_ms=rig.now_ms, status="online", sequenced=True, catalogue=device.catalogue_id
    )


def channels(rig: Rig) -> list[str]:
    return [channel.name for channel in rig.device(NAME).asset.channels]


def test_a_board_that_nobody_knows_is_a_machine_from_its_first_reading_on(rig: Rig) -> None:
    send(rig, 1, humidity=41.2)
    assert rig.device(NAME).asset.name == "generic"
    assert rig.reasons() == []
    assert state(rig).values == {"humidity": 41.2}
    assert state(rig).troubles == {}
    assert state(rig).kpis == {}
    assert state(rig).catalogue == rig.device(NAME).catalogue_id is not None


def test_numbers_are_channels_and_texts_labels(rig: Rig) -> None:
    send(rig, 1, humidity=41.2, soil_moisture=7, mode="auto")
    asset = rig.device(NAME).asset
    assert [(c.title, c.decimals) for c in asset.channels] == [
        ("Humidity", 1),
        ("Soil moisture", 0),
    ]
    assert [label.name for label in asset.labels] == ["mode"]


def test_a_new_name_extends_it_and_earlier_sums_stay(rig: Rig) -> None:
    send(rig, 1, humidity=41.2)
    before = state(rig).catalogue
    send(rig, 2, humidity=42.0, co2=812)
    assert state(rig).catalogue != before
    assert state(rig).values == {"humidity": 42.0, "co2": 812.0}
    minute = rig.device(NAME).twin.open_minute()
    assert minute is not None
    assert (minute.count, minute.channels["humidity"].count, minute.channels["co2"].count) == (
        2,
        2,
        1,
    )


@pytest.mark.parametrize("is_checkpointed", [False, True])
def test_it_is_the_same_after_a_restart(rig: Rig, *, is_checkpointed: bool) -> None:
    send(rig, 1, humidity=41.2)
    send(rig, 2, humidity=-3.0, co2=812, mode="auto")
    if is_checkpointed:
        rig.checkpoint()
    before, minute = state(rig), rig.device(NAME).twin.open_minute()
    again = rig.again()
    assert state(again).values == before.values
    assert state(again).catalogue == before.catalogue
    restored = again.device(NAME).twin.open_minute()
    assert restored is not None
    assert minute is not None
    assert restored.channels == minute.channels
    assert (restored.count, restored.measured_ms) == (minute.count, minute.measured_ms)


def test_what_a_gauge_shows_is_as_wide_as_what_was_seen(rig: Rig) -> None:
    send(rig, 1, humidity=41.2)
    description = rig.device(NAME).description
    assert description is not None
    assert description.shown("humidity") == (0.0, 50.0)
    twin = rig.device(NAME).twin
    send(rig, 2, humidity=-7.5)
    description = rig.device(NAME).description
    assert description is not None
    assert description.shown("humidity") == (-10.0, 50.0)
    assert rig.device(NAME).twin is twin, "a wider gauge makes no other twin"


def test_what_is_neither_number_nor_text_costs_itself_and_is_named(rig: Rig) -> None:
    send(rig, 1, humidity=41.2, door=True, inner={"a": 1})
    assert state(rig).values == {"humidity": 41.2}
    assert state(rig).troubles["door"].detail == "door is true, not a number"
    assert state(rig).troubles.keys() == {"door", "inner"}


def test_a_text_where_a_number_was_is_set_aside_and_a_number_where_a_text_was_makes_a_channel(
    rig: Rig,
) -> None:
    send(rig, 1, humidity="n/a", co2=800)
    send(rig, 2, humidity=41.2, co2="n/a")
    assert state(rig).values["humidity"] == 41.2
    assert state(rig).troubles.keys() == {"co2"}
    assert channels(rig) == ["humidity", "co2"]


@pytest.mark.parametrize("name", ["soil moisture", "Außen", "x" * 65, "seq", "truth", ""])
def test_a_name_that_cannot_be_is_named_and_costs_no_other(rig: Rig, name: str) -> None:
    send(rig, 1, **{"humidity": 41.2, name: 1.0})
    assert channels(rig) == ["humidity"]
    assert state(rig).troubles.keys() == {name[:64]}


def test_a_flood_of_names_is_bounded_and_loses_no_reading(rig: Rig) -> None:
    for seq in range(1, 5):
        send(rig, seq, humidity=40.0, **{f"c{seq}_{at}": float(at) for at in range(120)})
    assert len(channels(rig)) == MOST_CHANNELS
    assert rig.device(NAME).counts.stored == 4
    assert rig.reasons() == []
    [*_, last] = state(rig).troubles.values()
    assert "more that cannot be" in last.detail


def test_a_birth_may_say_that_it_is_of_no_type(rig: Rig) -> None:
    rig.take(message(NAME, "birth", {"asset": "generic", "epoch": EPOCH}))
    assert rig.device(NAME).asset.name == "generic"
    send(rig, 1, temperature=40.0, rpm=1200.0, current=1.0, vibration=0.8)
    assert rig.device(NAME).asset.name == "generic", "it says so, whatever it measures"
    assert len(channels(rig)) == 4


def test_a_type_that_comes_later_goes_on_with_what_it_was(rig: Rig) -> None:
    send(rig, 1, temperature=40.0, humidity=41.2)
    rig.take(message(NAME, "birth", {"asset": "fan", "epoch": EPOCH}))
    send(rig, 2, temperature=41.0, rpm=1200.0, current=1.0, vibration=0.8, humidity=41.0)
    assert rig.device(NAME).asset.name == "fan"
    assert state(rig).catalogue is None
    assert state(rig).troubles.keys() == {"humidity"}
    minute = rig.device(NAME).twin.open_minute()
    assert minute is not None
    assert minute.channels["temperature"].count == 2
    assert rig.again().device(NAME).asset.name == "fan"


def test_a_birth_of_a_type_that_nobody_has_is_told_and_keeps_nobody_out(rig: Rig) -> None:
    rig.take(message(NAME, "birth", {"asset": "toaster", "epoch": EPOCH}))
    send(rig, 1, humidity=41.2)
    assert rig.reasons() == ["unknown_asset"]
    assert channels(rig) == ["humidity"]


def test_it_is_not_judged_and_says_so(rig: Rig) -> None:
    send(rig, 1, humidity=41.2)
    assert rig.device(NAME).twin.window() is None
    assert "Nobody has described what can be wrong" in (state(rig).not_judged or "")


def test_what_cannot_be_stored_is_not_learned(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    send(rig, 1, humidity=41.2)
    before = rig.device(NAME).description
    commit, failed = rig.journal.commit, list[bool]()

    def failing() -> None:
        if not failed:
            failed.append(True)
            raise Unavailable("The disk does not answer.")
        commit()

    monkeypatch.setattr(rig.journal, "commit", failing)
    monkeypatch.setattr("gateway.ingest.pipeline.RETRY_S", 0.0)
    send(rig, 2, humidity=41.0, co2=800)
    assert failed
    assert channels(rig) == ["humidity", "co2"]
    assert rig.device(NAME).description is not before
    assert rig.rows("SELECT name FROM registry WHERE kind = 'learned'") == [("humidity",), ("co2",)]


names = st.sampled_from(["humidity", "co2", "mode", "soil", "bad name", "seq", "ü"])
values = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=70), st.none(), st.booleans()
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sent=st.lists(st.dictionaries(names, values, min_size=1, max_size=5), min_size=1, max_size=6)
)
def test_whatever_comes_a_restart_makes_the_same_of_it(
    tmp_path_factory: pytest.TempPathFactory, sent: list[dict[str, Any]]
) -> None:
    with Rig(tmp_path_factory.mktemp("rig")) as rig:
        for seq, each in enumerate(sent, start=1):
            send(rig, seq, **each)
        if rig.fleet.find(NAME) is None:
            return
        before = state(rig)
        again = rig.again()
        assert state(again).catalogue == before.catalogue
        assert again.device(NAME).asset == rig.device(NAME).asset
