"""An anomaly of a fault or a limit says which channels departed, by how much and from what."""

import asyncio
from typing import Any

from contract.assets import get
from contract.messages import Diagnosis, Reason
from tests.gateway.rig import NOW_MS, VALUES, Rig, reading, telemetry

EVIDENCE = "SELECT method, name, evidence, revision > 0 FROM anomaly"
REASONS = [
    Reason("current", 0.7, "Current is 2.9 A; in healthy machines 0.8 to 1.3 A"),
    Reason("rpm", 0.3, "Speed is 900 rpm; in healthy machines 1150 to 1250 rpm"),
]


def diagnosed(fault: str, time_ms: int, reasons: list[Reason]) -> Diagnosis:
    it = get("fan").fault(fault)
    return Diagnosis(
        device="fan-01", time_ms=time_ms, judged_ms=time_ms, stale=False, fault_code=it.code,
        fault_label=it.label, fault=fault, confidence=0.9, severity=it.severity, advice=it.advice,
        reasons=reasons, anomaly_score=0.1, model="fan-1",
    )  # fmt: skip


def told(rig: Rig, *found: Diagnosis) -> None:
    device = rig.device()
    for each in found:
        device.twin.on_diagnosis(each)
    asyncio.run(rig.pipeline.settle([device]))


def kept(rig: Rig) -> list[tuple[Any, ...]]:
    return rig.rows(
        "SELECT name, evidence ->> '$[0].channel', evidence ->> '$[0].text' FROM anomaly"
    )


def test_of_a_fault_the_reasons_of_the_classifier(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1, time_ms=NOW_MS)))
    told(rig, *(diagnosed("overcurrent", NOW_MS + at, REASONS) for at in (0, 1_000, 2_000)))
    assert kept(rig) == [("fault_overcurrent", "current", REASONS[0].text)]
    [(count,)] = rig.rows("SELECT json_array_length(evidence) FROM anomaly")
    assert count == 2
    rig.die()
    rig.again()
    told(rig, *(diagnosed("normal", NOW_MS + at, []) for at in (3_000, 5_000, 7_000)))
    assert rig.rows("SELECT end_ms IS NULL FROM anomaly") == [(0,)]
    assert kept(rig) == [("fault_overcurrent", "current", REASONS[0].text)], "and it stays"


def test_of_a_limit_what_was_measured_and_what_it_may_be(rig: Rig) -> None:
    hot = VALUES | {"temperature": 71.5}
    items = [reading(seq, time_ms=NOW_MS - 10_000 + seq * 500, values=hot) for seq in range(1, 10)]
    rig.take(telemetry("fan-01", *items))
    assert kept(rig) == [("temperature_high", "temperature", "Temperature 71.5 °C is above 70 °C")]
