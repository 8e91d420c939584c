"""Folders of verdicts: what can be learned from, and a sentence on all that cannot."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import assets, messages
from contract.assets.words import Asset
from gateway.api import verdict_table
from gateway.api.queries.verdicts import Judged, Subject
from gateway.api.verdict_table import readings_name
from gateway.journal.excerpts import names_of, packed, unpacked
from inference.errors import BadDataset
from inference.runs import virtual
from inference.runs.told import Told, told
from inference.runs.verdict_rows import COLUMNS, TABLE, time_ms
from inference.serving.schema import usual
from inference.windows.inputs import inputs_of
from tests.inference.verdict_folder import BEGAN_MS, iso, readings, row, write

FAN = (41.0, 1200.0, 1.0, 0.8)


def whole(folder: Path, fan: Asset, *rows: dict[str, str], values: list[list[object]]) -> Told:
    write(folder, rows)
    for each in rows:
        readings(folder / each["readings"], fan, values, step_ms=1000)
    return told(folder, asset=fan, classes=virtual.classes(fan))


def test_a_verdict_is_a_run_that_is_labelled_while_the_alarm_stood(
    tmp_path: Path, fan: Asset
) -> None:
    found = whole(tmp_path, fan, row("7"), values=[[*FAN]] * 100)
    (run,), (verdict,) = found.runs, found.verdicts
    delay_s = fan.fault_delay_s("overcurrent", confidence=0.0)
    labelled = [at for at, label in enumerate(run.truth.tolist()) if label >= 0]
    assert labelled == [*range(20 - int(delay_s), 58)], "its delay before, three seconds less after"
    assert {run.truth[at] for at in labelled} == {virtual.classes(fan).index("overcurrent")}
    assert (verdict.key, found.by_kind, found.devices) == ("fan-01/7", {"right": 1}, ("fan-01",))
    assert run.rows[0].tolist() == [*FAN]
    assert not found.notes


@pytest.mark.parametrize(
    ("others", "truth"),
    [
        ({}, "overcurrent"),
        ({"verdict": "nothing"}, "normal"),
        ({"verdict": "normal_here", "kind": "limit", "cause": "temperature_high"}, "normal"),
        ({"verdict": "cause", "true_cause": "stuck_sensor"}, "stuck_sensor"),
        (
            {"verdict": "cause", "cause": "fault_unknown", "true_cause": "thermal_drift"},
            "thermal_drift",
        ),
    ],
)
def test_what_a_person_said_becomes_a_class(
    others: dict[str, str], truth: str, tmp_path: Path, fan: Asset
) -> None:
    found = whole(tmp_path, fan, row("7", **others), values=[[*FAN]] * 100)
    assert [verdict.truth for verdict in found.verdicts] == [truth], found.notes


@pytest.mark.parametrize(
    ("others", "text"),
    [
        (
            {"verdict": "maybe"},
            "verdict is 'maybe'; it is one of right, nothing, normal_here, caus",
        ),
        (
            {"verdict": "cause", "true_cause": "gremlins"},
            "'gremlins' is no cause that a model of fan",
        ),
        (
            {"verdict": "cause"},
            "'' is no cause that a model of fan can tell; those are overcurrent",
        ),
        ({"cause": "fault_unknown"}, "'unknown' is no cause"),
        ({"kind": "system"}, "an alarm of kind 'system' is not about what the machine measured"),
        ({"raised_at": ""}, "raised_at is empty"),
        ({"raised_at": "yesterday"}, "raised_at is 'yesterday', no time such as"),
        ({"cleared_at": "2026-01-31T08:00:00"}, "cleared_at is '2026-01-31T08:00:00', no time"),
        ({"alarm_id": ""}, "alarm_id is empty"),
        ({"readings": ""}, "there are no readings of that time"),
        ({"readings": "../../etc/passwd"}, "which is not a file in the same folder"),
        ({"readings": "readings/\0.csv"}, "which is not a file in the same folder"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_counted(
    others: dict[str, str], text: str, tmp_path: Path, fan: Asset
) -> None:
    good, bad = row("7"), row("8", **others)
    readings(tmp_path / good["readings"], fan, [[*FAN]] * 100, step_ms=1000)
    write(tmp_path, [good, bad])
    found = told(tmp_path, asset=fan, classes=virtual.classes(fan))
    assert (len(found.verdicts), found.left_out) == (1, 1)
    assert f"{TABLE}, line 3: " in found.notes[0]
    assert text in found.notes[0]


def test_the_same_alarm_twice_and_rows_of_another_length_or_type(
    tmp_path: Path, fan: Asset
) -> None:
    readings(tmp_path / row("7")["readings"], fan, [[*FAN]] * 100, step_ms=1000)
    write(tmp_path, [row("7"), row("7", verdict="nothing"), row("9", asset="pump")])
    with (tmp_path / TABLE).open("a") as file:
        file.write("7,fan-01\n\n")
    found = told(tmp_path, asset=fan, classes=virtual.classes(fan))
    assert [note.partition(TABLE)[2] for note in found.notes] == [
        ", line 3: alarm 7 of fan-01 is in line 2.",
        ", line 5: has another number of cells than the header.",
    ]
    assert (found.left_out, found.of_others) == (2, 1)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "There is no .*verdicts.csv: `python -m gateway verdicts --out FOLDER` writes one"),
        (b"", "line 1: lacks the column"),
        (b"alarm_id,verdict\n", "line 1: lacks the column.s. device_id, asset, kind"),
        ((",".join((*COLUMNS, "note")) + "\n").encode(), "has the column.s. note twice"),
        (",".join(COLUMNS).encode() + b"\n\xff\xfe\n", "is not a CSV in UTF-8"),
    ],
)
def test_a_folder_without_a_table_of_verdicts_is_refused(
    content: bytes | None, text: str, tmp_path: Path, fan: Asset
) -> None:
    if content is not None:
        (tmp_path / TABLE).write_bytes(content)
    with pytest.raises(BadDataset, match=text):
        told(tmp_path, asset=fan, classes=virtual.classes(fan))


def test_what_was_not_measured_is_held_and_bad_rows_are_left_out(
    tmp_path: Path, fan: Asset
) -> None:
    values: list[list[object]] = [[*FAN] for _ in range(100)]
    values[0] = ["", *FAN[1:]]  # nothing to hold yet
    values[30] = [41.5, "", "", ""]
    values[40] = [41.0, "fast", 1.0, 0.8]
    values[41] = [41.0, "inf", 1.0, 0.8]
    found = whole(tmp_path, fan, row("7"), values=values)
    (run,) = found.runs
    assert len(run.rows) == 97
    assert run.rows[29].tolist() == [41.5, *FAN[1:]]
    assert found.notes[0].endswith(
        "2 row(s) left out, the first in line 42: rpm is 'fast', no number."
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "is missing"),
        ("time,temperature,rpm\n", "line 1: lacks the column.s. current, vibration"),
        (f"time,temperature,rpm,current,vibration\n{iso(BEGAN_MS + 30_000)},1,2,3,4\n", "1 whole"),
    ],
)
def test_readings_that_cannot_be_used_are_named(
    content: str | None, text: str, tmp_path: Path, fan: Asset
) -> None:
    write(tmp_path, [row("7")])
    if content is not None:
        path = tmp_path / "readings" / "7.csv"
        path.parent.mkdir()
        path.write_text(content)
    found = told(tmp_path, asset=fan, classes=virtual.classes(fan))
    assert found.left_out == 1
    (note,) = found.notes
    assert f"{TABLE}, line 2: " in note
    assert re.search(text, note)


@given(cells=st.lists(st.text(max_size=12), max_size=14), body=st.binary(max_size=200))
def test_no_content_makes_a_traceback(
    cells: list[str], body: bytes, tmp_path_factory: pytest.TempPathFactory, fan: Asset
) -> None:
    folder = tmp_path_factory.mktemp("verdicts")
    write(folder, [row("7"), dict(zip(COLUMNS, cells, strict=False))])
    (folder / "readings").mkdir()
    (folder / "readings" / "7.csv").write_bytes(body)
    found = told(folder, asset=fan, classes=virtual.classes(fan))
    assert len(found.verdicts) + found.left_out + found.of_others == 2


@given(st.integers(0, 4_102_444_800_000))
def test_times_are_exact_to_the_millisecond(moment: int) -> None:
    assert time_ms(iso(moment)) == moment


def test_what_the_gateway_writes_is_read_back_states_and_counters_too(tmp_path: Path) -> None:
    """A dispenser's leak of two minutes, told by the gateway's own writers."""
    dispenser = assets.get("dispenser")
    values = {**usual(dispenser), "flow": 0.0}
    names = names_of(dispenser)
    taken = [(BEGAN_MS + 2_000 * at, values) for at in range(400)]
    said = messages.Verdict("right", None, "=1+1", BEGAN_MS + 900_000, "Ada")
    subject = Subject(
        alarm=12, device_id=1, device="dispenser-01", asset="dispenser", kind="fault",
        name="fault_leak", cause="fault_leak", severity="High", text="It leaks.", part_of=None,
        raised_ms=BEGAN_MS + 500_000, cleared_ms=BEGAN_MS + 620_000,
    )  # fmt: skip
    (tmp_path / "readings").mkdir()
    excerpt = unpacked(packed(taken, names)[1])
    (tmp_path / readings_name(12)).write_text(verdict_table.readings(excerpt))
    judged = Judged(id=3, verdict=said, of=subject)
    (tmp_path / TABLE).write_text(verdict_table.table([(judged, True)]))
    found = told(tmp_path, asset=dispenser, classes=virtual.classes(dispenser))
    assert not found.notes
    (verdict,), (run,) = found.verdicts, found.runs
    assert (verdict.key, verdict.truth, verdict.alarmed) == ("dispenser-01/12", "leak", "leak")
    assert len(run.rows) == 400
    assert (
        run.rows.tolist()[7]
        == inputs_of(dispenser).complete(np.array([inputs_of(dispenser).row(values)])).tolist()[0]
    )
