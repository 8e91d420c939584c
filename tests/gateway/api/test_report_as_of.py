"""A report as of a time: what it said then, whatever has become another since."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import TypeAdapter

from gateway.api import schema
from gateway.api.report import command
from gateway.paper.document import pdf_of
from gateway.twin.fleet import Device
from tests.gateway.api.test_as_of import HOUR_MS, SPAN, Past, asked
from tests.gateway.api.test_report import pdf_text, served
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop, Written

REPORT = f"/report?{SPAN}"
LATER_MS = NOON_MS + 5 * MINUTE_MS


class Plant(Past):
    """With a machine that has OEE, and alarms; what people do to them they do after noon."""

    def __init__(self, workshop: Workshop) -> None:
        (workshop.settings.data_dir / "shifts.toml").write_text(
            '[[shift]]\nname = "day"\nfrom = "06:00"\nto = "18:00"\ndays = ["thu"]\n'
        )
        super().__init__(workshop)
        self.water = workshop.add("water-01", asset="dispenser")
        times = range(NOON_MS - HOUR_MS, NOON_MS, 2000)
        workshop.store(self.water, [(ms, served(ms - times.start)) for ms in times])
        self._alarm("open", 50)
        self._alarm("over", 40, cleared_ms=NOON_MS - 20 * MINUTE_MS, count=3)
        self._alarm("seen", 30, acknowledged_ms=NOON_MS - 25 * MINUTE_MS, acknowledged_by="Sam")

    def _alarm(self, name: str, minutes: int, **said: Any) -> None:
        self.workshop.alarm(self.device, raised_ms=NOON_MS - minutes * MINUTE_MS, name=name, **said)

    def happen(self) -> Device:
        """What makes the report of now another one; returns a machine that has come since."""
        self.change()
        with Written(self.workshop.journal):
            for alarm in self.device.alarms.values():
                alarm.acknowledged_ms, alarm.acknowledged_by = LATER_MS, "Kim"
                alarm.cleared_ms = LATER_MS + MINUTE_MS
                self.workshop.journal.put_alarm(device_id=self.device.id, alarm=alarm)
        self.workshop.judge(alarm=2)
        self._alarm("after", -5)
        come = self.workshop.add("fan-02")
        come.first_seen_ms = LATER_MS
        return come


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    with Workshop(tmp_path) as workshop:
        yield Plant(workshop)


def test_the_report_of_then_is_told_again(plant: Plant, serve: Serve) -> None:
    client = serve(plant.workshop)
    before = asked(client, REPORT)
    plant.happen()
    put = {"by": "Sam", "params": {"price_per_kwh": {"value": 9.9, "valid_from": 0}}}
    assert client.put("/params", json=put).status_code == 200
    assert client.patch("/devices/fan-01/registry", json={"by": "Sam", "place": "x"}).is_success
    now, then = asked(client, REPORT), asked(client, REPORT, at_ms=NOON_MS)
    TypeAdapter(schema.Report).validate_json(msgspec.json.encode(then), strict=True)
    assert then["as_of"] == {
        "time_ms": NOON_MS, "from_ms": NOON_MS - 2 * HOUR_MS, "to_ms": NOON_MS - 2 * MINUTE_MS,
        "reason": None,
    }  # fmt: skip
    told, was = without_what_is_left_out(then), without_what_is_left_out(before)
    assert told == was
    for part in ("machines", "energy", "alarms"):
        assert without_what_is_left_out(now)[part] != told[part]
    assert now["energy"]["power"] != then["energy"]["power"]
    assert then["since"] == {
        "minutes": [{"reason": "late", "text": "Readings came late.", "minutes": 1, "unknown": 0}],
        "params": 1,
    }
    assert then["doubts"]["refused"] is None
    assert "What was refused" in then["doubts"]["reason"]


def without_what_is_left_out(report: dict[str, Any]) -> dict[str, Any]:
    """What is told of then and of now."""
    apart = {"as_of", "made_ms", "since"}
    found = {key: value for key, value in report.items() if key not in apart}
    found["doubts"] = report["doubts"]["clocks"]
    found["alarms"] = {key: it for key, it in report["alarms"].items() if key != "note"}
    return found


def test_its_figures_are_those_of_the_api_as_of_then(plant: Plant, serve: Serve) -> None:
    client = serve(plant.workshop)
    plant.change()
    report = asked(client, REPORT, at_ms=NOON_MS)
    energy = asked(client, f"/energy?bucket=hour&{SPAN}", at_ms=NOON_MS)
    assert report["as_of"] == energy["as_of"]
    assert report["energy"]["totals"] == energy["totals"]
    assert report["energy"]["factors"] == energy["factors"]
    assert report["energy"]["totals"] != asked(client, REPORT)["energy"]["totals"]
    kpis = asked(client, f"/kpis?group=device&bucket=total&{SPAN}", at_ms=NOON_MS)
    by_name = {group["name"]: group["kpis"] for group in kpis["groups"]}
    [fan] = [each for each in report["machines"] if each["device"] == "fan-01"]
    [wh] = by_name["fan-01"]["energy_wh"]["value"]
    assert fan["energy_wh"] == pytest.approx(wh, rel=1e-12)
    told = [each for each in report["operation"]["machines"] if each["device"] == "water-01"]
    [figures] = [each["figures"] for each in told]
    assert figures["availability"]["value"] is not None
    for figure in figures.values():
        column = by_name["water-01"][figure["name"]]
        for name in ("value", "low", "high", "coverage", "reason"):
            assert figure[name] == column[name][0]


def test_the_period_before_is_of_then_too(plant: Plant, serve: Serve) -> None:
    """Its minute changed, and none of the period itself."""
    client = serve(plant.workshop)
    half = f"/report?from={NOON_MS - HOUR_MS // 2}&to={NOON_MS - 2 * MINUTE_MS}"
    before = asked(client, half)["energy"]
    plant.change(start_ms=NOON_MS - 50 * MINUTE_MS)
    now = asked(client, half)["energy"]
    then = asked(client, half, at_ms=NOON_MS)["energy"]
    assert (then["before"], then["change"]) == (before["before"], before["change"])
    assert (now["before"] != then["before"], now["totals"]) == (True, then["totals"])


def test_before_anything_was_heard_of_nothing_is_known_rather_than_0(
    plant: Plant, serve: Serve
) -> None:
    for device in plant.workshop.fleet:
        device.first_seen_ms = LATER_MS
    report = asked(serve(plant.workshop), REPORT, at_ms=NOON_MS)
    assert report["machines"] == []
    for side in ("totals", "before"):
        told = report["energy"][side]
        assert [told[name] for name in ("energy_wh", "co2_g", "cost", "coverage")] == [None] * 4


def test_before_the_floor_it_says_what_the_others_say(plant: Plant, serve: Serve) -> None:
    client = serve(plant.workshop)
    plant.change()
    with Written(plant.workshop.journal):
        plant.workshop.journal.formers.raise_floor(NOON_MS + 1)
    report = asked(client, REPORT, at_ms=NOON_MS)
    assert report["as_of"] == asked(client, f"/energy?{SPAN}", at_ms=NOON_MS)["as_of"]
    assert report["energy"]["totals"]["energy_wh"] is None
    assert report["energy"]["buckets"]["time_ms"] == []
    assert "nobody can tell what was known then" in report["energy"]["change"]["reason"]
    text = pdf_text(pdf_of(report))
    assert "It is not kept so far back what was known." in text
    assert "commissioning" not in text


@pytest.mark.parametrize(
    ("at_ms", "said"),
    [
        (NOON_MS + 1, "lies in the future"),
        (NOON_MS - 2 * HOUR_MS + MINUTE_MS, "Nothing of the period was known"),
    ],
)
def test_what_nobody_can_have_known_is_refused(
    plant: Plant, serve: Serve, at_ms: int, said: str
) -> None:
    answer = serve(plant.workshop).get(f"{REPORT}&as_of={at_ms}")
    assert (answer.status_code, said in answer.text) == (422, True)


def test_the_paper_says_as_of_when_it_is(plant: Plant, serve: Serve) -> None:
    client = serve(plant.workshop)
    plant.happen()
    answer = client.get(f"/report.pdf?{SPAN}&as_of={NOON_MS}")
    text = pdf_text(answer.content)
    for said in (
        "As known at 20 Nov 2025 12:00, without what came late",
        "Figures are from 20 Nov 2025 10:00 until 20 Nov 2025 11:58.",
        "· as known at 20 Nov 2025 12:00 ·",
        "An alarm that was still open then counts once",
        "50 min, still open",
        "Since then: 1 minute: readings came late.",
        "What was refused is not told as it was known then",
    ):
        assert said in text
    assert "It is not over" not in text


def test_a_command_asks_as_of_a_time() -> None:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    args = parser.parse_args(["--as-of", "yesterday", "--out", "report.pdf"])
    assert command._query(args) == {"as_of": "yesterday"}
