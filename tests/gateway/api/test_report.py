"""A report of a period: each figure is the API's own, and stands on the pages of its PDF."""

import argparse
import asyncio
import io
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from pypdf import PdfReader

from contract.buckets import DAY_MS, HOUR_MS, Interval
from contract.errors import Refused, Unavailable
from contract.settings import Settings
from contract.site_time import SiteTime
from gateway.api import examples, schema
from gateway.api.report import command
from gateway.api.report.apart import MOST_WAITING, Press
from gateway.api.report.period import period_of
from gateway.paper import words
from gateway.paper.document import pdf_of
from tests.contract.zones import nights_ms, zones
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, OwnSettings, Serve, Workshop

LONDON = SiteTime("Europe/London")
FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (2, 3, 4))
TODAY = {"from": "today", "to": "today"}
NAMES = ("temperature_high", "temperature_high", "current_high")
TOTALS = ("energy_wh", "co2_g", "cost", "coverage")


@pytest.fixture
def plant(workshop: Workshop) -> Workshop:
    """fan-01 ran for two hours until noon, fan-02 for the last; water-01 has OEE, and a plan."""
    (workshop.settings.data_dir / "shifts.toml").write_text(
        '[[shift]]\nname = "day"\nfrom = "06:00"\nto = "18:00"\ndays = ["thu"]\n'
    )
    other = workshop.add("fan-02")
    workshop.run(other, from_ms=NOON_MS - HOUR_MS, to_ms=NOON_MS, step_ms=2000)
    yesterday = NOON_MS - DAY_MS
    workshop.run(other, from_ms=yesterday - HOUR_MS, to_ms=yesterday, step_ms=2000)
    water = workshop.add("water-01", asset="dispenser")
    workshop.store(water, [(NOON_MS - HOUR_MS + at, served(at)) for at in range(0, HOUR_MS, 2000)])
    for at, name in enumerate(NAMES):
        raised_ms = NOON_MS - (30 + 5 * at) * MINUTE_MS
        workshop.alarm(other, raised_ms=raised_ms, cleared_ms=NOON_MS - 20 * MINUTE_MS, name=name)
    workshop.alarm(
        other, raised_ms=NOON_MS - 3 * HOUR_MS, cleared_ms=NOON_MS - HOUR_MS, name="clock_off"
    )
    workshop.judge(alarm=2)
    workshop.refuse("fan-02", reason="bad_time", raw=b"{}")
    return workshop


def served(at: int) -> Any:
    state = "dispensing" if at // 60_000 % 2 else "idle"
    return {"hot_temperature": 85.0, "cold_temperature": 5.0, "flow": 0.0, "power": 36.0,
            "tank_level": 60.0, "hot_set_point": 85.0, "energy": 12.5, "litres": 100.0 + at / 1e6,
            "state": state}  # fmt: skip


def asked(client: httpx.Client, path: str, **params: Any) -> Any:
    answer = client.get(path, params={name.rstrip("_"): value for name, value in params.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_each_figure_is_that_of_the_api(plant: Workshop, serve: Serve) -> None:
    client = serve(plant)
    report = asked(client, "/report", **TODAY)
    TypeAdapter(schema.Report).validate_json(msgspec.json.encode(report), strict=True)
    energy = asked(client, "/energy", bucket="hour", **TODAY)
    assert report["energy"]["totals"] == energy["totals"]
    assert report["energy"]["factors"] == energy["factors"]
    against = asked(client, "/energy/comparison", period="day")
    for name in ("from_ms", "to_ms", *TOTALS):
        assert report["energy"]["before"][name] == against["last"][name]
    power = asked(client, "/power", **TODAY)
    assert report["energy"]["power"] == {name: power[name] for name in report["energy"]["power"]}
    check_change(client)
    check_machines(report, energy)
    check_alarms(client, report)
    check_operation(client, report)


def check_change(client: httpx.Client) -> None:
    """An hour against the one before it."""
    times = [NOON_MS - back * HOUR_MS for back in (0, 1, 2)]
    hours = [{"from": times[back], "to": times[back - 1]} for back in (1, 2)]
    this, last = (asked(client, "/energy", bucket="hour", **hour) for hour in hours)
    found = asked(client, "/report", **hours[0])["energy"]
    assert found["totals"] == this["totals"]
    assert {name: found["before"][name] for name in TOTALS} == last["totals"]
    assert "of the period before was measured" in found["change"]["reason"]
    alone = asked(client, "/report", devices="fan-01", **hours[0])["energy"]["change"]
    for name in ("energy_wh", "co2_g", "cost"):
        [now], [then] = (answer["devices"]["fan-01"][name] for answer in (this, last))
        assert alone[name] == 100.0 * (now / then - 1.0)
    assert alone["reason"] is None


def check_machines(report: dict[str, Any], energy: dict[str, Any]) -> None:
    kept = report["energy"]["buckets"]["time_ms"]
    for machine in report["machines"]:
        columns = energy["devices"][machine["device"]]
        if machine["device"] in report["energy"]["untold"]:
            assert machine["energy_wh"] is None
            assert columns["energy_wh"] == [None] * len(energy["time_ms"])
            continue
        for name in ("energy_wh", "co2_g", "cost"):
            told = [value for value in columns[name] if value is not None]
            assert machine[name] == (pytest.approx(sum(told), rel=1e-12) if told else None)
        for at, start_ms in enumerate(energy["time_ms"]):
            share = machine["by_bucket"][kept.index(start_ms)]
            assert share == columns["coverage"][at]


def check_alarms(client: httpx.Client, report: dict[str, Any]) -> None:
    for by in ("kind", "severity", "name", "device"):
        told = asked(client, "/alarms/statistics", by=by, limit=1000, **TODAY)
        assert report["alarms"]["total"] == told["total"]
        assert report["alarms"][f"by_{by}"] == told["groups"]
        assert sum(each["count"] for each in told["groups"]) == told["total"]["count"] == 5
    longest = asked(client, "/alarms", state="all", order="longest", limit=10, **TODAY)
    assert [each["id"] for each in report["alarms"]["longest"]] == [e["id"] for e in longest]
    stood = [(each["cleared_ms"] or NOON_MS) - each["raised_ms"] for each in longest]
    assert stood == sorted(stood, reverse=True)
    assert stood[0] == 2 * HOUR_MS


def check_operation(client: httpx.Client, report: dict[str, Any]) -> None:
    operation = report["operation"]
    kpis = asked(client, "/kpis", group="device", bucket="total", **TODAY)
    by_name = {group["name"]: group["kpis"] for group in kpis["groups"]}
    [machine] = [each for each in operation["machines"] if each["device"] == "water-01"]
    assert machine["figures"]["availability"]["value"] is not None
    for figure in machine["figures"].values():
        column = by_name["water-01"][figure["name"]]
        for name in ("value", "low", "high", "coverage", "reason"):
            assert figure[name] == column[name][0]
    assert operation["without"] == ["fan-01", "fan-02"]
    [together] = [each for each in operation["types"] if each["asset"] == "dispenser"]
    assert together["figures"] == machine["figures"]  # there is one of this type


def test_a_filter_is_of_all_figures_and_holes_are_named(plant: Workshop, serve: Serve) -> None:
    client = serve(plant)
    body = {"by": "Sam", "place": "hall 2", "tags": ["leased"]}
    assert client.patch("/devices/fan-02/registry", json=body).status_code == 200
    whole = asked(client, "/report", **TODAY)
    assert whole["measured"]["with_holes"] == ["fan-01", "fan-02", "water-01"]
    leased = {"tag": "leased", "asset": "fan"}
    for asked_for in ({"devices": "fan-02"}, {"place": "hall 2"}, leased):
        report = asked(client, "/report", **TODAY, **asked_for)
        assert [each["device"] for each in report["machines"]] == ["fan-02"]
        alone = next(each for each in whole["machines"] if each["device"] == "fan-02")
        assert report["machines"] == [alone]
        assert report["energy"]["totals"]["energy_wh"] == alone["energy_wh"]
        assert report["alarms"]["total"]["count"] == 4
        assert {each["device"] for each in report["alarms"]["longest"]} == {"fan-02"}
        assert report["doubts"]["refused"] == [
            {"device": "fan-02", "reason": "bad_time", "count": 1}
        ]
        assert report["doubts"]["clocks"] == [
            {"device": "fan-02", "times": 1, "off_ms": 2 * HOUR_MS}
        ]
    for wrong, status in (({"devices": "nobody"}, 404), ({"place": "nowhere"}, 422)):
        assert client.get("/report", params=TODAY | wrong).status_code == status
    for span in ({"from": "2026-01-01"}, {"to": "today"}, {"from": NOON_MS, "to": NOON_MS}):
        assert client.get("/report", params=span).status_code == 422


def test_what_is_not_measured_is_null_with_a_reason(client: httpx.Client) -> None:
    """Last week nothing was; and a time too long for quarter hours has all other figures."""
    report = asked(client, "/report")
    assert report["period"]["label"] == "2025-W46"
    assert report["energy"]["totals"] == dict.fromkeys(TOTALS) | {"coverage": 0.0}
    assert report["energy"]["change"]["reason"] == "the period before was not measured"
    assert set(report["energy"]["buckets"]["energy_wh"]) == {None}
    assert report["energy"]["power"]["reason"]
    long = asked(client, "/report", from_="2020-01-01")
    assert long["energy"]["totals"]["energy_wh"] == pytest.approx(2 * 12 * 1.08, rel=0.001)
    assert "at most 400 days" in long["energy"]["power"]["reason"]
    assert pdf_text(pdf_of(long)).count("at most 400 days") == 2


@given(zones, st.data())
def test_the_period_before_ends_where_this_one_begins(zone: SiteTime, data: Any) -> None:
    start_ms = data.draw(nights_ms)
    length_ms = data.draw(st.integers(1, 40 * DAY_MS))
    span = Interval(start_ms, start_ms + length_ms)
    found = period_of(zone, span, now_ms=span.end_ms + data.draw(st.integers(-length_ms + 1, 10)))
    assert found.before.start_ms <= found.before.end_ms <= start_ms < found.until_ms <= span.end_ms
    if found.kind is None or found.until_ms == span.end_ms:
        assert found.before.start_ms < found.before.end_ms == start_ms


def test_a_month_is_against_the_month_before_and_ten_days_against_ten() -> None:
    month = Interval(LONDON.midnight(MARCH), LONDON.midnight(APRIL))
    whole = period_of(LONDON, month, now_ms=month.end_ms)
    assert (whole.kind, whole.bucket) == ("month", "day")
    assert whole.before == Interval(LONDON.midnight(FEBRUARY), month.start_ms)
    some = Interval(month.end_ms - 10 * DAY_MS + HOUR_MS, month.end_ms)  # a night is shorter
    found = period_of(LONDON, some, now_ms=month.end_ms)
    assert found.kind is None
    assert found.before.end_ms - found.before.start_ms == 10 * DAY_MS


def pdf_text(pdf: bytes) -> str:
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split()
    )


def test_the_pdf_has_the_figures_beside_how_much_was_measured(
    plant: Workshop, serve: Serve
) -> None:
    """Names in any script, and of markup, break nothing."""
    client = serve(plant)
    named = {"fan-01": "Lüfter <b>&amp;</b> Größe €", "fan-02": "風扇 二", "water-01": "Вода №1"}
    for device, name in named.items():
        body = {"by": "Sam", "name": name}
        assert client.patch(f"/devices/{device}/registry", json=body).status_code == 200
    report = asked(client, "/report", **TODAY)
    answer = client.get("/report.pdf", params=TODAY)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].endswith('-2025-11-20.pdf"')
    text = pdf_text(answer.content)
    totals = report["energy"]["totals"]
    for said in (
        "Report of workshop",
        "Thursday 20 Nov 2025",
        words.amount(totals["energy_wh"], "Wh"),
        words.amount(totals["co2_g"], "g"),
        words.money(totals["cost"], "GBP"),
        f"measured {words.percent(totals['coverage'])}",
        words.amount(report["energy"]["power"]["peak"]["w"], "W"),
        "CO₂ equivalent",
        "Lüfter <b>&amp;</b> Größe €",
        "fan-02",  # the font has no letter of its name
        "Вода №1",
        "Temperature high",
        "With holes:",
        "Made 20 Nov 2025 12:00 (UTC)",
        "1 of ",
    ):
        assert said in text
    for machine in report["machines"]:
        assert words.percent(machine["coverage"]) in text


def test_the_pdf_says_of_whom_nothing_tells_energy_and_who_was_not_measured() -> None:
    report: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(examples.REPORT))
    [machine] = report["machines"]
    nothing = {"name": "", "energy_wh": None, "cost": None, "co2_g": None, "coverage": 0.0}
    report["machines"] += [machine | nothing | {"device": each} for each in ("mute-1", "fan-9")]
    report["energy"]["untold"] = ["mute-1"]
    told = f"{words.DASH}: of mute-1 nothing tells how much is drawn"
    assert f"{told}; of others nothing was measured." in pdf_text(pdf_of(report))
    del report["machines"][2]
    assert f"{told}." in pdf_text(pdf_of(report))


def test_an_hour_that_comes_twice_says_which_it_is() -> None:
    times, one_ms = words.Times("Europe/London"), 1_761_438_600_000  # 2025-10-26T00:30:00Z
    told = [times.minute(one_ms + hours * HOUR_MS) for hours in range(-1, 3)]
    assert [each.removeprefix("26 Oct 2025 ") for each in told] == [
        "00:30", "01:30 (UTC+1)", "01:30 (UTC+0)", "02:30"
    ]  # fmt: skip


def test_a_chart_has_the_unit_of_the_figures() -> None:
    assert words.scale(999.0, "Wh") == (1.0, "Wh")
    assert words.scale(1000.0, "Wh") == (1000.0, "kWh")
    report: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(examples.REPORT))
    assert "Energy by hour, Wh" in pdf_text(pdf_of(report))


@pytest.mark.slow
def test_the_pdf_of_many_machines_lists_some_and_says_so() -> None:
    report: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(examples.REPORT))
    [machine] = report["machines"]
    report["machines"] = [machine | {"device": f"fan-{at:04}"} for at in range(1000)]
    report["measured"]["with_holes"] = [each["device"] for each in report["machines"]]
    pages = PdfReader(io.BytesIO(pdf_of(report))).pages
    assert len(pages) < 12
    text = " ".join(page.extract_text() for page in pages)
    assert "And 800 more machines" in " ".join(text.split())
    assert f"{len(pages)} of {len(pages)}" in text


@pytest.mark.slow
def test_who_asks_for_one_too_many_is_told_to_wait() -> None:
    report = msgspec.json.encode(examples.REPORT)

    async def all_at_once() -> list[bytes | BaseException]:
        press = Press()
        many = (press.printed(report) for _ in range(MOST_WAITING + 2))
        return await asyncio.gather(*many, return_exceptions=True)

    *made, last = asyncio.run(all_at_once())
    assert all(isinstance(each, bytes) and each.startswith(b"%PDF") for each in made)
    assert isinstance(last, Unavailable)


def command_of(*words_: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words_)


def of_gateway(client: httpx.Client, folder: Path) -> Settings:
    return OwnSettings(data_dir=folder, time_zone="UTC", gateway_port=client.base_url.port or 0)


@pytest.mark.slow
def test_a_command_writes_it(client: httpx.Client, tmp_path: Path) -> None:
    settings = of_gateway(client, tmp_path)
    pdf, told = tmp_path / "report.pdf", tmp_path / "report.json"
    today = ("--from", "today", "--to", "today", "--device", "fan-01")
    assert command.run(command_of(*today, "--out", str(pdf)), settings) == 0
    assert "Thursday 20 Nov 2025" in pdf_text(pdf.read_bytes())
    assert command.run(command_of(*today, "--out", str(told)), settings) == 0
    assert msgspec.json.decode(told.read_bytes()) == asked(
        client, "/report", devices="fan-01", **TODAY
    )
    assert sorted(tmp_path.iterdir()) == [told, pdf]
    with pytest.raises(Refused, match="No machine fits"):
        command.run(command_of("--tag", "none", "--out", str(pdf)), settings)
    with pytest.raises(Refused, match="neither a PDF nor JSON"):
        command.run(command_of("--out", str(tmp_path / "report.txt")), settings)
    with pytest.raises(Refused, match="cannot be written"):
        command.run(command_of("--out", str(tmp_path / "no" / "report.pdf")), settings)
    away = OwnSettings(data_dir=tmp_path, time_zone="UTC", gateway_port=1)
    with pytest.raises(Unavailable, match="does not answer"):
        command.run(command_of("--out", str(pdf)), away)
