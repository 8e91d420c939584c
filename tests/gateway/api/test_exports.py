"""Exports as somebody wants them: another country's CSV, several machines, Parquet, figures."""

import argparse
import csv
import io
import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pyarrow.parquet as pq
import pytest

from contract.csv_labels import Column
from contract.errors import Refused, Unreadable
from contract.messages import Reading
from contract.settings import Settings
from gateway.api import exporting, kpi_export, parquet_export
from gateway.api.csv_form import Form, Heading, Own, guarded
from gateway.archive.layout import shown
from gateway.journal import Row
from tests.gateway.api.workshop import GOOD, MINUTE_MS, NOON_MS, Serve, Workshop, Written
from tests.gateway.archive.archives import (
    DAY0,
    DAYS,
    EACH,
    archivist,
    files,
    fill,
    held,
    work,
)
from tests.gateway.importing.recordings import settings_of
from tests.gateway.rig import Rig

ZONE = "Asia/Kolkata"


def exported(settings: Settings, out: Path, *words: str) -> Path:
    parser = argparse.ArgumentParser()
    exporting.add_arguments(parser)
    args = parser.parse_args([*words, "--out", str(out)])
    assert exporting.run(args, settings) == 0
    return out


@pytest.fixture
def two(empty_workshop: Workshop) -> Workshop:
    """A fan of a minute, and a machine of no type with texts."""
    fan = empty_workshop.add("fan-01")
    empty_workshop.store(fan, [(NOON_MS + at * 1000, GOOD) for at in range(60)])
    press = empty_workshop.add_unknown("press-1", oil=1.5, mode="auto")
    values: dict[str, Any] = {"oil": 0.25, "mode": "=1+1"}
    empty_workshop.store(press, [(NOON_MS + 500, values)])
    return empty_workshop


# ---------------------------------------------------------------- how a CSV is written


def test_a_spreadsheet_of_another_country_reads_it(two: Workshop, serve: Serve) -> None:
    query: dict[str, Any] = {
        "units": "row",
        "decimal": "comma",
        "time_zone": ZONE,
        "to": NOON_MS + 1000,
    }
    text = serve(two).get("/export.csv", params=query).text
    names, units, fan, press = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    assert text.startswith("\ufefftime_ms;")
    assert dict(zip(names, units, strict=True)) == dict.fromkeys(names, "") | {
        "time_ms": "ms", "board_time_ms": "ms", "temperature": "°C", "rpm": "rpm",
        "current": "A", "vibration": "mm/s", "ambient": "°C", "power_w": "W",
    }  # fmt: skip
    told = dict(zip(names, fan, strict=True))
    assert (told["time_ms"], told["time"]) == (str(NOON_MS), "2025-11-20T17:30:00.000+05:30")
    assert (told["temperature"], told["current"], told["power_w"]) == ("41,2", "1,08", "12,96")
    assert (told["truth"], told["asset"]) == ("normal", "fan")
    told = dict(zip(names, press, strict=True))
    assert (told["device"], told["oil"], told["mode"]) == ("press-1", "0,25", "'=1+1")
    assert (told["power_w"], told["asset"]) == ("", "generic")


def test_the_command_writes_the_same(two: Workshop, serve: Serve, tmp_path: Path) -> None:
    client, space = serve(two), ("--to", str(NOON_MS + 5000))
    for query, words in (
        ({}, ()),
        ({"units": "row"}, ("--unit-row",)),
        ({"decimal": "comma", "time_zone": ZONE}, ("--decimal-comma", "--zone", ZONE)),
    ):
        told = {"devices": "fan-01", "to": str(NOON_MS + 5000)} | query
        answer = client.get("/export.csv", params=told)
        out = exported(two.settings, tmp_path / "o.csv", "--device=fan-01", *space, *words)
        assert out.read_bytes().decode() == answer.text
        assert answer.headers["content-disposition"] == 'attachment; filename="readings.csv"'


@pytest.mark.parametrize("unit", ["=1+1", "-", "a;b", 'a"b', "@x", "°C", "mm/s"])
def test_no_unit_is_a_formula_nor_parts_a_cell(unit: str) -> None:
    for form in (Form(has_unit_row=True), Form(has_unit_row=True, has_comma=True)):
        head = form.head([Own("a"), Own("b", unit)]).removeprefix("\ufeff")
        [names, units] = csv.reader(io.StringIO(head), delimiter=form.separator)
        assert names == ["a", "b"]
        assert units[1].removeprefix("'") == unit
        assert not units[1].startswith(("=", "+", "-", "@"))
    assert guarded("2025-11-20") == "2025-11-20"


def test_no_name_stands_twice_and_figures_have_no_noise() -> None:
    columns: list[Heading] = [
        Own("a"),
        Column("power", "W"),
        Column("power", "kW"),
        Column("rpm", "rpm"),
    ]
    assert Form(has_unit_row=True).head(columns) == "a,power [W],power [kW],rpm\n,W,kW,rpm\n"
    assert Form(has_comma=True).figure(0.057999999999992724) == "0,058"
    assert [Form().figure(each) for each in (1763632800000.25, 2.0, None)] == [
        "1763632800000.0",
        "2.0",
        "",
    ]


def test_what_was_a_text_before_it_was_a_number_is_no_formula_either(
    empty_workshop: Workshop, serve: Serve
) -> None:
    press = empty_workshop.add_unknown("press-1", mode=1.0)
    assert press.epoch is not None
    former = Reading("9f2c41aa-1", 1, {"mode": "=cmd|' /C calc'!A0"}, NOON_MS)
    stored = Row(1, press.epoch.id, press.id, former, msgspec.json.encode(former.values))
    with Written(empty_workshop.journal):
        empty_workshop.journal.add_items([stored])
    text = serve(empty_workshop).get("/devices/press-1/export.csv").text
    [row] = csv.DictReader(io.StringIO(text))
    assert row["mode"] == "'=cmd|' /C calc'!A0"


# ---------------------------------------------------------------- Parquet


def test_parquet_of_several_machines_says_all_of_itself(two: Workshop, serve: Serve) -> None:
    answer = serve(two).get("/export.parquet", params={"devices": "press-1,fan-01"})
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert answer.headers["content-disposition"] == 'attachment; filename="readings.parquet"'
    table = pq.read_table(io.BytesIO(answer.content))
    rows = table.to_pylist()
    assert [row["device"] for row in rows] == ["press-1"] + ["fan-01"] * 60
    assert (rows[0]["oil"], rows[0]["mode"], rows[0]["temperature"]) == (0.25, "=1+1", None)
    assert (rows[1]["oil"], rows[1]["rpm"]) == (None, GOOD["rpm"])
    assert (rows[1]["epoch"], rows[1]["seq"], rows[1]["truth"]) == ("9f2c41aa-1", 1, "normal")
    assert rows[1]["time"].timestamp() * 1000 == NOON_MS
    said = table.schema.field("temperature").metadata
    assert (said[b"channel"], said[b"unit"], said[b"decimals"]) == (
        b"temperature",
        "°C".encode(),
        b"1",
    )
    about = json.loads(table.schema.metadata[b"edgetwin"])
    assert about["site"] == "workshop"
    assert {name: each["asset"] for name, each in about["devices"].items()} == {
        "press-1": "generic", "fan-01": "fan",
    }  # fmt: skip


def test_what_two_types_mean_otherwise_has_a_column_each(
    empty_workshop: Workshop, serve: Serve
) -> None:
    """And what a type does not have any more is kept by name."""
    empty_workshop.store(empty_workshop.add("fan-01"), [(NOON_MS, GOOD)])
    hot = empty_workshop.add_unknown("stove-1", temperature="hot")
    values: dict[str, Any] = {"temperature": "hot", "gone": 7.5}
    empty_workshop.store(hot, [(NOON_MS, values)])
    answer = serve(empty_workshop).get("/export.parquet")
    fan, stove = pq.read_table(io.BytesIO(answer.content)).to_pylist()
    assert (fan["temperature"], fan["temperature_generic"]) == (GOOD["temperature"], None)
    assert (stove["temperature"], stove["temperature_generic"]) == (None, "hot")
    assert (fan["others"], stove["others"]) == (None, '{"gone":7.5}')


def test_parquet_is_written_in_groups_and_of_nothing_is_a_table(
    two: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_export, "GROUP_ROWS", 25)
    file = pq.ParquetFile(exported(two.settings, tmp_path / "all.parquet", "--device", "fan-01"))
    assert [file.metadata.row_group(at).num_rows for at in range(3)] == [25, 25, 10]
    assert file.read().column("seq").to_pylist() == list(range(1, 61))
    never = exported(two.settings, tmp_path / "none.pq", "--to", str(NOON_MS - 1000))
    assert pq.read_table(never).num_rows == 0


# ---------------------------------------------------------------- figures


def test_figures_by_bucket_are_those_of_the_api(workshop: Workshop, serve: Serve) -> None:
    client = serve(workshop)
    query: dict[str, Any] = {"from": NOON_MS - 60 * MINUTE_MS, "to": NOON_MS}
    query |= {"bucket": "minute", "names": "energy_wh,cost"}
    told = client.get("/devices/fan-01/kpis", params=query).json()
    answer = client.get("/kpis.csv", params=query)
    rows = [row for row in csv.DictReader(io.StringIO(answer.text)) if row["device"] == "fan-01"]
    assert [int(row["time_ms"]) for row in rows] == told["time_ms"]
    assert [row["label"] for row in rows] == told["label"]
    for name, column in (("energy_wh", "energy_wh [Wh]"), ("cost", "cost [GBP]")):
        cells = [float(row[column]) if row[column] else None for row in rows]
        assert cells == pytest.approx(told["kpis"][name]["value"], rel=1e-11)
    assert len(rows) == 60
    assert rows[0]["asset"] == "fan"


def test_the_command_tells_the_same_figures_of_whole_minutes(
    workshop: Workshop, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stretch by stretch, and each bucket once; without a gateway it knows no open minute."""
    client = serve(workshop)
    monkeypatch.setattr(kpi_export, "_FIGURES", 50)
    for bucket, count in (("minute", 59), ("hour", 1), ("day", 1), ("month", 1), ("total", 1)):
        span = {"from": NOON_MS - 60 * MINUTE_MS, "to": NOON_MS - MINUTE_MS}
        answer = client.get("/kpis.csv", params=span | {"bucket": bucket})
        words = [f"--{name}={time_ms}" for name, time_ms in span.items()]
        out = exported(workshop.settings, tmp_path / "kpis.csv", "--kpis", bucket, *words)
        assert out.read_bytes().decode() == answer.text
        assert answer.text.count("\n") - 1 == count


def test_a_figure_that_cannot_be_told_has_a_reason(workshop: Workshop, serve: Serve) -> None:
    answer = serve(workshop).get("/kpis.csv", params={"from": 0, "bucket": "total"})
    [row] = [row for row in csv.DictReader(io.StringIO(answer.text)) if row["device"] == "fan-01"]
    empty = [name.split(" ")[0] for name, cell in row.items() if not cell]
    for name in set(empty) - {"reasons"}:
        assert name in row["reasons"]


# ---------------------------------------------------------------- what cannot be read


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """Two days of two machines in files; of the first day of ``fan-01`` one byte is another."""
    directory = tmp_path / "data"
    directory.mkdir()
    with Rig(directory, now_ms=DAY0) as rig:
        fill(rig)
        work(archivist(rig))
    return directory


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_day_that_cannot_be_read_shortens_nothing_silently(
    damaged: Path, tmp_path: Path, ending: str
) -> None:
    whole = len([item for item in held(damaged) if item.event is None])
    first, second, *_ = files(damaged)
    out = tmp_path / f"out.{ending}"
    spoil(first)
    with pytest.raises(Unreadable, match=shown(first)):
        exported(settings_of(damaged), out)
    second.unlink()
    with pytest.raises(
        Unreadable, match=rf"fan-01: {shown(second)} is missing\. Put it back .* say --leave"
    ):
        exported(settings_of(damaged), out)
    assert list(tmp_path.glob("out*")) == []

    exported(settings_of(damaged), out, "--leave-out-damaged", "--device", "fan-01")

    if ending == "csv":
        lines = out.read_text().splitlines()
        told = [line for line in lines if line.startswith("# LEFT OUT: fan-01 from 2025-11-2")]
        assert len(lines) - len(told) - 1 == 1 < whole
    else:
        file = pq.ParquetFile(out)
        told = json.loads(file.metadata.metadata[b"edgetwin_left_out"])
        assert file.metadata.num_rows == 1
    assert shown(first) in told[0]
    assert f"{shown(second)} is missing." in told[1]
    assert len(told) == 2
    assert str(damaged) not in "".join(told)
    assert "2025-11-21T00:00:00Z to 2025-11-22T00:00:00Z" in told[1]


def test_over_rest_it_is_said_before_anything_is_sent(
    empty_workshop: Workshop, serve: Serve
) -> None:
    directory = empty_workshop.settings.data_dir
    empty_workshop.journal.close()
    for path in directory.glob("journal.*"):
        path.unlink()
    with Rig(directory, now_ms=DAY0) as rig:
        fill(rig)
        work(archivist(rig))
    for name in ("fan-01", "fan-02"):
        empty_workshop.add(name, durable=False)
    next(files(directory)).unlink()
    client = serve(empty_workshop)
    for url in ("/devices/fan-01/export.csv", "/export.parquet", "/devices/fan-01/events.csv"):
        answer = client.get(url)
        assert answer.status_code == 503
        assert "11-20.parquet is missing. Put it back" in answer.json()["detail"]
        assert "damaged=leave_out" in answer.json()["detail"]
        assert str(directory) not in answer.json()["detail"]
    assert client.get("/devices/fan-02/export.csv").status_code == 200
    text = client.get("/devices/fan-01/export.csv", params={"damaged": "leave_out"}).text
    assert text.splitlines()[-1].startswith("# LEFT OUT: fan-01 from 2025-11-20T00:00:00Z to ")
    assert "archive/workshop/fan-01/2025/11-20.parquet is missing." in text.splitlines()[-1]
    assert str(directory) not in text
    assert len(text.splitlines()) == 1 + (DAYS - 1) * (EACH - 1) + 1 + 1


# ---------------------------------------------------------------- what does not go together


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--kpis", "day", "--events"), "figures: not of --events"),
        (("--names", "energy_wh"), "say --kpis day"),
        (("--format", "parquet", "--decimal-comma"), "are of CSV"),
        (("--zone", "Berlin"), "Europe/Berlin"),
        (("--kpis", "shift"), "no file of shifts"),
        (("--kpis", "day", "--names", "happiness"), "No machine has a KPI 'happiness'"),
    ],
)
def test_what_does_not_go_together_is_said(
    workshop: Workshop, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(Refused, match=message):
        exported(workshop.settings, tmp_path / "out.csv", *words)


def test_a_zone_that_is_none_is_refused(client: httpx.Client) -> None:
    answer = client.get("/devices/fan-01/export.csv", params={"time_zone": "Berlin"})
    assert answer.status_code == 422
    assert "Europe/Berlin" in answer.json()["detail"]
