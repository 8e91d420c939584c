"""What a health is made of: its parts add up to what lacks to 100."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.assets.words import NORMAL
from gateway.twin import health, kpi
from gateway.twin.alarms import AlarmBook
from gateway.twin.health import health_of
from tests.gateway.twin.test_kpi import RATED, moment

SEVERITIES = ("None", "Low", "Medium", "High", "Critical")


def book(severity: Any) -> AlarmBook:
    made = AlarmBook()
    if severity != "None":
        made.raise_("jam", kind="fault", severity=severity, text="Jam: free it.", time_ms=1000)
    return made


def parts(**fields: Any) -> dict[str, tuple[float, str]]:
    alarms = book(fields.get("worst_alarm", "None"))
    found = health_of(moment(**fields), worst=alarms.gravest(), found="jam")
    return {part.of: (part.points, part.text) for part in found.parts}


@given(
    values=st.fixed_dictionaries(
        {"heat": st.floats(-40, 150), "turns": st.floats(0, 6000), "amps": st.floats(0, 20)}
    ),
    severity=st.sampled_from(SEVERITIES),
    doubted=st.sampled_from(SEVERITIES),
    confidence=st.floats(0, 1),
)
def test_the_parts_add_up_to_the_figure(
    values: dict[str, float], severity: str, doubted: str, confidence: float
) -> None:
    now = moment(
        values=values,
        worst_alarm=severity,
        suspicion=kpi.suspicion(severity=doubted, confidence=confidence),
    )
    found = health_of(now, worst=book(severity).gravest(), found=NORMAL)
    assert found.value == pytest.approx(kpi.health(now).value)
    assert found.value == pytest.approx(100.0 - sum(part.points for part in found.parts))


def test_each_part_says_why() -> None:
    assert parts() == {
        "limits": (0.0, health.WITHIN),
        "alarm": (0.0, health.NO_ALARM),
        "diagnosis": (0.0, health.NO_FAULT),
    }
    points, text = parts(values=RATED | {"heat": 60.0})["limits"]
    assert points == pytest.approx(15.0)
    assert "50% of the way to its limit (50 to 70" in text
    assert parts(worst_alarm="High")["alarm"] == (50.0, "Jam.")


def test_one_fault_counts_once_and_says_so() -> None:
    found = parts(worst_alarm="High", suspicion=20.0)
    assert (found["alarm"][0], found["diagnosis"][0]) == (50.0, 0.0)
    assert found["diagnosis"][1].endswith(health.ONCE)
    found = parts(worst_alarm="Low", suspicion=40.0)
    assert (found["alarm"][0], found["diagnosis"][0]) == (0.0, 40.0)
    assert found["alarm"][1].endswith(health.ONCE)


def test_what_nobody_can_tell_has_a_reason() -> None:
    assert health_of(None, worst=None, found=NORMAL).reason == health.SILENT
    stopped = health_of(moment(stopped=True), worst=None, found=NORMAL)
    assert (stopped.value, stopped.reason) == (None, health.STOPPED)
    old = health_of(moment(fresh=False), worst=None, found=NORMAL)
    assert (old.value, old.reason) == (100.0, health.OLD)
