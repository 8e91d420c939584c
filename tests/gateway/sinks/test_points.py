"""Points of the journal's rows: one for each reading, whatever the journal went through."""

from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages import Diagnosis
from gateway.sinks.influxdb.points import MEASUREMENTS
from gateway.twin.kpi import Factors

FACTORS: Final = Factors(co2_kg_per_kwh=0.2, price_per_kwh=0.3, currency="EUR")
BODY: Final = '{"rpm":1200.0}'

_epochs = st.one_of(
    st.from_regex(r"[0-9a-f]{8}-[0-9]{1,6}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9-]{1,32}", fullmatch=True),
    st.just("unsequenced"),
)
_seqs = st.one_of(
    st.integers(1, 2**32 - 1),
    st.integers(0, 4_000).map(lambda lap: 7 + lap * 1_000_000),  # a clock that stands still
    st.integers(1, 30),
)
_keys = st.tuples(_epochs, _seqs, st.sampled_from([1_763_640_000_000, 1_763_640_000_001]))


def point_of(key: tuple[str, int, int], *, id_: int) -> tuple[str, str]:
    """Series and time stamp, by which InfluxDB tells points apart."""
    epoch, seq, time_ms = key
    row = (id_, "fan-01", "fan", time_ms, epoch, seq, BODY, None)
    series, _, stamp = MEASUREMENTS["reading"].encode(row, lambda *_: FACTORS).split(" ")
    return series, stamp


@pytest.mark.slow
@given(st.lists(_keys, unique=True, max_size=60))
def test_two_readings_are_two_points(keys: list[tuple[str, int, int]]) -> None:
    points = {point_of(key, id_=id_) for id_, key in enumerate(keys, start=1)}
    assert len(points) == len(keys)


@given(_keys, st.integers(1, 2**62), st.integers(1, 2**62))
def test_a_reading_is_one_point_in_whatever_journal(
    key: tuple[str, int, int], first_id: int, second_id: int
) -> None:
    assert point_of(key, id_=first_id) == point_of(key, id_=second_id)


def test_a_board_adds_one_series_a_start_and_one_a_million_readings() -> None:
    def series(seq: int) -> str:
        return point_of(("9f2c41aa-7", seq, 1_763_640_000_000), id_=1)[0]

    assert series(1) == series(999_999) == "reading,asset=fan,device=fan-01,lane=9f2c41aa-7"
    assert series(1_000_000) == series(1_999_999) == f"{series(1)}.1"


def judgement(fault_code: int, *, stale: bool = False, judged_ms: int = 5, id_: int = 1) -> str:
    found = Diagnosis(
        device="fan-01", time_ms=1_763_640_000_000, judged_ms=judged_ms, stale=stale,
        fault_code=fault_code, fault_label="", fault="x", confidence=1.0, severity="High",
        advice="", reasons=[], anomaly_score=0.5, model="fan-1",
    )  # fmt: skip
    body = msgspec.json.encode(found).decode()
    line = MEASUREMENTS["diagnosis"].encode(
        (id_, "fan-01", "fan", found.time_ms, body), lambda *_: FACTORS
    )
    return line.rsplit(" ", maxsplit=1)[1]


def test_a_judgement_is_stamped_by_its_moment_and_class_alone() -> None:
    assert judgement(1, judged_ms=5, id_=1) == judgement(1, judged_ms=9, id_=77)
    stamps = {judgement(code, stale=stale) for code in range(-1, 20) for stale in (False, True)}
    assert len(stamps) == 42


def test_a_state_and_a_label_are_text_fields() -> None:
    body = '{"flow":1.5,"state":"idle","operator":"a \\"b\\""}'
    row = (1, "d-01", "dispenser", 1_763_640_000_000, "9f2c41aa-7", 3, body, None)
    line = MEASUREMENTS["reading"].encode(row, lambda *_: FACTORS)
    assert 'flow=1.5,state="idle",operator="a \\"b\\"",epoch="9f2c41aa-7",seq=3i' in line


def test_an_event_is_a_point_of_its_own_measurement() -> None:
    body = '{"volume":0.25,"user":"u7","seq":9.0,"time":1.0}'
    row = (1, "d-01", "dispenser", 1_763_640_000_000, "9f2c41aa-7", 3, "service", body)
    line = MEASUREMENTS["event"].encode(row, lambda *_: FACTORS)
    assert line == (
        "event,asset=dispenser,device=d-01,event=service,lane=9f2c41aa-7"
        ' volume=0.25,user="u7",seq_=9.0,time_=1.0,epoch="9f2c41aa-7",seq=3i'
        " 1763640000000000003"
    )
