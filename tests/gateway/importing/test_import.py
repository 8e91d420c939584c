"""A file of another system in the journal: as if its machine had sent it, and no news."""

import asyncio
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.errors import Conflict, GatewayError, Refused
from gateway.importing import parts, room
from scripts.settings import ROOT
from tests.gateway.archive.archives import archivist, held, work
from tests.gateway.importing.recordings import (
    BEGIN_MS,
    fan_lines,
    fan_values,
    imported,
    rows,
    settings_of,
    table,
)
from tests.gateway.rig import DAY_MS, Rig, reading, telemetry
from tests.mosquitto import free_port

MINUTES = "SELECT start_ms, body FROM minute ORDER BY start_ms"
READINGS = "SELECT time_ms, body, aside FROM reading ORDER BY time_ms, id"


def live(directory: Path, count: int) -> list[Any]:
    """The minutes of the same readings, sent by a board as they are measured."""
    rig = Rig(directory)
    at = 0
    while at < count:
        items = [
            reading(n + 1, time_ms=BEGIN_MS + n * 200, values=fan_values(n))
            for n in range(at, min(at + 20, count))
        ]
        rig.now_ms = BEGIN_MS + (at + 20) * 200
        rig.take(telemetry("fan-01", *items))
        at += 20
    minutes = rows(directory, MINUTES)
    rig.die()
    return minutes


def test_what_is_imported_is_what_would_have_been_sent(tmp_path: Path) -> None:
    count = 2_500
    expected = live(tmp_path, count)
    file = table(tmp_path / "fan-01.csv", fan_lines(count))

    imported(tmp_path / "var", file, "--asset", "fan")

    got = rows(tmp_path / "var", MINUTES)
    assert len(expected) == 8
    assert got[:8] == expected
    assert len(got) == 9  # the last one is complete: nothing more comes
    [(stored, stamps)] = rows(
        tmp_path / "var", "SELECT count(*), group_concat(DISTINCT stamped) FROM reading"
    )
    assert (stored, stamps) == (count, "3")


def test_the_same_file_again_is_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = table(tmp_path / "fan-01.csv", fan_lines(1_500))
    imported(tmp_path, file, "--asset", "fan")
    before = rows(tmp_path, MINUTES), rows(tmp_path, READINGS), twin(tmp_path)

    imported(tmp_path, file, "--asset", "fan")

    assert "imported already" in capsys.readouterr().out
    assert (rows(tmp_path, MINUTES), rows(tmp_path, READINGS), twin(tmp_path)) == before
    with pytest.raises(Conflict, match="read otherwise"):
        imported(tmp_path, file, "--asset", "fan", "--gaps", "hold:5")


def twin(data_dir: Path) -> Any:
    from contract.assets import get  # noqa: PLC0415
    from gateway.twin.kpi import Factors  # noqa: PLC0415
    from gateway.twin.twin import Twin  # noqa: PLC0415

    [(state,)] = rows(data_dir, "SELECT state FROM twin")
    factors = Factors(co2_kg_per_kwh=0.2, price_per_kwh=0.3, currency="GBP")
    made = Twin.restore(state, device="fan-01", asset=get("fan"), factors=factors)
    return made._sums.so_far()


def test_a_file_that_has_grown_adds_what_is_new(tmp_path: Path) -> None:
    shorter = table(tmp_path / "a.csv", fan_lines(1_000))
    longer = table(tmp_path / "b.csv", fan_lines(2_000))
    other = tmp_path / "other"

    imported(tmp_path, shorter, "--asset", "fan", "--device", "fan-01")
    imported(tmp_path, longer, "--asset", "fan", "--device", "fan-01")
    imported(other, longer, "--asset", "fan", "--device", "fan-01")

    assert rows(tmp_path, READINGS) == rows(other, READINGS)
    assert sums(tmp_path) == sums(other)
    assert twin(tmp_path).measured_ms == twin(other).measured_ms


def sums(data_dir: Path) -> list[Any]:
    sql = (
        "SELECT start_ms, body ->> 'count', body ->> 'measured_ms', round(body ->> 'energy_j', 6)"
        " FROM minute ORDER BY start_ms"
    )
    return rows(data_dir, sql)


def test_rows_in_any_order_and_twice_are_the_same(tmp_path: Path) -> None:
    lines = fan_lines(1_200)
    shuffled = lines[1:] + random.Random(1).sample(lines[1:], 100)
    random.Random(2).shuffle(shuffled)
    good = table(tmp_path / "good.csv", lines)
    odd = table(tmp_path / "odd.csv", [lines[0], *shuffled])

    imported(tmp_path / "good", good, "--asset", "fan", "--device", "fan-01")
    imported(tmp_path / "odd", odd, "--asset", "fan", "--device", "fan-01")

    assert rows(tmp_path / "odd", READINGS) == rows(tmp_path / "good", READINGS)
    assert rows(tmp_path / "odd", MINUTES) == rows(tmp_path / "good", MINUTES)


def test_a_bad_cell_costs_itself_and_is_named_by_its_line(tmp_path: Path) -> None:
    lines = fan_lines(50)
    lines[10] = lines[10].replace("1.0", "ten", 1)
    lines[20] = lines[20].replace(",40.", ",4000.", 1)
    lines[30] = "yesterday,1,2,3,4"
    file = table(tmp_path / "fan-01.csv", lines)

    imported(tmp_path, file, "--asset", "fan")

    refused = rows(tmp_path, "SELECT topic, reason, detail FROM quarantine ORDER BY id")
    assert {topic for topic, _, _ in refused} == {"import/fan-01.csv"}
    assert sorted((reason, detail.split(":")[0]) for _, reason, detail in refused) == [
        ("bad_time", "line 31"),
        ("not_a_number", "line 11"),
        ("out_of_range", "line 21"),
    ]
    [(stored, aside)] = rows(tmp_path, "SELECT count(*), count(aside) FROM reading")
    assert (stored, aside) == (49, 2)


def test_what_was_bad_in_the_past_is_no_alarm(tmp_path: Path) -> None:
    hot = [line.replace(",40.", ",95.") for line in fan_lines(3_000)]
    imported(tmp_path, table(tmp_path / "fan-01.csv", hot), "--asset", "fan")

    for name in ("alarm", "transition", "notice", "anomaly", "diagnosis"):
        assert rows(tmp_path, f"SELECT count(*) FROM {name}") == [(0,)], name
    assert rows(tmp_path, "SELECT status FROM device") == [("unknown",)]
    with Rig(tmp_path) as rig:  # nor is anybody waited for
        assert rig.device().recorded_ms == BEGIN_MS + 2_999 * 200
        rig.pass_s(60)
        assert rig.told == []
        rig.take(telemetry("fan-01", reading(1, time_ms=rig.now_ms)))
        rig.pass_s(60)
        assert [alarm.name for alarm in rig.told] == ["silent"]  # once it has spoken
        assert rig.device().recorded_ms is None


def test_a_dry_run_stores_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = table(tmp_path / "fan-01.csv", fan_lines(100))
    imported(tmp_path / "var", file, "--asset", "fan", "--dry-run")

    said = capsys.readouterr().out
    assert "100 rows from 2025-11-20T10:00:00.000+00:00" in said
    assert "one every 0.2 s" in said
    assert "bad and left out" not in said
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("more", [("--dry-run",), ()])
def test_cells_that_cannot_be_are_counted_whatever_is_wrong_with_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    """One is no number, one is beyond what a fan measures: the quarantine has both."""
    lines = fan_lines(100)
    for at, odd in ((7, "broken"), (9, "9999")):
        time, _, rest = lines[at].split(",", 2)
        lines[at] = f"{time},{odd},{rest}"
    imported(tmp_path, table(tmp_path / "fan-01.csv", lines), "--asset", "fan", *more)
    assert "  2 cells are bad and left out" in capsys.readouterr().out
    if not more:
        assert rows(tmp_path, "SELECT count(*) FROM quarantine") == [(2,)]


@pytest.mark.parametrize("name", ["../../evil", "fan", "generic", "Pumpe Ä/b", ""])
def test_a_dry_run_refuses_a_type_that_cannot_be_called_so(tmp_path: Path, name: str) -> None:
    file = table(tmp_path / "pump.csv", fan_lines(10))
    with pytest.raises(Refused, match="cannot be the name of a type of your own"):
        imported(tmp_path / "var", file, "--new-asset", name, "--dry-run")


ODD = "\ufeff" + "\r\n".join(
    [
        "Datum;Zeit;Drehzahl;Temperatur;Strom;Schwingung;Halle",
        ";;1/min;°F;mA;;",
        *(
            f"20.11.2025;10:00:{at:02d};1.20{at % 2}{',5' * (at % 3 == 0)};{104 + at % 2},0;"
            f"{1000 + at},5;0,8{at % 3};7"
            for at in range(40)
        ),
    ]
)  # fmt: skip


def test_a_file_of_another_country(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "Lüfter 3.csv"
    file.write_bytes(ODD.encode("utf-16"))
    words = ["Drehzahl=rpm", "Temperatur=temperature", "Strom=current", "Schwingung=vibration"]
    maps = [each for word in words for each in ("--map", word)]

    imported(tmp_path, file, "--asset", "fan", "--device", "fan-03", "--keep-flat", *maps)

    said = capsys.readouterr().out
    assert "no such channel: Halle" in said
    [first, second] = rows(tmp_path, READINGS)[:2]
    assert first[0] == BEGIN_MS
    assert first[1] == '{"rpm":1200.5,"temperature":40.0,"current":1.0005,"vibration":0.8}'
    assert '"rpm":1201.0,"temperature":40.555555556' in second[1]


def test_where_commas_are_decimal_points_part_thousands_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows_ = (f"{BEGIN_MS + at * 1000};1.2{at:02d};{at},5;{at},25;0.{at}" for at in range(10, 40))
    lines = ["time_ms;rpm;oil;heat;flow", *rows_]
    imported(tmp_path, table(tmp_path / "press.csv", lines), "--asset", "generic")

    said = capsys.readouterr().out
    assert "rpm: 1.210 is read as 1210, as commas are decimal" in said
    assert "oil: " not in said
    assert rows(tmp_path, READINGS)[0][1] == '{"rpm":1210.0,"oil":10.5,"heat":10.25,"flow":0.1}'


def test_a_comma_that_may_be_either_is_asked_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["time_ms;rpm", *(f"{BEGIN_MS + at * 1000};1,2{at}" for at in range(10, 40))]
    file = table(tmp_path / "press.csv", lines)
    with pytest.raises(Refused, match=r"rpm: 1,210 may be 1\.21 or 1210, and nothing in the file"):
        imported(tmp_path, file, "--asset", "generic")
    for decimal, first in (("comma", 1.21), ("point", 1210.0)):
        argv = ("--asset", "generic", "--decimal", decimal, "--device", decimal)
        imported(tmp_path / decimal, file, *argv)
        assert rows(tmp_path / decimal, READINGS)[0][1] == f'{{"rpm":{first}}}'
    lines = [f"{line};{at}.5" if at else f"{line};oil" for at, line in enumerate(lines)]
    imported(tmp_path / "told", table(tmp_path / "told.csv", lines), "--asset", "generic")
    assert "rpm: 1,210 is read as 1210, as points are decimal" in capsys.readouterr().out
    assert rows(tmp_path / "told", READINGS)[0][1] == '{"rpm":1210.0,"oil":1.5}'


def test_what_stands_in_a_row_that_is_refused_is_kept_as_it_stood(tmp_path: Path) -> None:
    lines = ["time_ms;temperature;rpm;current;vibration"]
    lines += [f"{BEGIN_MS + at * 1000};41,{at};9999;1,038;0,8" for at in range(10, 40)]
    lines[5] = "yesterday;41,74;1181;1,038;0,8"
    lines[7] = lines[7].replace("41,15", "9999")
    imported(tmp_path, table(tmp_path / "fan-01.csv", lines), "--asset", "fan", "--keep-flat")
    raw = [bytes(each).decode() for (each,) in rows(tmp_path, "SELECT raw FROM quarantine")]
    assert raw[:2] == ["yesterday;41,74;1181;1,038;0,8", "9999"]


def test_gaps_are_those_of_more_than_one_and_a_half_steps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line for at, line in enumerate(fan_lines(100, step_ms=10_000)) if at not in {20, 50}]
    file = table(tmp_path / "fan-01.csv", lines)
    imported(tmp_path, file, "--asset", "fan", "--dry-run")
    assert "  2 gaps are left, the longest of 20 s" in capsys.readouterr().out
    del lines[49]
    imported(tmp_path, table(tmp_path / "fan-01.csv", lines[:60]), "--asset", "fan", "--dry-run")
    imported(tmp_path, table(tmp_path / "fan-01.csv", lines[:30]), "--asset", "fan", "--dry-run")
    said = capsys.readouterr().out
    assert "  2 gaps are left, the longest of 30 s" in said
    assert "  1 gap is left, of 20 s" in said


def test_a_dry_run_refuses_what_would_be_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "var"
    file = table(tmp_path / "fan-01.csv", fan_lines(100))
    imported(there, file, "--asset", "fan")
    imported(there, file, "--asset", "fan", "--dry-run")
    assert "imported already by" in capsys.readouterr().out
    for more, words in (
        (("--asset", "generic"), "fan-01 is a fan, and no generic"),
        (("--asset", "fan", "--unit", "rpm=rpm"), "read otherwise"),
        (("--asset", "fann"), r"Known types: .*, generic \(taken as it comes\)\."),
        (("--asset", "fan", "--device", "komp/+1"), "'komp/.1' cannot be a device's id"),
    ):
        with pytest.raises(GatewayError, match=words):
            imported(there, file, *more, "--dry-run")
    imported(there, file, "--new-asset", "blower", "--device", "b-1")
    head, *lines = fan_lines(100)
    other = table(
        tmp_path / "other.csv", [f"{head},oil", *(f"{line},{len(line)}" for line in lines)]
    )
    with pytest.raises(Conflict, match="There is a type blower already"):
        imported(there, other, "--new-asset", "blower", "--device", "b-2", "--dry-run")


def test_of_no_type_it_is_taken_as_it_comes_without_what_never_moves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["timestamp,Oil Pressure (bar),Set point,mode"]
    lines += [f"2025-11-20 10:{at:02d}:00,{2 + at / 10},50,auto" for at in range(30)]
    imported(tmp_path, table(tmp_path / "press.csv", lines), "--asset", "generic")

    assert "never move (--keep-flat keeps them): Set point" in capsys.readouterr().out
    assert rows(tmp_path, READINGS)[0][1] == '{"oil_pressure":2.0,"mode":"auto"}'
    learned = rows(tmp_path, "SELECT name, value FROM registry WHERE kind = 'learned'")
    seen = '{"kind":"channel","low":0.0,"high":5.0,"decimals":1,"unit":"bar"}'
    assert dict(learned)["oil_pressure"] == seen
    [(coverage,)] = rows(tmp_path, "SELECT sum(body ->> 'measured_ms') FROM minute")
    assert coverage == 29 * 60_000  # a row a minute is as good as five a second


def test_what_its_type_always_has_is_kept_though_it_never_moves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["time_ms,temperature,rpm,current,vibration,ambient"]
    lines += [f"{BEGIN_MS + at * 200},{40 + at % 7},1200,1.0,0.8,21" for at in range(600)]
    imported(tmp_path, table(tmp_path / "fan-01.csv", lines), "--asset", "fan")
    assert "never move (--keep-flat keeps them): ambient\n" in capsys.readouterr().out
    [(energy_j,)] = rows(tmp_path, "SELECT sum(body ->> 'energy_j') FROM minute")
    assert energy_j == pytest.approx(12.0 * 1.0 * 120, rel=0.01)


def test_a_time_that_has_other_values_as_well_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = fan_lines(50)
    lines += [lines[10].replace(",40.", ",45.", 1), lines[20]]
    imported(tmp_path, table(tmp_path / "fan-01.csv", lines), "--asset", "fan")
    told = capsys.readouterr().out
    assert "  1 time has rows with different values: all of them are kept" in told
    assert "  1 row is repeated" in told
    assert rows(tmp_path, "SELECT count(*) FROM reading") == [(51,)]


def test_units_of_a_machine_of_no_type_are_kept_and_never_mixed(tmp_path: Path) -> None:
    def file(name: str, head: str, first: int) -> Path:
        rows_ = (f"{BEGIN_MS + at * 1000},{at},{at}" for at in range(first, first + 30))
        return table(tmp_path / name, [f"time_ms,{head}", *rows_])

    argv = ("--asset", "generic", "--device", "press")
    imported(tmp_path, file("a.csv", "oil [psi],load [kW]", 0), *argv)
    imported(tmp_path, file("b.csv", "oil,flow [L/min]", 30), *argv)
    with Rig(tmp_path) as rig:  # it stays so
        units = {each.name: each.unit for each in rig.fleet.get("press").asset.channels}
        assert units == {"oil": "psi", "load": "kW", "flow": "L/min"}
    with pytest.raises(Refused, match=r"oil of press is in psi, and c\.csv has it in bar: convert"):
        imported(tmp_path, file("c.csv", "oil [bar],load", 60), *argv)
    assert rows(tmp_path, "SELECT count(*) FROM reading") == [(60,)]


def test_a_type_is_made_of_the_columns(tmp_path: Path) -> None:
    lines = [
        "when,oil [bar],rpm [1/min]",
        *(f"{BEGIN_MS + at * 1000},{at % 9},{900 + at}" for at in range(60)),
    ]
    imported(tmp_path, table(tmp_path / "press-1.csv", lines), "--new-asset", "press")

    assert rows(tmp_path, "SELECT asset FROM device") == [("press",)]
    made = (tmp_path / "assets" / "press.toml").read_text()
    assert 'title = "Press"' in made
    assert 'unit = "bar"' in made


def test_home_assistants_history_is_a_channel_an_entity(tmp_path: Path) -> None:
    lines = ["entity_id,state,last_changed"]
    for at in range(20):
        lines.append(f"sensor.boiler_temperature,{60 + at % 4},2025-11-20T10:{at:02d}:00.000Z")
        lines.append(
            f"sensor.boiler_pump,{'on' if at % 2 else 'off'},2025-11-20T10:{at:02d}:00.000Z"
        )
    lines.append("sensor.boiler_temperature,unavailable,2025-11-20T10:30:00.000Z")
    imported(tmp_path, table(tmp_path / "boiler.csv", lines), "--asset", "generic")

    bodies = [body for _, body, _ in rows(tmp_path, READINGS)]
    assert bodies[:2] == [
        '{"boiler_temperature":60.0,"boiler_pump":"off"}',
        '{"boiler_temperature":61.0,"boiler_pump":"on"}',
    ]
    assert len(bodies) == 20


def test_influxdbs_annotated_table(tmp_path: Path) -> None:
    lines = [
        "#datatype,string,long,dateTime:RFC3339,double,string,string",
        "#group,false,false,false,false,true,true",
        "#default,_result,,,,,",
        ",result,table,_time,_value,_field,_measurement",
        *(f",,0,2025-11-20T10:00:{at:02d}Z,{40 + at},temperature,fan" for at in range(10)),
        "",
        *(f",,1,2025-11-20T10:00:{at:02d}Z,{1200 + at},rpm,fan" for at in range(10)),
    ]
    imported(tmp_path, table(tmp_path / "fan-07.csv", lines), "--asset", "fan")

    assert rows(tmp_path, READINGS)[0][1] == '{"temperature":40.0,"rpm":1200.0}'


def test_gaps_are_left_or_filled_as_it_is_said(tmp_path: Path) -> None:
    lines = fan_lines(300)
    del lines[100:110], lines[150:250]
    file = table(tmp_path / "fan-01.csv", lines)

    imported(tmp_path / "left", file, "--asset", "fan")
    imported(tmp_path / "held", file, "--asset", "fan", "--gaps", "hold:5")
    imported(tmp_path / "line", file, "--asset", "fan", "--gaps", "linear:60")

    count = "SELECT count(*) FROM reading"
    assert [rows(tmp_path / each, count) for each in ("left", "held", "line")] == [
        [(190,)],
        [(200,)],
        [(300,)],
    ]


def test_without_a_time_it_is_reckoned(tmp_path: Path) -> None:
    lines = [f"{at % 7 + 40} {1200 + at} 1.0 0.{at % 3 + 1}   " for at in range(30)]
    file = table(tmp_path / "fan-01.txt", lines)
    maps = ["c1=temperature", "c2=rpm", "c3=current", "c4=vibration"]
    words = [each for word in maps for each in ("--map", word)]

    with pytest.raises(Refused, match="say --time COLUMN"):
        imported(tmp_path, file, "--asset", "fan", *words)
    begin = ("--from", "2025-11-20T10:00:00Z")
    imported(tmp_path, file, "--asset", "fan", *words, "--period", "0.5", *begin)

    assert [time_ms - BEGIN_MS for time_ms, _, _ in rows(tmp_path, READINGS)[:3]] == [0, 500, 1000]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--asset", "fan", "--map", "oil=temperature"), "There is no column 'oil'"),
        (("--asset", "fan", "--unit", "rpm=bar"), "cannot be told in rpm"),
        (("--asset", "pump"), "No column is one of a pump's channels|would both be"),
        (("--asset", "fan", "--map", "rpm=flow"), "A fan has no channel 'flow'"),
        (("--asset", "fan", "--zone", "Berlin"), "Europe/Berlin"),
        (("--asset", "fan", "--gaps", "guess"), "say leave"),
        ((), "Say --asset TYPE"),
    ],
)
def test_what_cannot_be_is_said_with_what_would_do(
    tmp_path: Path, argv: tuple[str, ...], words: str
) -> None:
    lines = [line.replace("temperature [°C]", "heat") for line in fan_lines(10)]
    if "pump" in argv:
        lines[0] = "time_ms,a,b,c,d"
    file = table(tmp_path / "fan-01.csv", lines)
    with pytest.raises(Refused, match=words):
        imported(tmp_path, file, *argv)


KILLED = """
import os, sys
from gateway.ingest.pipeline import Pipeline
left = int(sys.argv.pop(1))
add_past = Pipeline.add_past
async def deadly(self, past):
    global left
    await add_past(self, past)
    left -= 1
    if left < 0:
        os.kill(os.getpid(), 9)
Pipeline.add_past = deadly
from gateway.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_killed_in_the_middle_and_begun_again_it_is_equal(tmp_path: Path) -> None:
    file = table(tmp_path / "fan-01.csv", fan_lines(4_500))
    imported(tmp_path / "whole", file, "--asset", "fan")
    command = ["import", str(file), "--asset", "fan"]
    for left in (1, 0, 99):
        env = {**os.environ, "EDGETWIN_DATA_DIR": str(tmp_path / "killed")}
        argv = [sys.executable, "-c", KILLED, str(left), *command]
        code = subprocess.run(argv, cwd=ROOT, env=env, check=False, timeout=120).returncode
        assert code == (0 if left == 99 else -signal.SIGKILL)

    assert rows(tmp_path / "killed", READINGS) == rows(tmp_path / "whole", READINGS)
    assert rows(tmp_path / "killed", MINUTES) == rows(tmp_path / "whole", MINUTES)
    assert twin(tmp_path / "killed") == twin(tmp_path / "whole")


def test_a_file_of_many_machines_is_parted_by_a_column(tmp_path: Path) -> None:
    lines = [f"{at // 20 + 1} {at % 20 + 1} {40 + at % 7} {1200 + at}" for at in range(60)]
    file = table(tmp_path / "engines.txt", lines)
    imported(
        tmp_path, file, "--asset", "generic", "--split", "c1", "--period", "60",
        "--from", "2025-11-20T10:00:00Z",
    )  # fmt: skip

    counted = "SELECT d.name, count(*), min(r.time_ms) FROM reading r JOIN device d ON d.id = r.device GROUP BY 1"  # noqa: E501
    assert rows(tmp_path, counted) == [(f"engines-{at}", 20, BEGIN_MS) for at in (1, 2, 3)]
    assert rows(tmp_path, READINGS)[0][1].startswith('{"c2":1.0,"c3":40.0,')


def test_of_a_folder_what_is_no_table_is_left_out_and_the_rest_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "recordings"
    (folder / "hall").mkdir(parents=True)
    (folder / ".trash").mkdir()
    table(folder / "a.csv", fan_lines(10))
    table(folder / "hall" / "a.csv", fan_lines(20))
    table(folder / ".trash" / "b.csv", fan_lines(20))
    table(folder / "README.txt", ["Measured in the hall,", "by Sam."])

    with pytest.raises(Refused, match=r"Left out, as is said above: README\.txt\."):
        imported(tmp_path / "var", folder, "--asset", "fan")
    assert "README.txt is left out: README.txt is no table" in capsys.readouterr().out
    counted = "SELECT d.name, count(*) FROM reading r JOIN device d ON d.id = r.device GROUP BY 1"
    assert rows(tmp_path / "var", counted) == [("a", 10), ("hall-a", 20)]


@pytest.mark.parametrize(
    ("one", "other", "device"),
    [
        ("hall/a.csv", "hall-a.csv", "hall-a"),
        ("a.csv", "a.tsv", "a"),
        ("a b.csv", "a-b.csv", "a-b"),
    ],
)
def test_two_files_are_never_one_machine_unless_it_is_said(
    tmp_path: Path, one: str, other: str, device: str
) -> None:
    folder, there = tmp_path / "recordings", tmp_path / "var"
    (folder / "hall").mkdir(parents=True)
    table(folder / one, fan_lines(10))
    table(folder / other, fan_lines(10, first=10))
    table(folder / "other.csv", fan_lines(10))
    table(folder / "other.txt", ["Measured in the hall,", "by Sam."])  # of no machine

    said = f"{folder / one} and {folder / other} would be one machine, {device}. Nothing was"
    for more in ((), ("--dry-run",)):
        with pytest.raises(Refused, match=re.escape(said)) as refused:
            imported(there, folder, "--asset", "fan", *more)
        assert "by itself with another --device ID" in str(refused.value)
        assert "other.csv" not in str(refused.value)
    assert not there.exists()
    imported(there, folder / one, folder / other, folder / one, "--asset", "fan", "--device", "f")
    counted = "SELECT d.name, count(*) FROM reading r JOIN device d ON d.id = r.device GROUP BY 1"
    assert rows(there, counted) == [("f", 20)]


def test_files_that_are_named_are_never_one_machine_either(tmp_path: Path) -> None:
    for hall in HALLS:
        (tmp_path / hall).mkdir()
        table(tmp_path / hall / "a.csv", fan_lines(10))
    with pytest.raises(Refused, match=r"east/a\.csv and .*west/a\.csv would be one machine, a\."):
        imported(tmp_path / "var", *(tmp_path / hall / "a.csv" for hall in HALLS), "--asset", "fan")


HALLS = ("east", "west")


def test_parts_of_two_files_are_never_one_machine(tmp_path: Path) -> None:
    head, step = "time_ms,who,flow", 1000
    for name, who in (("a.csv", "b-c"), ("a-b.csv", "c")):
        lines = [f"{BEGIN_MS + at * step},{who},{at}" for at in range(10)]
        table(tmp_path / name, [head, *lines])
    argv = (tmp_path / "a.csv", tmp_path / "a-b.csv", "--asset", "generic", "--split", "who")
    with pytest.raises(Refused, match="'b-c' of a and 'c' of a-b would both be a-b-c"):
        imported(tmp_path / "var", *argv)
    assert not (tmp_path / "var").exists()
    imported(tmp_path / "one", *argv, "--device", "hall")
    names = [("hall-b-c",), ("hall-c",)]
    assert rows(tmp_path / "one", "SELECT name FROM device ORDER BY 1") == names


def test_parts_of_a_table_are_its_rows_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_HELD_ROWS", 7)
    lines = [f"{BEGIN_MS + at * 1000},{'ABC'[at % 3]},{at}" for at in range(60)]
    file = table(tmp_path / "hall.csv", ["time_ms,who,flow", *lines])
    imported(tmp_path, file, "--asset", "generic", "--split", "who")
    of_b = (
        "SELECT r.body ->> 'flow' FROM reading r JOIN device d ON d.id = r.device"
        " WHERE d.name = 'hall-B' ORDER BY r.time_ms"
    )
    assert [flow for (flow,) in rows(tmp_path, of_b)] == [*range(1, 60, 3)]


def test_a_row_of_no_machine_is_counted_and_two_machines_are_never_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"{BEGIN_MS + at * 1000},{('A', '', 'B')[at % 3]},{at}" for at in range(30)]
    split = ("--asset", "generic", "--split", "who")
    imported(tmp_path, table(tmp_path / "hall.csv", ["time_ms,who,flow", *lines]), *split)

    assert "10 rows have nothing in who" in capsys.readouterr().out
    assert rows(tmp_path, "SELECT name FROM device") == [("hall-A",), ("hall-B",)]
    twice = [line.replace(",A,", ",A 1,").replace(",B,", ",A/1,") for line in lines]
    other = table(tmp_path / "other.csv", ["time_ms,who,flow", *twice])
    with pytest.raises(Refused, match="'A 1' and 'A/1' would both be other-A-1"):
        imported(tmp_path, other, *split)
    assert rows(tmp_path, "SELECT count(*) FROM device") == [(2,)]


def test_series_of_one_name_in_two_rooms_are_two(tmp_path: Path) -> None:
    lines = ["name,value,time"]
    for at in range(10):
        lines += [f"{room}.temp,{at + add},2025-11-20T10:{at:02d}Z" for room, add in ROOMS]
    imported(tmp_path, table(tmp_path / "rooms.csv", lines), "--asset", "generic")

    assert rows(tmp_path, READINGS)[0][1] == '{"hall_temp":20.0,"yard_temp":5.0}'


ROOMS = (("hall", 20), ("yard", 5))


def test_a_repeated_row_of_a_reading_that_was_joined_counts_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["time_ms,flow,oil"]
    for at in range(10):
        lines += [f"{BEGIN_MS + at * 1000},{values}" for values in (f"{at},", f",{at}", f"{at},")]
    imported(tmp_path, table(tmp_path / "press.csv", lines), "--asset", "generic")

    said = capsys.readouterr().out
    assert "10 rows are repeated" in said
    assert "10 rows of one time are joined" in said
    assert rows(tmp_path, "SELECT count(*) FROM reading") == [(10,)]


def test_a_quotation_mark_without_an_end_is_named_and_nothing_is_stored(tmp_path: Path) -> None:
    lines = fan_lines(8_000)
    lines[3_000] = '"' + lines[3_000]
    file = table(tmp_path / "fan-01.csv", lines)
    with pytest.raises(Refused, match="a quotation mark before it that nothing closes"):
        imported(tmp_path, file, "--asset", "fan")
    assert [path.name for path in (tmp_path / "imports").iterdir()] == []


def test_a_disk_that_is_full_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    file = table(tmp_path / "fan-01.csv", fan_lines(10))
    with pytest.raises(Refused, match=r"fan-01.csv is not imported: No space left on device"):
        imported(tmp_path, file, "--asset", "fan")
    assert [path.name for path in (tmp_path / "imports").iterdir()] == []


def test_what_is_beyond_disk_or_budget_is_said_before_anything_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = table(tmp_path / "fan-01.csv", fan_lines(2_000))
    monkeypatch.setenv("EDGETWIN_DISK_BUDGET_GB", "0.0001")
    with pytest.raises(Refused, match=r"of the 0.00 GB that they may \(EDGETWIN_DISK_BUDGET_GB\)"):
        imported(tmp_path, file, "--asset", "fan")
    monkeypatch.delenv("EDGETWIN_DISK_BUDGET_GB")
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 0))
        with pytest.raises(Refused, match=r"and 0.00 GB are free there. It is not stored"):
            imported(tmp_path, file, "--asset", "fan")
    assert [path.name for path in (tmp_path / "imports").iterdir()] == []
    assert not (tmp_path / "journal.db").exists()
    imported(tmp_path, file, "--asset", "fan")
    assert rows(tmp_path, "SELECT count(*) FROM reading") == [(2_000,)]


def test_what_a_gateway_takes_away_meanwhile_needs_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = table(tmp_path / "fan-01.csv", fan_lines(10))
    monkeypatch.setattr(Path, "glob", lambda self, _: iter([self / "gone.parcel"]))
    monkeypatch.setattr(Path, "rglob", lambda self, _: iter([self / "gone.parquet"]))
    monkeypatch.setenv("EDGETWIN_DISK_BUDGET_GB", "1")
    room.check(settings_of(tmp_path), file)


def test_what_a_board_has_sent_in_another_order_is_the_same(tmp_path: Path) -> None:
    with Rig(tmp_path, now_ms=BEGIN_MS + 20_000) as rig:
        values = dict(reversed(fan_values(0).items()))
        rig.take(telemetry("fan-01", reading(1, time_ms=BEGIN_MS, values=values)))
    file = table(tmp_path / "fan-01.csv", fan_lines(10))
    imported(tmp_path, file, "--asset", "fan")
    assert rows(tmp_path, "SELECT count(*), count(DISTINCT time_ms) FROM reading") == [(10, 10)]


def test_a_parcel_that_cannot_be_read_keeps_no_other_waiting(tmp_path: Path) -> None:
    (tmp_path / "imports").mkdir()
    (tmp_path / "imports" / "a.parcel").symlink_to(tmp_path / "nothing")
    imported(tmp_path, table(tmp_path / "fan-01.csv", fan_lines(10)), "--asset", "fan")

    assert rows(tmp_path, "SELECT count(*) FROM reading") == [(10,)]
    [left] = (tmp_path / "imports").iterdir()
    assert "import as the user that the gateway runs as" in left.read_text()
    entries = [path.read_text() for path in (tmp_path / "audit").iterdir()]
    assert [
        '"what":"imported","detail":"fan-01: 10 rows of fan-01.csv"' in each for each in entries
    ] == [True]


def test_parquet_is_as_good_as_text(tmp_path: Path) -> None:
    import pandas as pd  # noqa: PLC0415

    lines = fan_lines(500)
    text = table(tmp_path / "text.csv", lines)
    frame = pd.read_csv(text).rename(columns={"temperature [°C]": "temperature"})
    finer = pd.Timedelta(7, "ns")
    frame["time"] = pd.to_datetime(frame.pop("time_ms"), unit="ms", utc=True) + finer
    frame.to_parquet(tmp_path / "fan.parquet")

    imported(tmp_path / "a", text, "--asset", "fan", "--device", "fan-01")
    imported(tmp_path / "b", tmp_path / "fan.parquet", "--asset", "fan", "--device", "fan-01")

    assert [ms for ms, _, _ in rows(tmp_path / "a", READINGS)] == [
        ms for ms, _, _ in rows(tmp_path / "b", READINGS)
    ]
    assert rows(tmp_path / "a", MINUTES) == rows(tmp_path / "b", MINUTES)


def test_a_machine_may_be_called_0(tmp_path: Path) -> None:
    import pandas as pd  # noqa: PLC0415

    times_ms = [BEGIN_MS + at // 2 * 1000 for at in range(20)]
    numbers = [at % 2 for at in range(20)]
    frame = pd.DataFrame({"time_ms": times_ms, "pump": numbers, "flow": range(20)})
    frame.to_parquet(tmp_path / "hall.parquet")
    imported(tmp_path, tmp_path / "hall.parquet", "--asset", "generic", "--split", "pump")
    counted = "SELECT d.name, count(*) FROM reading r JOIN device d ON d.id = r.device GROUP BY 1"
    assert rows(tmp_path, counted) == [("hall-0", 10), ("hall-1", 10)]


def test_what_is_live_stays_what_it_was_and_its_sums_have_both(tmp_path: Path) -> None:
    """A board was heard at 10:00 and at 10:10; the file has what lies between, and some of both."""
    rig = Rig(tmp_path)
    for first in (0, 3_000):
        for at in range(first, first + 600, 20):
            rig.now_ms = BEGIN_MS + (at + 20) * 200
            rig.take(
                telemetry(
                    "fan-01",
                    *(
                        reading(n + 1, time_ms=BEGIN_MS + n * 200, values=fan_values(n))
                        for n in range(at, at + 20)
                    ),
                )
            )
    before = rig.device().twin.newest_values(), rig.device().last_seen_ms, rig.watermark()
    rig.checkpoint()
    rig.die()
    file = table(tmp_path / "between.csv", fan_lines(2_800, first=400))

    imported(tmp_path, file, "--asset", "fan", "--device", "fan-01")

    whole = table(tmp_path / "whole.csv", fan_lines(3_600))
    imported(tmp_path / "other", whole, "--asset", "fan", "--device", "fan-01")
    counted = "SELECT count(*), count(DISTINCT time_ms) FROM reading"
    assert rows(tmp_path, counted) == [(3_600, 3_600)]
    assert sums(tmp_path) == sums(tmp_path / "other")[: len(sums(tmp_path))]
    again = Rig(tmp_path, now_ms=BEGIN_MS + 3_600 * 200)
    device = again.device()
    assert (device.twin.newest_values(), device.last_seen_ms, again.watermark()) == before
    assert device.counts.stored == 1_200
    again.die()


@pytest.mark.slow
def test_a_gateway_that_works_takes_it_and_is_backed_up_meanwhile(
    tmp_path: Path,
) -> None:
    gateway_port, broker_port = free_port(), free_port()
    file = table(tmp_path / "fan-01.csv", fan_lines(20_000))
    env = {
        **os.environ,
        "EDGETWIN_DATA_DIR": str(tmp_path / "var"),
        "EDGETWIN_GATEWAY_PORT": str(gateway_port),
        "EDGETWIN_BROKER_PORT": str(broker_port),
    }
    python = [sys.executable, "-m", "gateway"]
    with subprocess.Popen(python, cwd=ROOT, env=env) as gateway:
        try:
            wait_for(tmp_path / "var" / "journal.state")
            done = subprocess.run(
                [*python, "import", str(file), "--asset", "fan"], cwd=ROOT, env=env, check=True,
                capture_output=True, text=True, timeout=120,
            )  # fmt: skip
            assert "stored 20,000 readings" in done.stdout
            ask = partial(httpx.get, timeout=60.0, trust_env=False)
            url = f"http://127.0.0.1:{gateway_port}"
            [birth] = ask(f"{url}/births").json()
            last_ms = BEGIN_MS + 19_999 * 200
            assert birth["imported_ms"] == last_ms
            latest = ask(f"{url}/devices/fan-01/latest").json()
            assert (latest["time_ms"], latest["fresh"]) == (last_ms, False)
            assert latest["values"] == fan_values(19_999)
            rpm = latest["channels"]["rpm"]
            assert rpm["age_ms"] == latest["published_ms"] - last_ms > 0
            assert latest["channels"]["ambient"]["reason"].startswith("No reading of the last hour")
            backup = [*python, "backup", str(tmp_path / "backup")]
            subprocess.run(backup, cwd=ROOT, env=env, check=True, timeout=120)
            restore = [*python, "restore", str(tmp_path / "backup"), "--replace"]
            refused = subprocess.run(restore, cwd=ROOT, env=env, check=False, timeout=120)
            assert refused.returncode == 2  # it works
        finally:
            gateway.terminate()
    assert rows(tmp_path / "var", "SELECT count(*) FROM alarm") == [(0,)]
    [(minutes, count)] = rows(
        tmp_path / "backup", "SELECT count(*), sum(body ->> 'count') FROM minute"
    )
    assert (minutes, count) == (67, 20_000)


def wait_for(path: Path) -> None:
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} never came")


def test_of_a_machine_that_was_removed_or_is_another_nothing_is_stored(tmp_path: Path) -> None:
    file = table(tmp_path / "fan-01.csv", fan_lines(100))
    imported(tmp_path, file, "--asset", "fan")
    other = table(tmp_path / "other.csv", ["time_ms,flow", f"{BEGIN_MS},1", f"{BEGIN_MS + 1000},2"])

    with pytest.raises(Refused, match="fan-01 is a fan, and no generic"):
        imported(tmp_path, other, "--asset", "generic", "--device", "fan-01")
    with Rig(tmp_path) as rig:
        asyncio.run(rig.remover.remove("fan-01", by="Sam", origin="here"))
    assert rows(tmp_path, "SELECT count(*) FROM import") == [(0,)]
    with pytest.raises(Refused, match="removed"):
        imported(tmp_path, file, "--asset", "fan")
    assert [path.name for path in (tmp_path / "imports").iterdir()] == []


def test_what_has_gone_to_the_archive_is_neither_lost_nor_doubled(tmp_path: Path) -> None:
    shorter, longer = fan_lines(1_000), fan_lines(2_000)
    imported(tmp_path, table(tmp_path / "a.csv", shorter), "--asset", "fan", "--device", "fan-01")
    with Rig(tmp_path, now_ms=BEGIN_MS + 30 * DAY_MS) as rig:
        work(archivist(rig))
    before = sums(tmp_path)
    assert rows(tmp_path, "SELECT count(*) FROM reading") == [(1,)]  # the newest stays
    assert len(held(tmp_path)) == 1_000

    imported(tmp_path, table(tmp_path / "b.csv", longer), "--asset", "fan", "--device", "fan-01")

    times_ms = [item.time_ms for item in held(tmp_path)]
    assert len(times_ms) == len(set(times_ms))
    after = sums(tmp_path)
    assert after[:3] == before[:3]
    assert sum(count for _, count, _, _ in after) == len(times_ms) == 2_000
    came_of_it = "SELECT stored, repeated, summed FROM import ORDER BY id"
    assert rows(tmp_path, came_of_it) == [(1_000, 0, 0), (1_000, 1_000, 0)]
