"""A machine with everything a channel can be, and any items of it."""

from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from firmware.device import payload

MODEL = SimpleNamespace(
    MODEL="a machine of all kinds",
    CHANNELS=(("flow", "L/min"), ("state", ""), ("litres", "L"), ("level", "%"), ("job", "")),
    STATES=("state",),
    COUNTERS=("litres",),
    LABELS=("job",),
    EVENTS=("service",),
    DECIMALS={"level": 1},
    FAULTS=("leak",),
)
LAYOUT = payload.layout_of(MODEL)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=64)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "flow": st.floats(-2_000_000, 2_000_000, allow_nan=False),
    "state": TEXTS,
    "litres": st.integers(-(10**15), 10**15)
    | st.tuples(st.integers(-(2**62), 2**62), st.integers(3, 6)),
    "level": st.floats(-1000, 1000, allow_nan=False) | st.integers(-1000, 1000),
    "job": TEXTS,
}
TIMES_MS = st.integers(0, 2**48 - 1)
READINGS = st.fixed_dictionaries({}, optional=VALUES).filter(bool)
NUMBERS = (
    st.integers(-(2**63), 2**63)
    | st.floats(-1e9, 1e9, allow_nan=False)
    | st.tuples(st.integers(-(2**63), 2**63), st.integers(0, 9))
)
EVENTS = st.dictionaries(st.text(min_size=1, max_size=20), NUMBERS | TEXTS, max_size=4).filter(
    lambda values: all(name.isprintable() and name.isascii() for name in values)
)


def reading(time_ms: int, values: dict[str, Any], truth: str | None) -> bytes:
    return LAYOUT.pack(time_ms=time_ms, values=values, truth=truth)


def event(time_ms: int, values: dict[str, Any]) -> bytes:
    return payload.event(time_ms=time_ms, name="service", values=values)


TRUTHS = st.sampled_from([None, "normal", "leak"])
RECORDS = st.builds(reading, TIMES_MS, READINGS, TRUTHS) | st.builds(event, TIMES_MS, EVENTS)
