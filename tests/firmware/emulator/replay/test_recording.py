"""CSVs of any kind: what they have, what is sent of it, and what is wrong by its line."""

from pathlib import Path

import pytest

from contract.assets import get
from firmware.emulator.replay.recording import Item, Mistakes, Recording, Unreadable
from firmware.emulator.replay.table import Wanted

NOON_MS = 1_763_640_000_000
PUMP = Wanted(asset=get("pump"))


def written(directory: Path, text: str) -> Path:
    path = directory / "test.csv"
    path.write_text(text)
    return path


def read(path: Path, wanted: Wanted, *, only: str = "") -> tuple[list[Item], list[str], Recording]:
    recording, mistakes = Recording(path, wanted, only=only), Mistakes()
    fields = recording.fields(recording.survey())
    return list(recording.items(fields, mistakes)), mistakes.named, recording


def test_a_machine_of_no_type_is_all_its_columns(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "datetime;Volume Flow RateRMS;mode;empty;anomaly\n"
        "2020-03-09 10:14:33;32.0;auto;;0\n"
        "2020-03-09 10:14:34;31.25;off;;1\n",
    )
    items, mistakes, recording = read(path, Wanted(channels={"anomaly": ""}))
    assert mistakes == []
    assert [item.values for item in items] == [
        {"Volume_Flow_RateRMS": (320, 1), "mode": "auto"},
        {"Volume_Flow_RateRMS": (3125, 2), "mode": "off"},
    ]
    assert [item.time_ms for item in items] == [1583748873000, 1583748874000]
    assert recording.survey().step_ms == 1_000


def test_of_a_type_its_channels_are_sent_and_the_other_columns_named(tmp_path: Path) -> None:
    path = written(tmp_path, "time_ms,flow [L/min],Motor,foo,truth\n1000,31,41.5,1,normal\n")
    wanted = Wanted(asset=get("pump"), channels={"Motor": "motor_temperature"})
    items, _, recording = read(path, wanted)
    assert items[0].values == {"flow": (31, 0), "motor_temperature": (415, 1)}
    assert recording.heading.left_out == ("foo",)


def test_each_bad_cell_has_its_line_and_costs_itself_alone(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "time_ms,flow,pressure\n"
        f"{NOON_MS},31.0,2\n{NOON_MS},31.0,2\n"
        f"noon,31.0,2\n"
        f"{NOON_MS + 1000},oops,NaN\n"
        f"{NOON_MS + 2000},32.0\n"
        f"{NOON_MS + 3000},33.0,oops\n",
    )
    items, mistakes, _ = read(path, Wanted())
    assert [item.line for item in items] == [2, 3, 7]
    assert mistakes == [
        "test.csv, line 4: 'noon' is no time: ISO 8601 and Unix time are",
        "test.csv, line 5, flow: 'oops' is no number",
        "test.csv, line 6: 2 cells, and 3 columns",
        "test.csv, line 7, pressure: 'oops' is no number",
    ]


def test_the_gateways_own_export_of_several_machines(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "time_ms,time,board_time_ms,device,epoch,seq,flow [L/min],note,truth,diagnosis\n"
        f'{NOON_MS},x,,pump-01,e-1,1,31.0,"\'a=b",normal,\n'
        f"{NOON_MS},x,,pump-02,e-1,1,99.0,,normal,\n",
    )
    with pytest.raises(Unreadable, match=r"several machines \(pump-01, pump-02\).*--only"):
        read(path, Wanted())
    items, _, _ = read(path, Wanted(), only="pump-01")
    assert [item.values for item in items] == [{"flow": (310, 1), "note": "a=b"}]


def test_events_are_told_as_they_were(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'time_ms,device,event,values\n1000,x,service,"{""volume"":0.24,""user"":""u7""}"\n'
        "2000,x,service,oops\n",
    )
    items, mistakes, _ = read(path, PUMP)
    assert items[0] == Item(2, 1000, {"volume": 0.24, "user": "u7"}, "service")
    assert mistakes == ["test.csv, line 3, values: 'oops' is no JSON"]


@pytest.mark.parametrize(
    ("text", "wanted", "sentence"),
    [
        ("", Wanted(), "it is empty"),
        ("a,b\n1,2\n", Wanted(), "no column of it is a time .* name it with --time; it has a, b"),
        ("time,b\n1,2\n", Wanted(time="c"), "there is no column 'c'; it has time, b"),
        ("time,b\n1,2\n", Wanted(channels={"c": "d"}), "there is no column 'c'"),
        ("time,b\n1,2\n", PUMP, "no column is a channel"),
        ("time,b\n1,2\n", Wanted(asset=get("pump"), channels={"b": "c"}), "has no channel 'c'"),
        ("time,a b,a_b\n1,2,3\n", Wanted(), "'a b' and 'a_b' are both a_b"),
        ("time,b\nx,2\n", Wanted(), "no row with a time"),
    ],
)
def test_what_cannot_be_replayed_is_said(
    tmp_path: Path, text: str, wanted: Wanted, sentence: str
) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read(written(tmp_path, text), wanted)


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"time,b\n1,\xff\n", "not in UTF-8"), (None, "cannot be read")]
)
def test_a_file_that_is_no_text_or_not_there_is_said(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "test.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Unreadable, match=sentence):
        Recording(path, Wanted()).survey()
