"""What we have exported comes back as it was: readings, texts, and what they add up to."""

import argparse
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.assets import GENERIC
from contract.errors import NotFound, Refused
from contract.settings import Settings
from contract.type_files.generic import Description
from gateway.api import exporting
from gateway.importing.columns import Asked
from gateway.importing.files import File
from gateway.importing.reading import Recording
from gateway.importing.sources import of_file
from gateway.importing.wishes import Wishes
from tests.gateway.archive.archives import archivist, files, held, work
from tests.gateway.importing.recordings import imported, rows, settings_of
from tests.gateway.rig import DAY_MS, NOW_MS, Rig, batches, message, telemetry

FORMS = (
    (),
    ("--unit-row", "--decimal-comma", "--zone", "America/New_York"),
    ("--decimal-comma",),
    ("--unit-row", "--zone", "Asia/Kolkata"),
)


def exported(settings: Settings, out: Path, *words: str) -> Path:
    parser = argparse.ArgumentParser()
    exporting.add_arguments(parser)
    assert exporting.run(parser.parse_args([*words, "--out", str(out)]), settings) == 0
    return out


def stored(directory: Path, device: str) -> list[tuple[int, dict[str, Any]]]:
    """The readings of a machine as journal and archive have them."""
    return [
        (item.time_ms, msgspec.json.decode(item.body))
        for item in held(directory, device)
        if item.event is None
    ]


# ---------------------------------------------------------------- whatever was measured


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.one_of(
    st.sampled_from(["unknown", "none", "-", "'", "=cmd|' /C calc'!A0", "a;b,c", '"', " x "]),
    st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=12),
)
VALUES = st.fixed_dictionaries(
    {"c3": NUMBERS}, optional={"Oil.Temp-1": NUMBERS, "mode": TEXTS, "who_1": TEXTS}
)


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(st.lists(VALUES, min_size=1, max_size=12), st.sampled_from([*FORMS, None]))
def test_whatever_was_measured_comes_back(
    readings: list[dict[str, Any]], form: tuple[str, ...] | None
) -> None:
    """Of a machine of no type, so its texts and numbers may be any; None: as Parquet."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with Rig(directory) as rig:
            rig.take(message("odd-1", "birth", {"asset": GENERIC, "epoch": "a-1"}))
            for at, values in enumerate(readings, start=1):
                time_ms = NOW_MS - 60_000 + at // 3 * 7
                item = {"epoch": "a-1", "seq": at, "time_ms": time_ms, "values": values}
                rig.take(telemetry("odd-1", item))
        before = stored(directory, "odd-1")
        assert len(before) == len(readings)
        ending = "parquet" if form is None else "csv"
        out = exported(settings_of(directory), directory / f"out.{ending}", *(form or ()))
        assert list(read_back(out, "odd-1")) == before


def read_back(path: Path, device: str) -> Iterator[tuple[int, dict[str, Any]]]:
    sources = {each.device: each for each in of_file(File(path), device=None, may_be_own=True)}
    zone = settings_of(path.parent).site_time.name
    wishes = Wishes(zone=ZoneInfo(zone), asked=Asked(channels={}, units={}))
    made = Recording(sources[device], Description().asset, wishes, now_ms=NOW_MS)
    with contextlib.closing(made.read(path.parent, told=lambda _: None)) as read:
        for entry in read.entries():
            yield entry.time_ms, msgspec.json.decode(entry.body)


# ---------------------------------------------------------------- by the commands, of all types


MACHINES = {"fan-01": "fan", "tap-1": "dispenser", "press-1": GENERIC}
BEGIN_MS = NOW_MS - 30 * DAY_MS
STEPS = 400


def values_of(device: str, at: int) -> dict[str, Any]:
    if device == "fan-01":
        rest = {"ambient": 21.5} if at % 2 else {}
        return {"temperature": 40 + at % 37 / 10, "rpm": 1200.0 + at % 11, "current": 1.08,
                "vibration": 0.8 + at % 7 / 1000} | rest  # fmt: skip
    if device == "tap-1":
        return {"flow": 2.0 * (at % 5 > 2), "tank_level": 80.0, "hot_temperature": 90 + at % 9 / 10}
    return {"oil": at / 7, "mode": ("auto", "=1+1", "unknown")[at % 3]}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three machines of three types, of whom some minutes are in files and some in the journal."""
    directory = tmp_path_factory.mktemp("source")
    with Rig(directory, now_ms=BEGIN_MS) as rig:
        for device, asset in MACHINES.items():
            rig.take(message(device, "birth", {"asset": asset, "epoch": "a-1"}))
        take(rig, BEGIN_MS, first=1)
        take(rig, NOW_MS - 3_600_000, first=STEPS + 1)
        rig.checkpoint()
        rig.now_ms = NOW_MS
        work(archivist(rig))
    assert len(list(files(directory))) == len(MACHINES)
    return directory


def take(rig: Rig, begin_ms: int, *, first: int) -> None:
    """A reading a second of each."""
    for device in MACHINES:
        items = [
            {"epoch": "a-1", "seq": first + at, "time_ms": begin_ms + at * 1000,
             "values": values_of(device, at)}
            for at in range(STEPS)
        ]  # fmt: skip
        for some in batches(items, 20):
            rig.now_ms = some[-1]["time_ms"] + 500
            rig.take(telemetry(device, *some))


@pytest.mark.slow
@pytest.mark.parametrize("form", [*FORMS, None])
def test_an_export_is_imported_as_it_was(
    source: Path, tmp_path: Path, form: tuple[str, ...] | None
) -> None:
    """No option says whose a row is, nor of what type: the file does."""
    name = "all.csv" if form is not None else "all.parquet"
    out = exported(settings_of(source), tmp_path / name, *(form or ()))
    there = tmp_path / "there"

    imported(there, out)

    for device, asset in MACHINES.items():
        assert stored(there, device) == stored(source, device)
        assert len(stored(there, device)) == 2 * STEPS
        assert rows(there, "SELECT asset FROM device WHERE name = ?", device) == [(asset,)]
    ends = (f"--from={BEGIN_MS}", f"--to={NOW_MS - 54 * 60_000}")
    figures = ("--kpis", "minute", *ends)
    before = exported(settings_of(source), tmp_path / "before.csv", *figures).read_text()
    after = exported(settings_of(there), tmp_path / "after.csv", *figures).read_text()
    assert after == before
    assert before.count("fan-01") == 13
    imported(there, out)  # once more is nothing
    assert len(stored(there, "fan-01")) == 2 * STEPS


@pytest.mark.slow
def test_a_file_of_the_archive_says_all_by_itself(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = next(path for path in files(source) if "fan-01" in str(path))

    imported(tmp_path, path)

    assert stored(tmp_path, "fan-01") == stored(source, "fan-01")[:STEPS]
    assert "fan-01 (fan)" in capsys.readouterr().out


def test_days_of_the_archive_are_one_machine_and_one_of_events_alone_is_no_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tmp_path / "before"
    with Rig(before, now_ms=BEGIN_MS) as rig:
        rig.take(message("fan-01", "birth", {"asset": "fan", "epoch": "a-1"}))
        for seq, day in enumerate((0, 1, 2, 12), start=1):
            rig.now_ms = BEGIN_MS + day * DAY_MS
            what = {"event": "service"} if day == 1 else {}
            values = {"note": "filter"} if day == 1 else values_of("fan-01", seq)
            item = {"epoch": "a-1", "seq": seq, "time_ms": rig.now_ms, "values": values}
            rig.take(telemetry("fan-01", item | what))
        rig.checkpoint()
        work(archivist(rig))
    assert len(list(files(before))) == 3

    assert imported(tmp_path / "there", before / "archive") == 0

    said = capsys.readouterr().out
    assert said.count("has no readings: there is nothing to import") == 1
    assert stored(tmp_path / "there", "fan-01") == stored(before, "fan-01")[:2]
    assert len(stored(before, "fan-01")) == 3


def test_of_an_export_without_readings_it_is_said(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("none.csv", "none.parquet"):
        out = exported(settings_of(source), tmp_path / name, "--to", str(BEGIN_MS))
        capsys.readouterr()
        imported(tmp_path, out)
        assert capsys.readouterr().out == f"{name} has no readings: there is nothing to import\n"


def test_what_is_cut_short_or_holds_events_is_refused(source: Path, tmp_path: Path) -> None:
    whole = exported(settings_of(source), tmp_path / "whole.csv").read_text()
    events = exported(settings_of(source), tmp_path / "events.csv", "--events")
    cut = tmp_path / "cut.csv"
    with pytest.raises(Refused, match="only readings are imported"):
        imported(tmp_path, events)
    cut.write_text(whole[:-40])
    with pytest.raises(Refused, match=r"cut.csv is not whole: line \d+ has \d+ cells"):
        imported(tmp_path, cut)
    cut.write_text(whole.replace(",auto,", ',"auto,', 1) + "x" * 200_000)
    with pytest.raises(Refused, match=r"Line \d+ cannot be parted into cells"):
        imported(tmp_path, cut)
    cut.write_text(whole + "# INCOMPLETE: the rest could not be read. Something is missing.\n")
    with pytest.raises(Refused, match=r"not whole: the rest could not be read\. Something is"):
        imported(tmp_path, cut)
    cut.write_text(whole.replace(",fan\n", ",windmill\n"))
    with pytest.raises(NotFound, match="windmill"):
        imported(tmp_path, cut)
    assert not (tmp_path / "journal.db").exists()
