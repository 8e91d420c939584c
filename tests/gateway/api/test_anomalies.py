"""What was unlike a machine's normal, asked for by REST: kept, looked for, and its figures."""

import asyncio
import re
import socket
import threading
from typing import Any

import apsw
import pytest

from contract.errors import Unavailable
from gateway.api.anomaly_figures import figures
from gateway.api.queries.watched import Watched
from gateway.api.readers import Readers
from gateway.journal.anomalies import Anomaly, Learned
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop

PATH = "/devices/fan-01/anomalies"
HOUR_MS = 60 * MINUTE_MS


def found(serve: Serve, workshop: Workshop, **query: Any) -> dict[str, Any]:
    answer = serve(workshop).get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_alarms_are_kept_as_anomalies_and_name_their_alarm(
    workshop: Workshop, serve: Serve
) -> None:
    told = found(serve, workshop)
    [one] = told["anomalies"]
    assert one["alarm"] is not None
    assert one["end_ms"] is None
    assert told["mtba"]["of"] == 1
    assert told["mtba"]["low"] < told["mtba"]["value"] < told["mtba"]["high"]
    assert told["response_index"]["reason"] == "none of them is over"
    assert told["learning"] == {"stage": "learning", "share": 0.0, "looks": 0, "needed": 1440}


def test_a_step_is_found_by_the_looks_before_it_and_names_its_channel(
    empty_workshop: Workshop, serve: Serve
) -> None:
    device = empty_workshop.add("fan-01")
    normal = {"temperature": 41.0, "rpm": 1200.0, "current": 1.0, "vibration": 0.8}
    rows = [
        (NOON_MS - (60 - at) * 60_000, normal | ({"current": 4.0} if at == 50 else {}))
        for at in range(60)
    ]
    empty_workshop.store(device, rows)
    told = found(serve, empty_workshop, method="rolling", window=20, **{"from": NOON_MS - HOUR_MS})
    assert [one["channel"] for one in told["anomalies"]] == ["current"]
    assert "4.00 A" in told["anomalies"][0]["text"]
    assert told["anomalies"][0]["end_ms"] is not None
    none = found(serve, empty_workshop, method="rolling", channel="rpm")
    assert none["anomalies"] == []


@pytest.mark.parametrize("model", ["baseline", "forest"])
def test_all_channels_together_are_judged_by_what_was_before(
    empty_workshop: Workshop, serve: Serve, model: str
) -> None:
    device = empty_workshop.add("fan-01")
    rows = []
    for at in range(480):
        wave = (at * 7919 % 101) / 101.0  # no two alike, and no chance
        values = {"temperature": 41 + wave, "rpm": 1200 + 9 * wave, "current": 1 + 0.1 * wave}
        odd = {"current": 3.0 + wave} if 400 <= at < 440 else {}
        row = {**values, "vibration": 0.8 + 0.05 * wave, **odd}
        rows.append((NOON_MS - (480 - at) * 15_000, row))
    empty_workshop.store(device, rows)
    query = {"method": "joint", "model": model, "from": NOON_MS - HOUR_MS}
    told = found(serve, empty_workshop, **query)
    assert told["anomalies"], told
    assert told["anomalies"][-1]["channel"] == "current"
    reason = told["anomalies"][-1]["evidence"][0]
    assert reason["channel"] == "current"
    assert re.fullmatch(r"Current is 3\.\d+ A, .* A above its usual 1\.\d+ A\.", reason["text"])
    assert 0.5 < reason["weight"] <= 1.0
    assert all(each["score"] > each["threshold"] for each in told["anomalies"])


def test_of_a_young_machine_it_is_said_from_when_on_it_can_be_judged(
    empty_workshop: Workshop, serve: Serve
) -> None:
    device = empty_workshop.add("fan-01")
    rows = [(NOON_MS - at * 2_000, {"current": 1 + at % 7 / 10}) for at in range(600)]
    empty_workshop.store(device, rows[::-1])
    answer = serve(empty_workshop).get(PATH, params={"method": "joint"})
    assert answer.status_code == 422
    [moment] = re.findall(r"ask for a range from (\S+) on", answer.json()["detail"])
    found(serve, empty_workshop, method="joint", **{"from": moment})
    younger = empty_workshop.add("fan-02")
    empty_workshop.store(younger, rows[30::-1])
    path = "/devices/fan-02/anomalies"
    answer = serve(empty_workshop).get(path, params={"method": "joint"})
    assert "Ask again when it has measured for longer." in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"channel": "rpm"}, "channel is a word of method=rolling"),
        ({"method": "limits", "window": 9}, "window is a word of method=rolling"),
        ({"method": "rolling", "model": "forest"}, "model is a word of method=joint"),
        ({"method": "rolling", "channel": "rmp"}, "fan-01 has no channel 'rmp'; it has temp"),
        ({"method": "rolling", "window": 2}, "window"),
        ({"method": "rolling", "threshold": 0}, "threshold"),
        ({"method": "magic"}, "method"),
        ({"method": "joint", "from": NOON_MS - MINUTE_MS}, "Nothing is learned from"),
    ],
)
def test_every_bad_input_is_a_sentence(
    workshop: Workshop, serve: Serve, query: dict[str, Any], sentence: str
) -> None:
    answer = serve(workshop).get(PATH, params=query)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]


def test_without_the_inference_service_the_others_still_answer(
    workshop: Workshop, serve: Serve
) -> None:
    async def gone(_: dict[str, Any]) -> dict[str, Any]:
        raise Unavailable("Inference at http://127.0.0.1:9 does not answer: refused.")

    workshop.ask_normality = gone
    client = serve(workshop)
    answer = client.get(PATH, params={"method": "joint", "from": NOON_MS - HOUR_MS})
    assert (answer.status_code, "does not answer" in answer.json()["detail"]) == (503, True)
    assert client.get(PATH, params={"method": "rolling"}).status_code == 200


def test_figures_are_of_all_anomalies_however_few_are_listed(
    workshop: Workshop, serve: Serve
) -> None:
    device = workshop.fleet.get("fan-01")
    for at in range(1, 4):
        raised_ms = NOON_MS - at * MINUTE_MS
        workshop.alarm(device, raised_ms=raised_ms, cleared_ms=raised_ms + 1_000)
    every, one = found(serve, workshop), found(serve, workshop, limit=1)
    assert (len(every["anomalies"]), len(one["anomalies"])) == (4, 1)
    for figure in ("mtba", "response_index"):
        assert one[figure] == every[figure]


def test_of_a_machine_of_no_type_all_channels_are_judged_together(
    empty_workshop: Workshop, serve: Serve
) -> None:
    device = empty_workshop.add_unknown("fan-01", warmth=41.0, turns=1200.0)
    rows = []
    for at in range(480):
        wave = (at * 7919 % 101) / 101.0
        odd = 5.0 if 400 <= at < 440 else 0.0
        row = {"warmth": 41 + wave + odd, "turns": 1200 + 9 * wave}
        rows.append((NOON_MS - (480 - at) * 15_000, row))
    empty_workshop.store(device, rows)
    query = {"method": "joint", "from": NOON_MS - HOUR_MS}
    assert found(serve, empty_workshop, **query)["anomalies"][-1]["channel"] == "warmth"


def test_how_far_learning_is_is_told(workshop: Workshop, serve: Serve) -> None:
    workshop.journal.begin()
    learned = Learned(from_ms=1, until_ms=2, rows=1_000, asset="fan", body=None)
    workshop.journal.put_learned(device_id=1, learned=learned)
    workshop.journal.commit()
    assert found(serve, workshop)["learning"]["stage"] == "tried"


def anomaly(start_ms: int, end_ms: int | None) -> Anomaly:
    return Anomaly(
        method="limits", name="x", severity="Low", text="t", start_ms=start_ms, end_ms=end_ms
    )


def test_figures_have_bounds_or_a_reason() -> None:
    three = [anomaly(at * HOUR_MS, at * HOUR_MS + 10 * MINUTE_MS) for at in (1, 2, 3)]
    thirty = Watched(judged_ms=30 * HOUR_MS, measured_ms=40 * HOUR_MS, since_ms=HOUR_MS)
    assert thirty.begun([*three, anomaly(HOUR_MS - 1, None)]) == 3
    told = figures(three, begun=3, watched=thirty)
    assert told["mtba"]["value"] == pytest.approx(10.0)
    # Garwood, 3 found in 30 h: 0.6187 to 8.767 of them, two-sided 95 %
    assert told["mtba"]["low"] == pytest.approx(30 / 8.767, rel=0.02)
    assert told["mtba"]["high"] == pytest.approx(30 / 0.6187, rel=0.1)
    assert told["response_index"]["value"] == pytest.approx(10.0)
    none = figures([], begun=0, watched=thirty)
    assert (none["mtba"]["value"], none["mtba"]["low"]) == (None, 10.0)
    assert none["response_index"]["reason"] == "there was no anomaly in this time"
    unmeasured = figures([anomaly(1, None)], begun=0, watched=Watched(0, 0, 0))
    assert unmeasured["mtba"]["reason"] == "nothing was measured"


def test_who_was_not_judged_has_no_mean_time_and_a_reason(
    empty_workshop: Workshop, serve: Serve
) -> None:
    device = empty_workshop.add_unknown("fan-01", warmth=41.0)
    empty_workshop.run(device, from_ms=NOON_MS - HOUR_MS, to_ms=NOON_MS, step_ms=2_000)
    empty_workshop.alarm(device, raised_ms=NOON_MS - 50 * MINUTE_MS)
    for path in (PATH, "/anomalies/statistics"):
        told = serve(empty_workshop).get(path).json()
        [row] = told.get("machines", [told])
        for its in (row, told.get("total", told)):
            assert (its["mtba"]["value"], its["mtba"]["low"], its["judged_ms"]) == (None, None, 0)
            assert its["mtba"]["reason"] == "it was not judged in this time"
    limits = serve(empty_workshop).get(PATH, params={"method": "limits"}).json()
    assert limits["judged_ms"] == pytest.approx(HOUR_MS, rel=0.01)
    device.first_seen_ms = NOON_MS  # what was measured before came later, or was imported
    assert serve(empty_workshop).get(PATH, params={"method": "limits"}).json()["judged_ms"] == 0


def test_mean_time_is_of_the_time_that_model_or_own_normal_judged(
    empty_workshop: Workshop, serve: Serve
) -> None:
    device = empty_workshop.add("fan-01")
    empty_workshop.run(device, from_ms=NOON_MS - HOUR_MS, to_ms=NOON_MS, step_ms=2_000)
    empty_workshop.diagnose(device, time_ms=NOON_MS - 50 * MINUTE_MS, fault="normal")
    empty_workshop.diagnose(
        device, time_ms=NOON_MS - 49 * MINUTE_MS, fault="normal", changed=False, stale=True
    )
    empty_workshop.diagnose(device, time_ms=NOON_MS - 5 * MINUTE_MS, fault="normal")
    by_model = serve(empty_workshop).get(PATH).json()
    assert by_model["judged_ms"] == MINUTE_MS
    proven_ms = NOON_MS - 20 * MINUTE_MS
    empty_workshop.journal.begin()
    known = Learned(from_ms=1, until_ms=2, rows=2_000, asset="fan", body="{}", proven_ms=proven_ms)
    empty_workshop.journal.put_learned(device_id=device.id, learned=known)
    empty_workshop.journal.commit()
    client = serve(empty_workshop)
    asked = [client.get(PATH).json()["judged_ms"]]
    asked += [
        client.get("/anomalies/statistics", params={"method": method}).json()["total"]["judged_ms"]
        for method in ("joint", "classified", "rolling")
    ]
    assert asked == pytest.approx([21 * MINUTE_MS, 20 * MINUTE_MS, MINUTE_MS, HOUR_MS], abs=3_000)


def test_statistics_are_of_each_machine_and_of_all_and_say_why_there_is_none(
    workshop: Workshop, serve: Serve
) -> None:
    quiet = workshop.add("fan-99")
    device = workshop.fleet.get("fan-01")
    for at in range(1, 4):
        raised_ms = NOON_MS - at * MINUTE_MS
        workshop.alarm(device, raised_ms=raised_ms, cleared_ms=raised_ms + 30_000)
    answer = serve(workshop).get("/anomalies/statistics")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    first, *others = told["machines"]
    assert (first["device"], first["count"], first["lasting"]) == ("fan-01", 4, 1)
    assert first["response_index"]["value"] == 0.5
    assert first["mtba"]["low"] < first["mtba"]["value"] < first["mtba"]["high"]
    [none] = [row for row in others if row["device"] == quiet.name]
    assert none["mtba"]["reason"] == "nothing was measured"
    assert none["response_index"]["reason"] == "there was no anomaly in this time"
    assert told["total"]["count"] == 4
    same = found(serve, workshop, **{"from": told["from_ms"]})
    assert first["mtba"]["value"] == pytest.approx(same["mtba"]["value"], rel=0.05)
    rolling = serve(workshop).get("/anomalies/statistics", params={"method": "rolling"}).json()
    assert rolling["total"]["count"] == 0
    assert rolling["total"]["mtba"]["reason"] == "no anomaly began in this time"


def test_who_goes_away_from_a_long_search_takes_it_along(
    empty_workshop: Workshop, serve: Serve
) -> None:
    device = empty_workshop.add("fan-01")
    rows = [(NOON_MS - at * 15_000, {"temperature": 41.0}) for at in range(480)]
    empty_workshop.store(device, rows)
    asked, ended = threading.Event(), threading.Event()

    async def endless(_: dict[str, Any]) -> dict[str, Any]:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return {}

    empty_workshop.ask_normality = endless
    client = serve(empty_workshop)
    address = (client.base_url.host, client.base_url.port)
    query = f"{PATH}?method=joint&from={NOON_MS - HOUR_MS}"
    with socket.create_connection(address) as connection:
        connection.sendall(f"GET {query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert asked.wait(60)
        assert not ended.is_set()
    assert ended.wait(60)


def test_a_query_that_nobody_waits_for_ends_and_leaves_its_thread_to_others(
    workshop: Workshop,
) -> None:
    readers = Readers(workshop.services().journal_path, threads=1)
    begun = threading.Event()

    def endless(connection: apsw.Connection) -> Any:
        begun.set()
        sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
        return connection.execute(sql).get

    async def leave() -> Any:
        task = asyncio.create_task(readers.run(endless))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        return await readers.run(lambda connection: connection.execute("SELECT 7").get)

    assert asyncio.run(leave()) == 7
    readers.close()
