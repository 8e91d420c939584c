"""One channel, one word or one spelling that is odd: it costs itself, and is named."""

from typing import Any

import pytest

from tests.gateway.field import ALL_FOUR, BAD, GOOD, Board, Field, Sent, always, right, wh
from tests.gateway.rig import Rig, message, telemetry

HOT = BAD | {"current": 5.0}


@pytest.fixture
def field(rig: Rig) -> Field:
    return Field(rig)


@pytest.mark.slow
@pytest.mark.parametrize(
    "value", [-127.0, None, "err", True, "NaN", "41.0", [1], {"a": {"b": [1, 2]}}, 1e308]
)
@pytest.mark.parametrize("channel", ["temperature", "vibration"])
def test_a_bad_channel_costs_itself_and_is_named(field: Field, channel: str, value: Any) -> None:
    board = Board("fan-01", right(field.start_ms))
    field.play(board.live(0, 20_000, values=always(BAD | {channel: value})), until_ms=20_000)
    state = field.state("fan-01")
    assert len(field.stored("fan-01")) == 100
    assert set(state.troubles) == {channel}
    assert channel in state.troubles[channel].detail
    assert channel not in state.values
    assert set(field.raised("fan-01")) == ALL_FOUR - {f"{channel}_high"} | {"refused"}
    assert field.text("fan-01", "refused").startswith(f"{channel}: ")
    assert field.energy_wh("fan-01")[0] == pytest.approx(wh(19.8))
    field.play(board.live(20_000, 100_000), until_ms=100_000)
    assert field.open("fan-01") == set()
    assert field.state("fan-01").troubles == {}


def test_two_bad_channels_are_both_named(field: Field) -> None:
    board = Board("fan-01", right(field.start_ms))
    both = GOOD | {"temperature": -127.0, "vibration": None}
    field.play(board.live(0, 20_000, values=always(both)), until_ms=20_000)
    assert field.raised("fan-01") == ["refused"]
    text = field.text("fan-01", "refused")
    assert "temperature is -127" in text
    assert "vibration is null" in text


@pytest.mark.slow
@pytest.mark.parametrize(("bad_of_ten", "is_told"), [(3, False), (5, False), (7, True)])
def test_a_channel_that_is_bad_now_and_then(
    field: Field,
    bad_of_ten: int,
    is_told: bool,  # noqa: FBT001
) -> None:
    def values(at: int) -> dict[str, Any]:
        is_bad = at // 200 * bad_of_ten % 10 < bad_of_ten
        return BAD | ({"temperature": -127.0} if is_bad else {})

    board = Board("fan-01", right(field.start_ms))
    field.play(board.live(0, 150_000, values=values), until_ms=150_000)
    assert set(field.raised("fan-01")) == ALL_FOUR | ({"refused"} if is_told else set())


@pytest.mark.parametrize(
    "surplus",
    [
        {"power": 13.1},
        {"humidity": 41},
        {"mode": "auto"},
        {"door": True},
        {"gps": {"lat": 51.5, "fix": [1, {"b": 2}]}},
        {"kühler/ä °C": 3, "": 1, "a.b": 2, "$.x": None},
    ],
)
@pytest.mark.parametrize("epoch", ["0000f1e1-1", None], ids=["sequenced", "unsequenced"])
def test_a_surplus_channel_is_kept_and_disturbs_nobody(
    field: Field, surplus: dict[str, Any], epoch: str | None
) -> None:
    board = Board("fan-01", right(field.start_ms), epoch=epoch)
    field.play(board.live(0, 10_000, values=always(HOT | surplus)), until_ms=10_000)
    assert len(field.stored("fan-01")) == 50
    assert field.refused() == []
    assert set(field.raised("fan-01")) == ALL_FOUR
    troubles = field.state("fan-01").troubles
    assert set(troubles) == set(surplus)
    assert {trouble.reason for trouble in troubles.values()} == {"unknown_channel"}


def test_a_sensor_at_rest_and_one_the_wrong_way_round(field: Field) -> None:
    rest = Board("rest", right(field.start_ms))
    swapped = Board("swapped", right(field.start_ms))
    field.play(
        rest.live(0, 10_000, values=always(GOOD | {"current": -0.001})),
        swapped.live(0, 10_000, values=always(GOOD | {"current": -1.05})),
        until_ms=10_000,
    )
    assert field.raised("rest") == []
    assert field.state("rest").values["current"] == 0.0
    assert field.raised("swapped") == ["refused"]
    assert "connected the other way round" in field.text("swapped", "refused")


@pytest.mark.parametrize(
    ("spelling", "is_meant"),
    [
        ("{now}.0", True),
        ("{now}", True),
        ("0", False),
        ("0.0", False),
        ("946684800000", False),
    ],
)
def test_times_mean_what_they_plainly_mean(field: Field, spelling: str, is_meant: bool) -> None:  # noqa: FBT001
    raw = spelling.format(now=field.start_ms - 1_000)
    payload = (
        f'{{"epoch":"ab-1","seq":1,"time_ms":{raw},"values":'
        '{"temperature":41.0,"rpm":1200,"current":1.05,"vibration":0.8}}'
    ).encode()
    field.play([Sent(5, telemetry("fan-01", payload))], until_ms=10)
    assert field.refused() == []
    ((_, time_ms, received_ms, _),) = field.stored("fan-01")
    assert time_ms == (field.start_ms - 1_000 if is_meant else received_ms)


@pytest.mark.parametrize(
    ("factor", "unit"), [(1e-3, "seconds"), (1e3, "microseconds"), (1e6, "nanoseconds")]
)
def test_other_units_get_a_sentence(field: Field, factor: float, unit: str) -> None:
    board = Board("fan-01", lambda at: round((field.start_ms + at) * factor))
    field.play(board.live(0, 10_000, every_ms=1_000), until_ms=11_000)
    assert {reason for reason, _ in field.refused()} == {"bad_time"}
    assert all(f"looks like {unit}" in detail for _, detail in field.refused())
    assert "refused" in field.open("fan-01")
    assert unit in field.text("fan-01", "refused")


def test_a_refusal_names_the_channel_and_no_path(field: Field) -> None:
    nothing = {"rpm ": 1200.0}
    board = Board("fan-01", right(field.start_ms))
    field.play(board.live(0, 2_000, every_ms=1_000), until_ms=2_000)
    field.play(board.live(2_000, 4_000, every_ms=1_000, values=always(nothing)), until_ms=4_000)
    field.play(
        board.live(4_000, 6_000, every_ms=1_000, values=always(dict.fromkeys(GOOD, "x"))),
        until_ms=6_000,
    )
    details = [detail for _, detail in field.refused()]
    assert len(details) == 4
    assert all("rpm" in detail and "$" not in detail for detail in details)


@pytest.mark.parametrize(
    "payload",
    [
        {"values": GOOD, "time_ms": "2026-03-01T08:00:00Z"},
        {"values": GOOD, "period_ms": 0},
        {"values": GOOD, "epoch": "9f2c41aa-7"},
        {"values": GOOD, "epoch": "", "seq": 1},
        {"values": {name: str(value) for name, value in GOOD.items()}},
        [{"values": GOOD, "seq": 1.5}],
    ],
)
def test_a_board_without_a_birth_that_sends_nothing_good_is_told_of(
    field: Field, payload: Any
) -> None:
    """By its channels it is known what it is, whatever else is wrong with what it sends."""
    sent = [
        Sent(at_ms, message("fan-01", "telemetry", payload)) for at_ms in range(0, 20_000, 1_000)
    ]
    field.play(sent, until_ms=20_000)
    assert field.open("fan-01") == {"refused"}
    assert field.text("fan-01", "refused").endswith(field.refused()[-1][1])


@pytest.mark.parametrize("payload", [b"{", b"[]", {"values": {"a b": 1}}, {"values": []}, [1]])
def test_nobody_is_made_a_machine_of_by_what_tells_nothing(field: Field, payload: Any) -> None:
    field.play([Sent(0, message("fan-01", "telemetry", payload))], until_ms=20_000)
    assert field.rig.rows("SELECT count(*) FROM device") == [(0,)]
