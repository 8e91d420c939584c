"""Each machine's normal is learned as it works, and what is unlike it is kept, once."""

import asyncio
from typing import Any, cast

import msgspec
import pytest

from contract.errors import Unavailable
from contract.normality import PROVEN_ROWS
from gateway.judging.learner import ASK_ROWS, Learner, step
from gateway.judging.normality import Normality
from inference.serving.anomalies import answered
from tests.gateway.rig import NOW_MS, Rig, reading, telemetry


class Here:
    """The service's own answers, without a connection; gone where it is told to be."""

    is_gone = False

    async def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        if self.is_gone:
            raise Unavailable("Inference does not answer.")
        told: dict[str, Any] = msgspec.to_builtins(answered(msgspec.json.encode(question)))
        return told


def learner(rig: Rig, service: Here) -> Learner:
    return Learner(
        fleet=rig.fleet,
        pipeline=rig.pipeline,
        normality=cast(Normality, service),
        known=list(rig.reader.learned()),
        open_=list(rig.reader.open_anomalies("joint")),
        now_ms=lambda: NOW_MS,
    )


def live(rig: Rig, pupil: Learner, looks: range, *, current: float = 1.0) -> None:
    """So many looks at a fan, each of one reading."""
    device = rig.device("fan-01")
    for at in looks:
        wave = (at * 7919 % 101) / 101.0
        values = {"temperature": 41 + wave, "rpm": 1200 + 9 * wave, "vibration": 0.8 + 0.05 * wave}
        one = pupil._pupil(device)
        one.samples.append(values | {"current": current + 0.1 * wave})
        asyncio.run(pupil.look())


@pytest.fixture
def taught(rig: Rig) -> tuple[Rig, Learner, Here]:
    rig.take(telemetry("fan-01", reading(1, time_ms=NOW_MS)))
    service = Here()
    pupil = learner(rig, service)
    live(rig, pupil, range(PROVEN_ROWS))
    return rig, pupil, service


def test_a_normal_is_learned_an_anomaly_kept_and_ended_and_a_restart_goes_on(
    taught: tuple[Rig, Learner, Here],
) -> None:
    rig, pupil, service = taught
    assert rig.rows("SELECT rows, body IS NOT NULL FROM learned") == [(PROVEN_ROWS, 1)]
    live(rig, pupil, range(ASK_ROWS * 3))
    assert rig.rows("SELECT count(*) FROM anomaly") == [(0,)]
    live(rig, pupil, range(ASK_ROWS * 5), current=3.0)
    kept = "SELECT method, name, channel, end_ms IS NULL FROM anomaly"
    assert rig.rows(kept) == [("joint", "baseline", "current", 1)]
    live(rig, pupil, range(ASK_ROWS * 12))
    assert rig.rows(kept) == [("joint", "baseline", "current", 0)]
    again = learner(rig, service)
    live(rig, again, range(ASK_ROWS))
    assert again._pupil(rig.device("fan-01")).memory is not None


def test_while_inference_is_away_nothing_is_lost(
    taught: tuple[Rig, Learner, Here], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, pupil, service = taught
    monkeypatch.setattr("gateway.judging.learner._AWAY_S", 0.0)
    service.is_gone = True
    live(rig, pupil, range(ASK_ROWS * 4), current=3.0)
    assert rig.rows("SELECT count(*) FROM anomaly") == [(0,)]
    service.is_gone = False
    live(rig, pupil, range(1), current=3.0)
    assert rig.rows("SELECT count(*) FROM anomaly") == [(1,)]


def test_an_anomaly_names_the_alarm_it_shares_its_cause_with(rig: Rig) -> None:
    hot = {"temperature": 90.0, "rpm": 1200, "current": 1.0, "vibration": 0.8}
    rig.take(
        *(
            telemetry("fan-01", reading(seq, time_ms=NOW_MS - 20_000 + seq * 1_000, values=hot))
            for seq in range(1, 9)
        )
    )
    device = rig.device("fan-01")
    [alarm] = device.alarms.values()
    told: list[Any] = []
    step(device, None, NOW_MS, (True, 2.0, "temperature"), told)
    step(device, None, NOW_MS, (True, 2.0, "vibration"), told)
    assert [each.alarm for each in told] == [alarm.id, None]
