"""Machines that were not there yet, or no more: nothing of them lacks."""

from contextlib import closing
from typing import Any

import httpx
import pytest

from gateway.api.queries.began import oldest_of
from gateway.journal import JournalReader
from gateway.journal.formers import IMPORTED, LATE, Why
from gateway.paper.document import pdf_of
from tests.gateway.api.test_as_of import Past
from tests.gateway.api.test_machines import put_stage
from tests.gateway.api.test_report import pdf_text
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop

HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
TEN_MS = NOON_MS - 2 * HOUR_MS
SPAN = {"from": TEN_MS, "to": NOON_MS}


@pytest.fixture
def grown(workshop: Workshop) -> Workshop:
    """Three fans from ten on, from eleven on, and from noon on; each ran since it was there."""
    workshop.fleet.get("fan-01").first_seen_ms = TEN_MS
    half = workshop.add("fan-02")
    half.first_seen_ms = NOON_MS - 30 * MINUTE_MS  # what it measured before came with it
    workshop.run(half, from_ms=NOON_MS - HOUR_MS, to_ms=NOON_MS, step_ms=2000)
    workshop.add("fan-03").first_seen_ms = NOON_MS
    return workshop


def asked(client: httpx.Client, path: str, **params: Any) -> Any:
    answer = client.get(path, params=params or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_who_adds_a_machine_makes_no_report_worse(grown: Workshop, serve: Serve) -> None:
    client = serve(grown)
    report = asked(client, "/report", **SPAN)
    assert report["measured"]["coverage"] == pytest.approx(1.0, abs=0.01)
    assert report["measured"]["with_holes"] == []
    assert report["measured"]["not_there"] == ["fan-03"]
    shares = {each["device"]: each["by_bucket"] for each in report["machines"]}
    assert shares["fan-02"] == [None, pytest.approx(1.0, abs=0.01)]
    assert shares["fan-03"] == [None, None]
    began = {each["device"]: each["began_ms"] for each in report["machines"]}
    assert began == {"fan-01": TEN_MS, "fan-02": NOON_MS - HOUR_MS, "fan-03": NOON_MS}
    text = pdf_text(pdf_of(report))
    for said in (
        "Measured >99 % of the time of 2 machines. Not there yet: fan-03.",
        "since 20 Nov 2025 11:00",
        "not there yet",
    ):
        assert said in text, text
    assert "With holes" not in text
    alone = asked(client, "/report", **SPAN, devices="fan-03")
    assert "No machine counted in this period. Not there yet: fan-03." in pdf_text(pdf_of(alone))


def test_all_tell_the_same_of_who_was_there(grown: Workshop, serve: Serve) -> None:
    client = serve(grown)
    report, energy = (asked(client, path, **SPAN) for path in ("/report", "/energy"))
    assert report["energy"]["totals"] == energy["totals"]
    assert energy["measured"]["fan-02"]["expected_ms"] == HOUR_MS
    assert energy["measured"]["fan-02"]["measured_ms"] == pytest.approx(HOUR_MS, rel=0.01)
    assert energy["measured"]["fan-03"] == {
        "began_ms": NOON_MS, "expected_ms": 0, "measured_ms": 0
    }  # fmt: skip
    assert energy["devices"]["fan-03"]["coverage"] == [None, None]
    kpis = asked(client, "/kpis", group="device", bucket="total", names="energy_wh", **SPAN)
    shares = {group["name"]: group["kpis"]["energy_wh"]["coverage"] for group in kpis["groups"]}
    assert shares["fan-02"] == [pytest.approx(1.0, abs=0.01)]
    site = asked(client, "/kpis", group="site", bucket="total", names="energy_wh", **SPAN)
    assert site["groups"][0]["kpis"]["energy_wh"]["coverage"] == [pytest.approx(1.0, abs=0.01)]
    against = asked(client, "/energy/comparison", period="day")
    assert against["change"]["reason"] == "yesterday was not measured: no machine counted then"
    assert against["change"]["came"] == ["fan-01", "fan-02"]
    hour = asked(client, "/report", **{"from": NOON_MS - HOUR_MS, "to": NOON_MS})
    assert hour["energy"]["change"]["energy_wh"] == pytest.approx(100.0, abs=1.0)
    assert hour["energy"]["change"]["came"] == ["fan-02"]


def test_what_comes_behind_a_machines_end_is_no_hole(grown: Workshop, serve: Serve) -> None:
    client = serve(grown)
    grown.now_ms = NOON_MS + 30_000
    assert put_stage(client, "fan-01", "retired").is_success
    grown.now_ms = NOON_MS + HOUR_MS
    measured = asked(client, "/energy", **{"from": TEN_MS, "to": NOON_MS + HOUR_MS})["measured"]
    assert measured["fan-01"]["expected_ms"] == 2 * HOUR_MS + MINUTE_MS
    assert measured["fan-03"]["expected_ms"] == HOUR_MS
    grown.now_ms = NOON_MS + DAY_MS
    against = asked(client, "/energy/comparison", period="day")
    assert against["change"]["came"] == ["fan-02", "fan-03"]  # without whom is here no more


def test_of_a_machine_that_came_later_nothing_was_known(grown: Workshop, serve: Serve) -> None:
    client = serve(grown)
    grown.now_ms = NOON_MS + HOUR_MS
    then = SPAN | {"as_of": NOON_MS - 1}
    assert [*asked(client, "/energy", **then)["devices"]] == ["fan-01", "fan-02"]
    assert [*asked(client, "/power", **then)["devices"]] == ["fan-01", "fan-02"]
    groups = asked(client, "/kpis", group="device", **then)["groups"]
    assert [group["name"] for group in groups] == ["fan-01", "fan-02"]


@pytest.fixture
def past(empty_workshop: Workshop) -> Past:
    return Past(empty_workshop)


@pytest.mark.parametrize("path", ["/power?", "/energy/comparison?period=day&"])
def test_power_and_comparison_of_then_are_told_again(past: Past, serve: Serve, path: str) -> None:
    client = serve(past.workshop)
    past.workshop.run(past.device, from_ms=NOON_MS, to_ms=NOON_MS + MINUTE_MS)
    past.workshop.now_ms = NOON_MS + 2 * MINUTE_MS
    span = f"from={NOON_MS - HOUR_MS}&to={NOON_MS}" if path == "/power?" else f"to={NOON_MS}"
    before = asked(client, f"{path}{span}")
    past.change()
    past.workshop.now_ms += HOUR_MS
    then = asked(client, f"{path}{span}&as_of={NOON_MS + 2 * MINUTE_MS}")
    assert {key: value for key, value in then.items() if key != "as_of"} == before
    assert (then["as_of"]["to_ms"], then["as_of"]["reason"]) == (NOON_MS, None)
    assert asked(client, f"{path}{span}") != before
    ahead = client.get(f"{path}{span}&as_of={past.workshop.now_ms + 1}")
    assert (ahead.status_code, "lies in the future" in ahead.text) == (422, True)


def test_who_was_there_is_as_it_was_known(past: Past) -> None:
    """A file brings an earlier hour; another minute is known, deleted, and known again."""
    workshop, known_ms = past.workshop, NOON_MS + 10 * MINUTE_MS

    def oldest(at_ms: int | None = None) -> int | None:
        with closing(JournalReader(workshop.settings.journal_path)) as reader:
            return oldest_of(reader.connection, past.device.id, at_ms=at_ms)

    first_ms = NOON_MS - HOUR_MS
    assert oldest() == first_ms
    for at in range(3):
        past.change(IMPORTED, start_ms=first_ms - (30 - at) * MINUTE_MS)
    assert oldest() == first_ms - 30 * MINUTE_MS
    assert oldest(NOON_MS) == first_ms
    imported_ms = workshop.now_ms
    past.change(Why("deleted", "Sam"), start_ms=first_ms - 30 * MINUTE_MS)
    assert oldest(imported_ms) == first_ms - 30 * MINUTE_MS
    past.change(LATE, start_ms=first_ms - 30 * MINUTE_MS)
    assert oldest(known_ms - 1) == first_ms
