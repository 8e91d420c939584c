"""Logs: lines come whole, once, across rotation, and cannot drive the terminal."""

import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from scripts.logs import Tail, harmless, show


def test_lines_come_once_and_only_when_whole(tmp_path: Path) -> None:
    path = tmp_path / "gateway.log"
    tail = Tail(path, name="gateway")
    assert list(tail.lines()) == []
    with path.open("a") as file:
        print("one", file=file)
        file.write("tw")
        file.flush()
        assert list(tail.lines()) == ["one"]
        print("o", file=file, flush=True)
        assert list(tail.lines()) == ["two"]
        assert list(tail.lines()) == []
    tail.close()


def test_what_an_earlier_run_logged_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "gateway.log"
    path.write_text("old\n")
    tail = Tail(path, name="gateway")
    with path.open("a") as file:
        print("new", file=file)
    assert list(tail.lines()) == ["new"]
    tail.close()


def test_a_rotation_loses_no_line(tmp_path: Path) -> None:
    path = tmp_path / "gateway.log"
    tail = Tail(path, name="gateway")
    path.write_text("one\n")
    assert list(tail.lines()) == ["one"]
    with path.open("a") as file:
        print("last", file=file)
    path.rename(tmp_path / "gateway.log.1")
    path.write_text("first\n")
    assert list(tail.lines()) == ["last", "first"]
    tail.close()


def test_escape_sequences_do_not_reach_the_terminal() -> None:
    assert harmless("\x1b[2Jdevice \x1b]0;title\x07 x\u202ey\x9b1m") == "device ]0;title xy1m"


@given(st.text())
def test_nothing_unprintable_but_a_tab_gets_through(line: str) -> None:
    assert all(letter == "\t" or ord(letter) >= 0x20 for letter in harmless(line))
    assert "\x7f" not in harmless(line)


def test_a_line_carries_its_process_and_no_markup_is_read() -> None:
    out = io.StringIO()
    show(Console(file=out, width=20), "gateway", "[bold]fan-01[/] " + "long " * 10)
    assert out.getvalue() == "gateway    │ [bold]fan-01[/] " + "long " * 10 + "\n"
