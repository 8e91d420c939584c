"""Each machine's normal is learned as it works, and what is unlike it is kept, once."""

import asyncio
import re
from typing import Any, cast

import msgspec
import pytest

from contract.assets import get
from contract.errors import Refused, Unavailable
from contract.normality import PROVEN_ROWS
from gateway.judging.findings import Look, step
from gateway.judging.learner import LEARN_AT_ONCE, STILL_LOOKS, Learner
from gateway.judging.normality import Normality
from gateway.judging.pupil import ASK_ROWS, NOTE_ROWS
from inference.errors import BadRequest
from inference.serving.anomalies import answered
from tests.gateway.rig import NOW_MS, Rig, reading, telemetry


class Here:
    """The service's own answers, without a connection; gone where it is told to be."""

    is_gone = False

    async def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        if self.is_gone:
            raise Unavailable("Inference does not answer.")
        try:
            told: dict[str, Any] = msgspec.to_builtins(answered(msgspec.json.encode(question)))
        except BadRequest as error:
            raise Refused(str(error)) from error
        return told


def learner(rig: Rig, service: Here, *, since_ms: int = 0) -> Learner:
    return Learner(
        fleet=rig.fleet,
        pipeline=rig.pipeline,
        normality=cast(Normality, service),
        known=list(rig.reader.learned()),
        open_=list(rig.reader.open_anomalies("joint")),
        now_ms=lambda: NOW_MS,
        journal_path=rig.directory / "journal.db",
        in_use_since_ms=lambda _: since_ms,
    )


def live(rig: Rig, pupil: Learner, looks: range, *, current: float = 1.0) -> None:
    """So many looks at a fan, each of one reading."""
    device = rig.device("fan-01")
    for at in looks:
        wave = (at * 7919 % 101) / 101.0
        values = {"temperature": 41 + wave, "rpm": 1200 + 9 * wave, "vibration": 0.8 + 0.05 * wave}
        one = pupil._pupil(device)
        one.samples.append(values | {"current": current + 0.1 * wave})
        turn(pupil)


def turn(pupil: Learner) -> None:
    """A look of each machine, and whatever there is to ask."""

    async def both() -> None:
        await pupil.look()
        await pupil.ask()

    asyncio.run(both())


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
    kept_of_it = "SELECT rows, body IS NOT NULL, proven_ms FROM learned"
    assert rig.rows(kept_of_it) == [(PROVEN_ROWS, 1, NOW_MS)]
    live(rig, pupil, range(ASK_ROWS * 3))
    assert rig.rows("SELECT count(*) FROM anomaly") == [(0,)]
    live(rig, pupil, range(ASK_ROWS * 5), current=3.0)
    kept = "SELECT method, name, channel, end_ms IS NULL FROM anomaly"
    assert rig.rows(kept) == [("joint", "baseline", "current", 1)]
    [(score, text)] = rig.rows("SELECT score, evidence ->> '$[0].text' FROM anomaly")
    assert score > 1.0
    assert re.fullmatch(r"Current is 3\.\d+ A, [12]\.\d+ A above its usual 1\.\d+ A\.", text)
    live(rig, pupil, range(ASK_ROWS * 12))
    assert rig.rows(kept) == [("joint", "baseline", "current", 0)]
    again = learner(rig, service)
    live(rig, again, range(ASK_ROWS))
    assert again._pupil(rig.device("fan-01")).memory is not None


def test_what_is_known_is_noted_as_it_grows(taught: tuple[Rig, Learner, Here]) -> None:
    rig, pupil, service = taught
    live(rig, pupil, range(NOTE_ROWS))
    assert rig.rows("SELECT rows FROM learned") == [(PROVEN_ROWS + NOTE_ROWS,)]
    assert learner(rig, service)._pupil(rig.device("fan-01")).known == PROVEN_ROWS + NOTE_ROWS


def test_where_nobody_noted_since_when_a_machine_is_judged_it_is_from_this_start_on(
    taught: tuple[Rig, Learner, Here],
) -> None:
    rig, _, service = taught
    [(id_, kept)] = rig.reader.learned()
    rig.journal.begin()
    rig.journal.put_learned(device_id=id_, learned=msgspec.structs.replace(kept, proven_ms=None))
    rig.journal.commit()
    assert [known.proven_ms for _, known in rig.reader.learned()] == [None]
    assert learner(rig, service)._pupil(rig.device("fan-01")).proven_ms == NOW_MS


def test_while_inference_is_away_nothing_is_lost(taught: tuple[Rig, Learner, Here]) -> None:
    rig, pupil, service = taught
    service.is_gone = True
    live(rig, pupil, range(ASK_ROWS * 4), current=3.0)
    assert rig.rows("SELECT count(*) FROM anomaly") == [(0,)]
    service.is_gone = False
    live(rig, pupil, range(1), current=3.0)
    assert rig.rows("SELECT count(*) FROM anomaly") == [(1,)]


def test_while_inference_is_away_every_machine_is_looked_at(
    taught: tuple[Rig, Learner, Here],
) -> None:
    rig, pupil, service = taught
    rig.take(telemetry("fan-02", reading(1, time_ms=NOW_MS)))
    other = pupil._pupil(rig.device("fan-02"))
    service.is_gone = True
    for _ in range(ASK_ROWS * 2):
        other.samples.append({"temperature": 41.0})
        live(rig, pupil, range(1))
    assert (other.known, other.samples) == (ASK_ROWS * 2, [])


def test_a_machine_that_says_that_it_is_out_of_order_is_not_looked_at(rig: Rig) -> None:
    good = {"temperature": 35.0, "vibration": 1.0, "rpm": 3000, "torque": 20.0, "power": 6000}
    whole = good | {"tool_wear": 90.0, "worn": 90.0}
    states = ["running", "down", "running", "maintenance", "waiting"]
    pupil = learner(rig, Here())
    seen = []
    for at, state in enumerate(states):
        told = reading(at + 1, time_ms=NOW_MS - 9_000 + at * 1_000, values=whole | {"state": state})
        rig.take(telemetry("mill-01", told))
        asyncio.run(pupil.sample())
        seen.append(len(pupil._pupil(rig.device("mill-01")).samples))
    assert rig.device("mill-01").asset.name == "machine_tool"
    assert seen == [1, 1, 2, 2, 3]


def test_looking_waits_for_no_answer_and_how_old_the_oldest_look_is_can_be_told(
    taught: tuple[Rig, Learner, Here], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, pupil, service = taught
    assert pupil.standing() == (1, 1, None)
    known = pupil._pupil(rig.device("fan-01"))

    async def slow() -> None:
        answered = asyncio.Event()

        async def wait(_: dict[str, Any]) -> dict[str, Any]:
            await answered.wait()
            raise Unavailable("It took too long.")

        monkeypatch.setattr(service, "ask", wait)
        for _ in range(ASK_ROWS):
            known.samples.append({"temperature": 41.0})
            await pupil.look()
        asking = asyncio.create_task(pupil.ask())
        for _ in range(ASK_ROWS):
            await asyncio.sleep(0)
            known.samples.append({"temperature": 41.0})
            await pupil.look()
        answered.set()
        await asking

    asyncio.run(slow())
    assert len(known.fresh) == 2 * ASK_ROWS
    known.fresh[0] = (NOW_MS - 90_000, known.fresh[0][1])
    assert pupil.standing().oldest_look_s == 90.0


def test_machines_that_learn_together_keep_the_others_looks_waiting_for_a_few_only(
    rig: Rig,
) -> None:
    names = [f"fan-{number:02d}" for number in range(1, 2 * LEARN_AT_ONCE + 1)]
    rig.take(*(telemetry(name, reading(1, time_ms=NOW_MS)) for name in names))
    pupil = learner(rig, Here())
    rows: list[list[float | None]] = [
        [41.0 + at % 7, 1200.0, 1.0, 0.8] for at in range(PROVEN_ROWS)
    ]
    for name in names:
        pupil._pupil(rig.device(name)).recall(rows, from_ms=0)
    asyncio.run(pupil.ask())
    assert pupil.standing().learned == LEARN_AT_ONCE
    asyncio.run(pupil.ask())
    assert pupil.standing().learned == 2 * LEARN_AT_ONCE


def test_an_anomaly_is_over_when_its_machine_stands_still_for_long_or_is_in_use_no_more(
    taught: tuple[Rig, Learner, Here],
) -> None:
    rig, pupil, _ = taught
    device = rig.device("fan-01")
    open_ = "SELECT count(*) FROM anomaly WHERE method = 'joint' AND end_ms IS NULL"
    live(rig, pupil, range(ASK_ROWS * 5), current=3.0)
    for _ in range(STILL_LOOKS):
        turn(pupil)
    assert rig.rows(open_) == [(1,)], "who measures seldom is neither silent nor still"
    device.enter("replaced")
    turn(pupil)
    assert rig.rows(open_) == [(0,)]


def test_a_memory_that_inference_does_not_know_is_learned_anew(
    taught: tuple[Rig, Learner, Here],
) -> None:
    rig, pupil, _ = taught
    known = pupil._pupil(rig.device("fan-01"))
    known.memory = {"of": "another version"}
    live(rig, pupil, range(ASK_ROWS))
    assert known.memory is None
    live(rig, pupil, range(1))
    assert known.memory is not None
    assert rig.rows("SELECT body LIKE '%another version%' FROM learned") == [(0,)]


def test_a_machine_may_become_of_another_type_while_inference_is_asked(
    taught: tuple[Rig, Learner, Here], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, pupil, service = taught
    device, ask = rig.device("fan-01"), service.ask

    async def meanwhile(question: dict[str, Any]) -> dict[str, Any]:
        answer = await ask(question)
        device.asset = get("dispenser")
        return answer

    live(rig, pupil, range(ASK_ROWS * 4), current=3.0)
    [(before,)] = rig.rows("SELECT count(*) FROM anomaly")
    monkeypatch.setattr(service, "ask", meanwhile)
    live(rig, pupil, range(ASK_ROWS), current=9.0)
    assert pupil._pupil(device).known == 0
    assert rig.rows("SELECT count(*) FROM anomaly WHERE end_ms IS NULL") == [(before,)]


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
    step(device, None, NOW_MS, Look(True, 2.0, "temperature", [], {}), told)
    step(device, None, NOW_MS, Look(True, 2.0, "vibration", [], {}), told)
    assert [each.alarm for each in told] == [alarm.id, None]
