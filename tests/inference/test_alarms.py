"""The gateway's rules over a whole run, held against the gateway's own code."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.alarms import AlarmBook
from gateway.detect import Window, diagnosis_of, is_certain
from gateway.messages import Diagnosis, Prediction
from gateway.watches import FaultWatch
from inference import alarms

CLASSES = ("normal", "jam", "wear")
DELAYS_S = (0.0, 1.0, 3.0)
COURSES = st.lists(
    st.tuples(st.sampled_from([200, 500, 5_000]), st.integers(0, 2)), min_size=1, max_size=80
)


def diagnosis(time_ms: int, fault: str) -> Diagnosis:
    found = Prediction(0, fault, fault, 0.9, "Low", "Look.", [], 0.0, "drill-1")
    return diagnosis_of(Window("drill", [time_ms], [()]), found, judged_ms=time_ms)


@given(COURSES)
def test_what_is_told_and_alarmed_is_what_the_gateway_would(course: list[tuple[int, int]]) -> None:
    times = np.cumsum([step for step, _ in course])
    labels = np.array([label for _, label in course])
    told: Diagnosis | None = None
    previous: Diagnosis | None = None
    book, watch, raised, shown = AlarmBook(), FaultWatch(), [], []
    for at, (time_ms, label) in enumerate(zip(times.tolist(), labels.tolist(), strict=True)):
        now = diagnosis(time_ms, CLASSES[label])
        if is_certain(now, previous=previous, told=told):
            told = now
            before = {alarm.name for alarm in book.open_alarms}
            watch.step(now, book, delay_s=DELAYS_S[label])
            raised += [
                (at, CLASSES.index(alarm.name.removeprefix("fault_")))
                for alarm in book.open_alarms
                if alarm.name not in before
            ]
        previous = now
        shown.append(CLASSES.index(told.fault) if told else -1)
    found = alarms.told(times, labels)
    assert found.tolist() == shown
    counted = alarms.raised(times, found, delays_s=DELAYS_S)
    # More at most: one that is still open counts again, and so does a class that no judgement
    # after the first confirms while its change waits for another one's word.
    assert set(raised) <= set(counted)


def test_a_gateway_looks_twice_a_second_at_most() -> None:
    assert alarms.looks(np.arange(0, 2_000, 100)).tolist() == [0, 5, 10, 15]
    assert alarms.looks(np.arange(0, 20_000, 5_000)).tolist() == [0, 1, 2, 3]
