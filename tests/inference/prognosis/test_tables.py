"""Files of machines that were followed to their failure: what is read, and what is refused how."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import BadDataset
from inference.prognosis import cmapss, tables
from tests.inference.prognosis import wearing

EMPTY = "".join(f"{n},1,\n" for n in range(5))
HEAD = "unit,time,heat [°C],flow\n"
ROWS = "".join(f"a,{n},{40 + n},{n * 2}\n" for n in range(6))


def test_machines_are_read_as_they_were_written(tmp_path: Path) -> None:
    made = wearing.lives(3)
    found = tables.read(wearing.written(tmp_path / "lives.csv", made), conditions=["load"])
    assert found.channels == made.channels
    assert found.conditions == ("load",)
    assert [life.unit for life in found.lives] == [life.unit for life in made.lives]
    for ours, theirs in zip(found.lives, made.lives, strict=True):
        np.testing.assert_array_equal(ours.rows, theirs.rows)
        np.testing.assert_array_equal(ours.ages, theirs.ages)
        assert ours.left[0] == theirs.ages[-1] - theirs.ages[0]


def test_a_folder_has_a_file_a_machine_or_several(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(f"time,heat [°C],flow\n{EMPTY}")
    (tmp_path / "c.csv").write_text("flow,time,heat\n" + "".join(f"1,{n},2\n" for n in range(5)))
    found = tables.read(tmp_path)
    assert [life.unit for life in found.lives] == ["b", "c"]
    assert found.channels == ("heat", "flow")
    assert np.isnan(found.lives[0].rows[:, 1]).all()
    assert (found.lives[1].rows == [2.0, 1.0]).all()


@pytest.mark.parametrize("between", [";", "\t"])
def test_other_separators_are_seen(between: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\ufeff" + (HEAD + ROWS).replace(",", between))
    [life] = tables.read(tmp_path).lives
    assert life.rows[-1].tolist() == [45.0, 10.0]


def test_times_of_an_export_are_hours_since_the_first_row(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    rows = "".join(f"fan-1,{1_763_629_200_000 + n * 1_800_000},{n},x\n" for n in range(5))
    path.write_text("device,time_ms,rpm [rpm],truth\n" + rows)
    found = tables.read(path, known=["rpm", "current"], time_unit="cycles")
    assert found.lives[0].ages.tolist() == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert (found.channels, found.unused, found.time_unit) == (("rpm",), ("truth",), "hours")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no rows"),
        (HEAD, "has no rows"),
        ("unit,when,heat\na,1,2\n", "has no column time"),
        ("unit,time\na,1\n", "has no column: there is nothing to learn from"),
        ("unit,time,heat,heat [°C]\na,1,2,3\n", "line 1: there are two columns 'heat'"),
        (HEAD + "a,1,2\n", "line 2: it has 3 columns, and the names are of 4"),
        (HEAD + "a,1,2,3,4\n", "line 2: it has 5 columns, and the names are of 4"),
        (HEAD + ROWS + "a,7,hot,1\n", "line 8, column heat: 'hot' is no number"),
        (HEAD + ROWS + "a,7,1e999,1\n", "line 8, column heat: '1e999' is no number"),
        (HEAD + ROWS + "a,5,1,1\n", "line 8, column time: it is not later than the row of 'a'"),
        (HEAD + ROWS + "a,,1,1\n", "line 8, column time: it is empty"),
        (HEAD + ROWS + " ,7,1,1\n", "line 8, column unit: it is empty"),
        (HEAD + "a,-1,2,2\n" + ROWS, "line 2, column time: it is before 0"),
        (HEAD + "a,1,2,2\n", "'a' has 1 rows; a life wants"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "lives.csv"
    path.write_text(text)
    with pytest.raises(BadDataset) as refused:
        tables.read(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)


def test_files_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadDataset, match=r"has no file \*\.csv"):
        tables.read(tmp_path)
    (tmp_path / "a.csv").write_text(HEAD + ROWS)
    (tmp_path / "b.csv").write_text(HEAD + ROWS)
    with pytest.raises(BadDataset, match="unit 'a' is in two files"):
        tables.read(tmp_path)
    (tmp_path / "b.csv").write_text("unit,time,heat\nb,1,2\n")
    with pytest.raises(BadDataset, match=r"b\.csv has other columns than .*a\.csv"):
        tables.read(tmp_path)
    with pytest.raises(BadDataset, match="no column 'speed'; it has heat, flow"):
        tables.read(tmp_path / "a.csv", conditions=["speed"])
    with pytest.raises(BadDataset, match=r"none\.csv cannot be read"):
        tables.read(tmp_path / "none.csv")


@given(st.text(max_size=200))
def test_no_file_whatever_is_more_than_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    for read in (tables.read, cmapss.read):
        with pytest.raises(BadDataset, match=r"any\.csv"):
            read(path)


LINE = " ".join(["1 {cycle}", *["0.5"] * 24])


def test_the_text_form_of_turbofans(tmp_path: Path) -> None:
    path, truth = tmp_path / "train_X.txt", tmp_path / "RUL_X.txt"
    lines = [LINE.format(cycle=n) for n in range(1, 7)]
    path.write_text("\n".join(lines) + "\n")
    truth.write_text("12 \n")
    found = cmapss.read(tmp_path)
    assert found.channels[:4] == ("op1", "op2", "op3", "s1")
    assert found.lives[0].left.tolist() == [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
    assert cmapss.asked(path, truth).lives[0].left[-1] == 12.0
    for bad, said in (
        ("1 2 3", "line 7: it has 3 columns, and should have 26"),
        (LINE.format(cycle="x"), "line 7, column cycle: 'x' is no number"),
        (LINE.format(cycle="nan"), "line 7, column cycle: 'nan' is no number"),
        (LINE.format(cycle=6), "line 7, column cycle: it is not later than before"),
    ):
        path.write_text("\n".join([*lines, bad]))
        with pytest.raises(BadDataset) as refused:
            cmapss.read(path)
        assert said in str(refused.value)
    truth.write_text("12\n13\n")
    path.write_text("\n".join(lines))
    with pytest.raises(BadDataset, match="has 1 engines, of 2 it is told"):
        cmapss.asked(path, truth)
