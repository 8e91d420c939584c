"""Readings as CSV: over HTTP and by ``python -m gateway export``, beside a writing gateway."""

import argparse
import csv
import io
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.assets import get as get_asset
from contract.csv_labels import bare
from contract.errors import NotFound, Refused
from contract.language.program import program_of
from contract.messages import Reading, Stamp
from gateway.api import export, exporting
from gateway.api.columns import cells_of, table_of
from gateway.api.power import Power
from gateway.backup import journal_copy
from gateway.journal import Row
from gateway.journal.reader import open_read_only
from gateway.twin.dated import Always
from tests.gateway.api.workshop import GOOD, MINUTE_MS, NOON_MS, Serve, Workshop, Written

FAN = get_asset("fan")
CHANNELS = ["temperature [°C]", "rpm [rpm]", "current [A]", "vibration [mm/s]", "ambient [°C]"]
HEADER = [
    *("time_ms", "time", "board_time_ms", "device", "epoch", "seq"),
    *CHANNELS,
    *("power_w", "truth", "diagnosis", "asset"),
]
ROOT = Path(__file__).parents[3]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    exporting.add_arguments(parser)
    return parser.parse_args(words)


def source_of(device_id: int, name: str) -> export.Source:
    params = Always(program_of(FAN).defaults())
    return export.Source(device_id, name, FAN, table_of([FAN]), params)


def store_raw(workshop: Workshop, readings: list[Reading], bodies: list[bytes]) -> None:
    """Rows of the first device, with bodies letter by letter and one epoch."""
    journal = workshop.journal
    with Written(journal):
        device_id = journal.add_device(name="fan-01", asset="fan", now_ms=NOON_MS)
        epoch_id = journal.add_epoch(device_id=device_id, name=readings[0].epoch)
        journal.add_items(
            [
                Row(journal.next_id + at, epoch_id, device_id, reading, body)
                for at, (reading, body) in enumerate(zip(readings, bodies, strict=True))
            ]
        )


# ---------------------------------------------------------------- over HTTP


def test_a_page_and_more_comes_whole_and_in_order(workshop: Workshop, serve: Serve) -> None:
    answer = serve(workshop).get("/devices/fan-01/export.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="fan-01.csv"'
    found = rows(answer.text)
    assert list(found[0]) == HEADER
    assert len(found) == 3600 > export.PAGE_ROWS
    assert [int(row["seq"]) for row in found] == list(range(1, 3601))
    assert found[0]["device"] == "fan-01"
    assert found[0]["epoch"] == "9f2c41aa-1"
    assert found[0]["ambient [°C]"] == ""
    assert found[0]["truth"] == "normal"


def test_a_range_includes_its_start_only(workshop: Workshop, serve: Serve) -> None:
    query = {"from": NOON_MS - 60_000, "to": NOON_MS - 50_000}
    found = rows(serve(workshop).get("/devices/fan-01/export.csv", params=query).text)
    times = [int(row["time_ms"]) - NOON_MS for row in found]
    assert times == [-60_000, -58_000, -56_000, -54_000, -52_000]


def test_nothing_is_a_header(empty_workshop: Workshop, serve: Serve) -> None:
    empty_workshop.add("fan-01")
    answer = serve(empty_workshop).get("/devices/fan-01/export.csv")
    assert answer.text == ",".join(HEADER) + "\n"


@pytest.mark.slow
def test_the_diagnosis_is_the_one_that_stood(workshop: Workshop, serve: Serve) -> None:
    """A minute and a quarter after the last row that says so, nobody knows any more."""
    found = rows(serve(workshop).get("/devices/fan-01/export.csv").text)
    said = {int(row["time_ms"]) - NOON_MS: row["diagnosis"] for row in found}
    assert said[-60 * MINUTE_MS - 2000] == ""
    assert said[-60 * MINUTE_MS] == "normal"
    assert said[-60 * MINUTE_MS + 74_000] == "normal"
    assert said[-60 * MINUTE_MS + 76_000] == ""
    assert said[-10 * MINUTE_MS] == "overcurrent"


def test_no_diagnosis_stands_where_nothing_was_judged(
    empty_workshop: Workshop, serve: Serve
) -> None:
    """And what was judged later takes its place."""
    device = empty_workshop.add("fan-01")
    empty_workshop.run(device, from_ms=NOON_MS, to_ms=NOON_MS + 6_000)
    empty_workshop.diagnose(device, time_ms=NOON_MS, fault="normal")
    empty_workshop.diagnose(device, time_ms=NOON_MS + 1_000, fault="normal", stale=True)
    empty_workshop.diagnose(device, time_ms=NOON_MS + 5_000, fault="normal")
    client = serve(empty_workshop)

    def said() -> list[str]:
        found = rows(client.get("/devices/fan-01/export.csv").text)
        return [row["diagnosis"] for row in found]

    assert said() == ["normal", "normal", "", "", "", "normal"]
    empty_workshop.diagnose(device, time_ms=NOON_MS + 1_000, fault="normal")
    empty_workshop.diagnose(device, time_ms=NOON_MS + 3_000, fault="overcurrent")
    assert said() == ["normal", "normal", "normal", "overcurrent", "overcurrent", "normal"]


def test_readings_of_one_moment_come_in_order_of_arrival(tmp_path: Path) -> None:
    with Workshop(tmp_path) as workshop:
        device = workshop.add("fan-01")
        count = 2 * export.PAGE_ROWS + 1
        workshop.store(device, [(NOON_MS, GOOD)] * count)
        connection = open_read_only(workshop.settings.journal_path)
        source = source_of(device.id, device.name)
        pages = export.Pages(source, from_ms=0, to_ms=NOON_MS + 1, up_to_id=count)
        text = source.table.header
        while page := pages.read(connection):
            text += page
        connection.close()
    assert [int(row["seq"]) for row in rows(text)] == list(range(1, count + 1))
    assert pages.rows == count


def test_what_is_stored_during_an_export_is_left_out(tmp_path: Path) -> None:
    with Workshop(tmp_path) as workshop:
        device = workshop.add("fan-01")
        workshop.run(device, from_ms=NOON_MS, to_ms=NOON_MS + 10_000)
        connection = open_read_only(workshop.settings.journal_path)
        newest = export.newest_id(connection)
        workshop.run(device, from_ms=NOON_MS + 10_000, to_ms=NOON_MS + 20_000)
        source = source_of(device.id, device.name)
        pages = export.Pages(source, from_ms=0, to_ms=2**60, up_to_id=newest)
        assert len(pages.read(connection).splitlines()) == 10
        assert pages.read(connection) == ""
        connection.close()


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_come_out_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float]
) -> None:
    with Workshop(tmp_path_factory.mktemp("numbers")) as workshop:
        device = workshop.add("fan-01")
        readings = [
            Reading("9f2c41aa-1", seq, GOOD | {"temperature": number}, NOON_MS + seq, None)
            for seq, number in enumerate(numbers, start=1)
        ]
        assert device.epoch is not None
        made = [
            Row(reading.seq, device.epoch.id, device.id, reading,
                msgspec.json.encode(reading.values))
            for reading in readings
        ]  # fmt: skip
        with Written(workshop.journal):
            workshop.journal.add_items(made)
        connection = open_read_only(workshop.settings.journal_path)
        source = source_of(device.id, device.name)
        pages = export.Pages(source, from_ms=0, to_ms=2**60, up_to_id=2**60)
        lines = pages.read(connection).splitlines()
        connection.close()
    assert [float(line.split(",")[6]) for line in lines] == numbers


@pytest.mark.parametrize(
    ("epoch", "truth", "cells"),
    [
        ("9f2c41aa-7", None, ("9f2c41aa-7", "")),
        ("-1", "normal", ("'-1", "normal")),
        ("a", "=cmd|' /C calc'!A0", ("a", "'=cmd|' /C calc'!A0")),
        ("a", '@SUM("1",2)', ("a", '\'@SUM("1",2)')),
        ("a", "two\nlines", ("a", "'two\nlines")),
    ],
)
def test_no_cell_is_a_formula(
    empty_workshop: Workshop, epoch: str, truth: str | None, cells: tuple[str, str]
) -> None:
    """Such text is refused at the door; whoever wrote it into the journal all the same..."""
    reading = Reading(epoch, 1, GOOD, NOON_MS, truth)
    store_raw(empty_workshop, [reading], [msgspec.json.encode(GOOD)])
    connection = open_read_only(empty_workshop.settings.journal_path)
    source = source_of(1, "fan-01")
    pages = export.Pages(source, from_ms=0, to_ms=2**60, up_to_id=1)
    [row] = rows(source.table.header + pages.read(connection))
    connection.close()
    assert (row["epoch"], row["truth"]) == cells


# ---------------------------------------------------------------- by command


def test_the_command_writes_all_devices(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    workshop.run(workshop.add("fan-02"), from_ms=NOON_MS, to_ms=NOON_MS + 5_000)
    assert exporting.run(arguments(), workshop.settings) == 0
    shown = capsys.readouterr()
    found = rows(shown.out)
    assert [row["device"] for row in found] == ["fan-01"] * 3600 + ["fan-02"] * 5
    assert "3605 rows" in shown.err


def test_the_command_takes_devices_and_a_range(
    workshop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workshop.run(workshop.add("fan-02"), from_ms=NOON_MS, to_ms=NOON_MS + 5_000)
    out = tmp_path / "out.csv"
    words = ("--device", "fan-02", "--from", "2025-11-20T12:00:03Z", "--out", str(out))
    assert exporting.run(arguments(*words), workshop.settings) == 0
    assert [int(row["seq"]) for row in rows(out.read_text())] == [4, 5]
    assert [path.name for path in tmp_path.glob("out*")] == ["out.csv"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (("--device", "fan-99"), NotFound, "no device 'fan-99'; it knows fan-01"),
        (("--from", "soon"), Refused, "not a time"),
        (("--from", "1763640000"), Refused, "in Unix seconds"),
        (("--from", "2025-11-20", "--to", "2025-11-19"), Refused, "later than"),
    ],
)
def test_the_command_names_what_is_wrong(
    workshop: Workshop, words: tuple[str, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        exporting.run(arguments(*words), workshop.settings)


def test_without_a_journal_the_command_says_so(empty_workshop: Workshop) -> None:
    empty_workshop.journal.close()
    empty_workshop.settings.journal_path.unlink()
    with pytest.raises(NotFound, match="EDGETWIN_DATA_DIR"):
        exporting.run(arguments(), empty_workshop.settings)
    assert not empty_workshop.settings.journal_path.exists()


def test_an_export_that_fails_leaves_no_file(workshop: Workshop, tmp_path: Path) -> None:
    out = tmp_path / "no such directory" / "out.csv"
    with pytest.raises(Refused, match="cannot be written"):
        exporting.run(arguments("--out", str(out)), workshop.settings)


def test_a_reader_that_has_enough_is_no_error(workshop: Workshop) -> None:
    """As with ``| head -1``."""
    program = (
        "import argparse, sys; from gateway.api import exporting;"
        " from contract.settings import load;"
        " parser = argparse.ArgumentParser(); exporting.add_arguments(parser);"
        " sys.exit(exporting.run(parser.parse_args(), load()))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"EDGETWIN_DATA_DIR": str(workshop.settings.data_dir), "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b"time_ms,")
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 0, complaint.decode()
    assert b"Traceback" not in complaint


PUMP = replace(
    FAN,
    name="pump",
    channels=(
        replace(FAN.channels[0], unit="K"),
        replace(FAN.channels[1]),
        replace(FAN.channels[2], name="load", unit="1"),
    ),
    derived=(),
    params=(),
    kpis=(),
    stopped="",
    wears=(),
)


def test_columns_are_those_of_all_types_each_once() -> None:
    header = table_of([FAN, FAN, PUMP]).header.strip().split(",")
    assert header == [*HEADER[:11], "temperature [K]", "load", *HEADER[11:]]
    assert "power_w" not in table_of([PUMP]).header


def test_a_type_leaves_the_columns_of_others_empty() -> None:
    table = table_of([FAN, PUMP])
    empty = [at for at, cell in enumerate(cells_of(table, PUMP)) if cell == "''"]
    assert empty == [0, 2, 3, 4, 7]  # another unit, channels it has not, no power
    assert [bare(column.label) for column in table.columns][5:] == ["temperature", "load"]


def test_time_is_said_for_people_and_programs_with_the_boards_own_beside_it(
    empty_workshop: Workshop,
) -> None:
    """The board of the second is an hour behind, the third has no clock, the fourth no current."""
    late_ms = NOON_MS - 3_600_000
    readings = [
        Reading("a", 1, GOOD, NOON_MS + 7, board_ms=NOON_MS + 7),
        Reading("a", 2, GOOD, NOON_MS + 1_000, board_ms=late_ms),
        Reading("a", 3, GOOD, NOON_MS + 2_000, stamp=Stamp.RECEIPT),
        Reading("a", 4, {"rpm": 1200.0}, NOON_MS + 3_000, board_ms=NOON_MS + 3_000),
    ]
    store_raw(empty_workshop, readings, [msgspec.json.encode(each.values) for each in readings])
    connection = open_read_only(empty_workshop.settings.journal_path)
    source = source_of(1, "fan-01")
    pages = export.Pages(source, from_ms=0, to_ms=2**60, up_to_id=9)
    found = rows(source.table.header + pages.read(connection))
    connection.close()
    assert [row["time"] for row in found][:2] == [
        "2025-11-20T12:00:00.007Z",
        "2025-11-20T12:00:01.000Z",
    ]
    boards = [row["board_time_ms"] for row in found]
    assert boards == [str(NOON_MS + 7), str(late_ms), "", str(NOON_MS + 3_000)]
    assert [row["power_w"] for row in found] == ["12.96", "12.96", "12.96", ""]


def test_power_is_at_the_voltage_of_its_time(
    workshop: Workshop, serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    """A supply of the device's own, from one minute before noon on; by command as over HTTP."""
    version = {"value": 24.0, "valid_from": NOON_MS - MINUTE_MS}
    client = serve(workshop)
    body = {"by": "Sam", "params": {"supply_voltage": version}}
    assert client.put("/devices/fan-01/params", json=body).status_code == 200
    text = client.get("/devices/fan-01/export.csv").text
    told = {int(row["time_ms"]): (row["power_w"], row["current [A]"]) for row in rows(text)}
    for time_ms, (power_w, current_a) in told.items():
        volts = 24.0 if time_ms >= NOON_MS - MINUTE_MS else 12.0
        assert float(power_w) == pytest.approx(volts * float(current_a), abs=0.001)
    assert {told[NOON_MS - MINUTE_MS - 2000][0], told[NOON_MS - MINUTE_MS][0]} == {"12.96", "25.92"}
    assert exporting.run(arguments(), workshop.settings) == 0
    assert rows(capsys.readouterr().out) == rows(text)


def test_power_is_in_watts_whatever_its_type_says_it_in() -> None:
    """And a type that measures it has the column of its channel alone."""
    kilowatts = replace(FAN, name="mill", kpis=(replace(FAN.kpis[0], name="power_kw", unit="kW"),))
    of = Power(kilowatts, "power_kw", Always(program_of(kilowatts).defaults()))
    assert of(NOON_MS, '{"current":1.5}') == pytest.approx(18.0)
    assert of(NOON_MS, '{"rpm":1200}') is None
    assert table_of([kilowatts]).has_power
    assert not table_of([get_asset("dispenser")]).has_power


def test_a_journal_without_its_log_is_said_to_lack_it(
    workshop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As somebody takes it who copies one file of the three that were set aside."""
    journal = workshop.settings.journal_path
    there = tmp_path / "there"
    there.mkdir()
    for name in ("journal.db", "journal.db-wal"):
        shutil.copy(journal.with_name(name), there / name)
    exporting.open_journal(there / "journal.db").close()
    assert capsys.readouterr().err == ""
    (there / "journal.db-wal").unlink(missing_ok=True)
    exporting.open_journal(there / "journal.db").close()
    assert "there is no journal.db-wal beside" in capsys.readouterr().err
    (there / "journal.db").unlink()
    journal_copy.copy(journal, there / "journal.db", told=lambda *_: None)
    exporting.open_journal(there / "journal.db").close()
    assert capsys.readouterr().err == ""  # as a backup has it: it is all there is
