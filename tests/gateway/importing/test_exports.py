"""What Home Assistant, Telegraf and InfluxDB export, as they write it."""

import json
from pathlib import Path
from typing import Any

import pytest

from contract.errors import Refused
from tests.gateway.importing.recordings import BEGIN_MS, imported, rows, table

FILES = Path(__file__).parent / "files"
GENERIC = ("--asset", "generic")


def stored(data_dir: Path) -> list[tuple[str, int, dict[str, Any]]]:
    """(machine, milliseconds from 10:00 on, values)."""
    sql = "SELECT d.name, r.time_ms, r.body FROM reading r JOIN device d ON d.id = r.device"
    found = rows(data_dir, f"{sql} ORDER BY 1, 2")
    return [(name, ms - BEGIN_MS, json.loads(body)) for name, ms, body in found]


def test_home_assistants_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = FILES / "home_assistant_history.csv"
    maps = ("--map", "sensor.boiler_temperature=temp", "--unit", "boiler_power=kW")
    imported(tmp_path, file, *GENERIC, "--device", "boiler", *maps)

    said = capsys.readouterr().out
    assert "boiler_temperature → temp" in said
    assert "boiler_power [kW] → boiler_power" in said
    assert "2 rows are empty" in said  # unavailable, unknown
    assert "bad" not in said
    assert rows(tmp_path, "SELECT count(*) FROM quarantine") == [(0,)]
    found = stored(tmp_path)
    assert found[0] == ("boiler", 120, {"temp": 60.4, "boiler_pump": "on", "boiler_power": 1.0})
    assert found[1] == ("boiler", 300_120, {"temp": 61.4})
    assert len(found) == 6


def test_of_an_entity_after_the_other_all_are_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Home Assistant writes all of one, and then all of the next."""
    lines = ["entity_id,state,last_changed"]
    for name, states in (("temp", "41 42 43"), ("mode", "heat idle off"), ("power", "1 2 3")):
        for at in range(1_200):
            state = states.split()[at % 3]
            lines.append(f"sensor.{name},{state},2025-11-20T10:{at // 60:02d}:{at % 60:02d}.000Z")
    imported(tmp_path, table(tmp_path / "boiler.csv", lines), *GENERIC)
    found = stored(tmp_path)
    assert len(found) == 1_200
    said = capsys.readouterr().out
    assert "2,400 rows of one time are joined" in said
    assert "spread" not in said
    assert rows(tmp_path, "SELECT DISTINCT period_ms FROM reading") == [(1_000,)]
    assert found[1] == ("boiler", 1000, {"temp": 42.0, "mode": "idle", "power": 2.0})


def test_home_assistants_long_term_statistics(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = FILES / "home_assistant_statistics.tsv"
    one = ("--asset", "fan", "--device", "boiler", "--map", "boiler_temperature=temperature")
    imported(tmp_path / "fan", file, *one, "--zone", "UTC")

    said = capsys.readouterr().out
    assert "a row a value, named by statistic_id (not its min, max, delta)" in said
    assert "boiler_temperature [°F] → temperature (converted)" in said
    assert "no such channel: boiler_energy" in said
    assert stored(tmp_path / "fan")[:2] == [
        ("boiler", 0, {"temperature": 60.0}),
        ("boiler", 3_600_000, {"temperature": 60.555555556}),
    ]
    imported(tmp_path / "all", file, *GENERIC, "--device", "boiler", "--zone", "Europe/Berlin")
    assert stored(tmp_path / "all")[1] == (
        "boiler",
        0,
        {"boiler_temperature": 141.0, "boiler_energy": 1.5},
    )


def test_statistics_that_cannot_be_read_as_one_are_refused(tmp_path: Path) -> None:
    head = "statistic_id\tunit\tstart\tmean"
    mixed = [f"sensor.a\t{unit}\t20.11.2025 1{n}:00\t{n}" for n, unit in enumerate(("W", "kW"))]
    file = table(tmp_path / "mixed.tsv", [head, *mixed])
    with pytest.raises(Refused, match=r"sensor\.a is in W in one row and in kW in another"):
        imported(tmp_path, file, *GENERIC)
    deltas = [
        "statistic_id\tunit\tstart\tdelta",
        *(f"sensor.a\tkWh\t20.11.2025 1{n}:00\t{n}" for n in range(3)),
    ]
    with pytest.raises(Refused, match="it has no mean, no sum, no state: export one of these"):
        imported(tmp_path, table(tmp_path / "deltas.tsv", deltas), *GENERIC)


@pytest.mark.parametrize("name", ["unix", "unix_ms", "wall", "semicolon"])
def test_telegraf(tmp_path: Path, name: str) -> None:
    file = FILES / f"telegraf_{name}.csv"
    imported(tmp_path, file, "--asset", "generic", "--split", "host", "--zone", "Asia/Tokyo")

    assert stored(tmp_path)[:2] == [
        (f"telegraf_{name}-east", 0, {"count": 0.0, "flow": 0.5, "mode": "auto", "on": "true"}),
        (f"telegraf_{name}-east", 1000, {"count": 1.0, "flow": 1.5, "mode": "auto", "on": "true"}),
    ]


def test_telegraf_tells_tags_from_fields(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = FILES / "telegraf_prefix.csv"
    imported(tmp_path, file, *GENERIC, "--dry-run")
    assert (
        "tag_host says 2 things: --split tag_host makes a machine of each"
        in capsys.readouterr().out
    )

    imported(tmp_path, file, *GENERIC, "--split", "tag_host", "--map", "field_flow=throughput")
    found = stored(tmp_path)
    assert found[0] == (
        "telegraf_prefix-east",
        0,
        {"count": 0.0, "throughput": 0.5, "mode": "auto", "on": "true"},
    )
    assert len(found) == 8


def test_of_telegraf_only_the_rows_that_its_header_is_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(tmp_path, FILES / "telegraf_mixed.csv", *GENERIC)

    said = capsys.readouterr().out
    assert "4 rows, of disk, mem, are left out, as the header is not of their columns" in said
    assert [values for _, _, values in stored(tmp_path)] == [
        {"host": "east", "flow": 0.5},
        {"host": "east", "flow": 1.5},
    ]


def test_influxdbs_tables_of_several_tags(tmp_path: Path) -> None:
    """Each part has a header of its own, and no other tags than its series have."""
    lines = [
        "#group,false,false,false,false,true,true,true",
        ",result,table,_time,_value,_field,_measurement,cpu",
        *(
            f",,{cpu},2025-11-20T10:00:0{at}Z,{cpu}.{at},usage,cpu,cpu{cpu}"
            for cpu in (0, 1)
            for at in range(5)
        ),
        "",
        "#group,false,false,false,false,true,true",
        ",result,table,_measurement,_time,_value,_field",
        *(f",,2,room,2025-11-20T10:00:0{at}Z,2{at},temp" for at in range(5)),
    ]
    file = table(tmp_path / "pc.csv", lines)
    imported(tmp_path, file, *GENERIC)
    assert stored(tmp_path)[1] == (
        "pc",
        1000,
        {"usage_cpu0": 0.1, "usage_cpu1": 1.1, "temp": 21.0},
    )
    imported(tmp_path / "split", file, *GENERIC, "--split", "cpu")
    assert [name for name, *_ in stored(tmp_path / "split")] == ["pc-cpu0"] * 5 + ["pc-cpu1"] * 5
