"""The gateway's rules over a whole run, held against the gateway's own code."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contract.diagnosing import Window, diagnosis_of, is_certain
from contract.messages import Diagnosis, Prediction
from gateway.twin.alarms import AlarmBook
from gateway.twin.limits import FaultWatch
from inference.training import alarms

CLASSES = ("normal", "jam", "wear")
DELAYS_S = (0.0, 1.0, 3.0)
ALARM_FROM = (0.0, 0.7, 0.5)
COURSES = st.lists(
    st.tuples(
        st.sampled_from([200, 500, 5_000]), st.integers(0, 2), st.sampled_from([0.4, 0.6, 0.9, 1.0])
    ),
    min_size=1,
    max_size=80,
)


def delay_s(label: int, confidence: float) -> float:
    """What is very sure waits for less."""
    return min(DELAYS_S[label], 0.5) if confidence > 0.95 else DELAYS_S[label]


def diagnosis(time_ms: int, fault: str, confidence: float) -> Diagnosis:
    found = Prediction(0, fault, fault, confidence, "Low", "Look.", [], 0.0, "drill-1")
    return diagnosis_of(Window("drill", [time_ms], [()]), found, judged_ms=time_ms)


@given(COURSES)
def test_what_is_told_and_alarmed_is_what_the_gateway_would(
    course: list[tuple[int, int, float]],
) -> None:
    times = np.cumsum([step for step, _, _ in course])
    labels = np.array([label for _, label, _ in course])
    confidence = np.array([sure for _, _, sure in course])
    told: Diagnosis | None = None
    previous: Diagnosis | None = None
    book, watch, raised, shown = AlarmBook(), FaultWatch(), [], []
    for at, (time_ms, label) in enumerate(zip(times.tolist(), labels.tolist(), strict=True)):
        now = diagnosis(time_ms, CLASSES[label], course[at][2])
        if is_certain(now, previous=previous, told=told):
            told = now
            before = {alarm.name for alarm in book.open_alarms}
            watch.step(
                now, book, delay_s=delay_s(label, course[at][2]), alarm_from=ALARM_FROM[label]
            )
            raised += [
                (at, CLASSES.index(alarm.name.removeprefix("fault_")))
                for alarm in book.open_alarms
                if alarm.name not in before
            ]
        previous = now
        shown.append(CLASSES.index(told.fault) if told else -1)
    found = alarms.told(times, labels)
    assert found.tolist() == shown
    counted = alarms.raised(
        times,
        found,
        judged=labels,
        confidence=confidence,
        delay_s=delay_s,
        alarm_from=ALARM_FROM,
    )
    # More at most: one that is still open counts again.
    assert set(raised) <= set(counted)
