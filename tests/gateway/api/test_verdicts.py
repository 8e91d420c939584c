"""What people say of alarms: given, changed, taken back, listed, counted and exported."""

import csv
import io
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.__main__ import main
from hosting.audit.events import What
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop

FORMER_KEYS = ["verdict", "cause", "note", "decided_ms", "decided_by"]
HEADER = (
    "alarm_id,device_id,asset,kind,cause,verdict,true_cause,raised_at,cleared_at,decided_at,note,"
    "readings"
)


def say(client: httpx.Client, alarm: int, verdict: str, **more: str) -> Any:
    answer = client.put(f"/alarms/{alarm}/verdict", json={"by": "Ada", "verdict": verdict} | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def judged(empty_workshop: Workshop) -> Workshop:
    """Alarms 1 (over) and 2 (open) of fan-01 that runs, 3 (over) of pump-01 without readings."""
    fan, pump = empty_workshop.add("fan-01"), empty_workshop.add("pump-01", asset="pump")
    empty_workshop.run(fan, from_ms=NOON_MS - 10 * MINUTE_MS, to_ms=NOON_MS)
    over_ms = NOON_MS - 4 * MINUTE_MS
    empty_workshop.alarm(fan, raised_ms=NOON_MS - 5 * MINUTE_MS, cleared_ms=over_ms)
    empty_workshop.alarm(fan, raised_ms=NOON_MS - MINUTE_MS)
    empty_workshop.alarm(pump, raised_ms=NOON_MS - MINUTE_MS, cleared_ms=NOON_MS)
    return empty_workshop


@pytest.mark.parametrize("field", ["by", "note", "cause"])
def test_no_word_turns_the_direction_of_what_follows(
    judged: Workshop, serve: Serve, field: str
) -> None:
    body = {"by": "Ada", "verdict": "cause", "cause": "thermal_drift", "note": ""}
    client = serve(judged)
    refused = client.put("/alarms/1/verdict", json=body | {field: "\u202eSam"})
    assert refused.status_code == 422
    assert field in refused.json()["detail"]


def test_it_is_given_changed_and_taken_back_and_every_word_is_kept(
    judged: Workshop, serve: Serve
) -> None:
    client = serve(judged)
    assert client.get("/alarms/1/verdict").json() == {"alarm": 1, "verdict": None, "former": []}
    told = say(client, 1, "right", note=" As it says. ")
    first = told["verdict"]
    assert list(first) == FORMER_KEYS
    assert (first["verdict"], first["note"], first["decided_by"]) == ("right", "As it says.", "Ada")
    judged.now_ms += 5
    told = say(client, 1, "cause", cause=" Dust in the filter ")
    assert (told["verdict"]["cause"], told["former"]) == ("Dust in the filter", [first])
    second = told["verdict"]
    answer = client.delete("/alarms/1/verdict?by=Bo")
    assert answer.json()["verdict"] is None
    taken, *rest = answer.json()["former"]
    assert (taken["verdict"], taken["decided_by"], rest) == (None, "Bo", [second, first])
    assert client.delete("/alarms/1/verdict?by=Bo").status_code == 409
    said = [(who, what) for who, what, _ in judged.audited]
    assert said == [
        ("Ada", What.VERDICT_GIVEN), ("Ada", What.VERDICT_GIVEN), ("Bo", What.VERDICT_TAKEN_BACK),
    ]  # fmt: skip


@pytest.mark.parametrize("said", ["thermal_drift", "Thermal Drift", "fault_thermal_drift"])
def test_a_fault_of_its_type_is_kept_by_its_name(judged: Workshop, serve: Serve, said: str) -> None:
    assert say(serve(judged), 2, "cause", cause=said)["verdict"]["cause"] == "thermal_drift"


@pytest.mark.parametrize(
    ("alarm", "body", "status", "sentence"),
    [
        (9, {"verdict": "right"}, 404, "There is no alarm 9."),
        (1, {"verdict": "wrong"}, 422, "it must be 'right', 'nothing', 'normal_here' or 'cause'."),
        (1, {"verdict": "cause"}, 422, "say what it was"),
        (1, {"verdict": "cause", "cause": "  "}, 422, "say what it was"),
        (1, {"verdict": "right", "cause": "x"}, 422, "with the verdict 'cause' only"),
        (1, {"verdict": "cause", "cause": "Normal"}, 422, "'Normal' is no cause: say 'nothing'"),
        (1, {"verdict": "cause", "cause": "x" * 81}, 422, "at most 80 characters"),
        (1, {"verdict": "right", "note": "\x07"}, 422, "'note' does not fit"),
        (1, {"verdict": "right", "more": 1}, 422, "'more' is not known here"),
        (1, {}, 422, "'verdict' is missing"),
        (1, {"verdict": "right", "by": " "}, 422, "'by' does not fit"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    client: httpx.Client, alarm: int, body: dict[str, Any], status: int, sentence: str
) -> None:
    answer = client.put(f"/alarms/{alarm}/verdict", json={"by": "Ada"} | body)
    assert (answer.status_code, sentence in answer.json()["detail"]) == (status, True), answer.text
    assert client.get("/verdicts").json() == []


def test_of_evidence_nothing_is_said(judged: Workshop, serve: Serve) -> None:
    judged.alarm(judged.fleet.get("fan-01"), raised_ms=NOON_MS)
    judged.journal._run("UPDATE alarm SET part_of = 2 WHERE id = 4")
    answer = serve(judged).put("/alarms/4/verdict", json={"by": "Ada", "verdict": "right"})
    assert (answer.status_code, answer.json()["detail"]) == (
        409, "Alarm 4 is evidence of alarm 2: say it of that one."
    )  # fmt: skip


def test_alarms_and_lists_have_it_and_can_be_chosen_by_it(judged: Workshop, serve: Serve) -> None:
    client = serve(judged)
    say(client, 1, "nothing")
    say(client, 3, "right")
    shown = client.get("/alarms?state=all").json()
    assert {each["id"]: (each["verdict"] or {}).get("verdict") for each in shown} == {
        1: "nothing", 2: None, 3: "right",
    }  # fmt: skip
    acknowledged = client.post("/alarms/2/acknowledge", json={"by": "Ada"}).json()
    assert acknowledged["verdict"] is None
    for verdict, ids in {"none": [2], "given": [3, 1], "nothing": [1], "cause": []}.items():
        found = client.get(f"/alarms?state=all&verdict={verdict}").json()
        assert [each["id"] for each in found] == ids, verdict

    def alarms(query: str) -> list[int]:
        return [each["alarm"] for each in client.get(f"/verdicts?{query}").json()]

    assert alarms("") == [3, 1]
    assert alarms("device=fan-01") == alarms("asset=fan") == alarms("verdict=nothing") == [1]
    assert alarms(f"from={judged.now_ms + 1}") == []
    first = client.get("/verdicts?limit=1")
    assert [each["alarm"] for each in client.get(first.links["next"]["url"]).json()] == [1]
    assert client.get("/verdicts?device=nobody").status_code == 404
    assert client.get("/verdicts?asset=fann").status_code == 404
    say(client, 1, "right")  # the newer word is newer in the list
    assert alarms("") == [1, 3]


def test_statistics_say_how_many_were_right(judged: Workshop, serve: Serve) -> None:
    client = serve(judged)

    def sums(by: str = "device") -> dict[str | None, dict[str, Any]]:
        answer = client.get(f"/alarms/statistics?by={by}&from=0").json()
        return {each["device"]: each for each in [answer["total"], *answer["groups"]]}

    none = {"right": 0, "nothing": 0, "normal_here": 0, "cause": 0}
    assert sums()[None]["judged"] == none
    assert sums()[None]["precision"] == {
        "value": None, "of": 0, "reason": "nobody has said whether they were right",
    }  # fmt: skip
    say(client, 1, "right")
    say(client, 1, "nothing")  # the word before counts no more
    say(client, 2, "cause", cause="dust")
    say(client, 3, "normal_here")
    found = sums()
    assert found["fan-01"]["judged"] == none | {"nothing": 1, "cause": 1}
    assert found["fan-01"]["precision"] == {"value": 0.5, "of": 2, "reason": None}
    assert found[None]["precision"]["of"] == 3
    client.delete("/alarms/3/verdict?by=Ada")
    assert sums()[None]["precision"]["of"] == 2


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_readings_around_it_are_a_table(judged: Workshop, serve: Serve) -> None:
    client = serve(judged)
    found = rows(client.get("/alarms/1/readings.csv").text)
    assert list(found[0]) == ["time", "temperature", "rpm", "current", "vibration", "ambient"]
    assert (found[0]["time"], found[-1]["time"]) == (
        "2025-11-20T11:54:00.000Z", "2025-11-20T11:56:00.000Z",
    )  # fmt: skip
    assert len(found) == 121
    assert (found[0]["rpm"], found[0]["ambient"]) == ("1187.0", "")
    answer = client.get("/alarms/3/readings.csv")
    assert (answer.status_code, answer.json()["detail"]) == (
        404, "No readings around alarm 3 are kept (any more).",
    )  # fmt: skip


def test_a_fault_is_exported_by_its_class(judged: Workshop, serve: Serve) -> None:
    pump = judged.fleet.get("pump-01")
    judged.alarm(pump, raised_ms=NOON_MS, name="fault_seal_leak", cause="fault_seal_leak")
    client = serve(judged)
    say(client, 4, "cause", cause="Cavitation")
    [leak] = rows(client.get("/verdicts.csv").text)
    assert (leak["cause"], leak["true_cause"]) == ("seal_leak", "cavitation")


def test_the_export_names_nobody_and_runs_nothing(judged: Workshop, serve: Serve) -> None:
    client = serve(judged)
    say(client, 1, "cause", cause="=cmd()", note='He said "=1"\nand left')
    say(client, 3, "right", note="@home")
    text = client.get("/verdicts.csv").text
    assert text.splitlines()[0] == HEADER
    assert "Ada" not in text
    pump, fan = rows(text)
    assert (fan["true_cause"], fan["note"]) == ("'=cmd()", 'He said "=1"\nand left')
    assert (pump["note"], pump["true_cause"], pump["readings"]) == ("'@home", "", "")
    assert (fan["readings"], fan["cleared_at"]) == ("readings/1.csv", "2025-11-20T11:56:00.000Z")
    assert (fan["device_id"], fan["asset"], fan["kind"]) == ("fan-01", "fan", "limit")


# ---------------------------------------------------------------- python -m gateway verdicts


def test_an_excerpt_that_is_none_is_damage_and_leaves_the_folder_as_it_was(
    command: Workshop, serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = serve(command)
    say(client, 1, "right")
    assert write(tmp_path / "verdicts") == 0
    command.journal._run("UPDATE excerpt SET due_ms = NULL, rows = 1, body = x'00'")
    assert client.get("/alarms/1/readings.csv").status_code == 503
    assert write(tmp_path / "verdicts") == 1
    assert "damaged" in capsys.readouterr().err
    assert [each.name for each in tmp_path.glob("*verdicts*")] == ["verdicts"]
    assert len(rows((tmp_path / "verdicts" / "readings" / "1.csv").read_text())) == 121


@pytest.fixture
def command(judged: Workshop, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    monkeypatch.setenv("EDGETWIN_DATA_DIR", str(judged.settings.data_dir))
    return judged


def write(folder: Path) -> int:
    return main(["verdicts", "--out", str(folder)])


def test_a_folder_has_the_verdicts_and_their_readings(
    command: Workshop, serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = serve(command)
    say(client, 1, "right")
    say(client, 3, "nothing", note="../../etc")
    folder = tmp_path / "new" / "verdicts"
    for _ in range(2):  # made, and made anew
        assert write(folder) == 0
        assert sorted(str(each.relative_to(folder)) for each in folder.rglob("*")) == [
            "readings", "readings/1.csv", "verdicts.csv",
        ]  # fmt: skip
    assert (folder / "verdicts.csv").read_text() == client.get("/verdicts.csv").text
    assert (folder / "readings" / "1.csv").read_text() == client.get("/alarms/1/readings.csv").text
    assert list(folder.parent.iterdir()) == [folder]
    assert capsys.readouterr().out.splitlines()[-1] == (
        f"{folder}: 2 verdicts on alarms of 2 machines, 1 with readings (121 rows)."
        " Of 1 no readings are kept (any more)."
    )


@pytest.mark.parametrize("other", ["notes.txt", "readings/mine.csv", "verdicts.csv/x"])
def test_a_folder_with_other_things_stays_as_it_is(
    command: Workshop, tmp_path: Path, other: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    (folder / other).parent.mkdir(parents=True)
    (folder / other).write_text("mine")
    assert write(folder) == 1
    assert "holds other things" in capsys.readouterr().err
    assert (folder / other).read_text() == "mine"
