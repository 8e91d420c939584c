"""The processes' log files become one readable stream: process name, line, coloured by weight."""

import os
import re
import unicodedata
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

_COLOURS: Final = {
    "broker": "cyan",
    "influxdb": "bright_black",
    "inference": "magenta",
    "gateway": "green",
    "dashboard": "blue",
    "devices": "yellow",
    "listener": "white",
}
_WEIGHTS: Final = (
    (re.compile(r"\b(ERROR|CRITICAL|FATAL|Traceback|Error)\b"), "bold red"),
    (re.compile(r"\b(WARNING|WARN|Warning)\b"), "yellow"),
)
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Tail:
    """What is appended to one log file, also across its rotation."""

    def __init__(self, path: Path, *, name: str) -> None:
        self.name = name
        self._path = path
        self._file: TextIOWrapper | None = None
        self._rest = ""
        if path.exists():
            self._open().seek(0, 2)

    def _open(self) -> TextIOWrapper:
        self._file = self._path.open(errors="replace", newline="\n")
        return self._file

    def lines(self) -> Iterator[str]:
        """The whole lines that came since the last call."""
        yield from self._read()
        if self._was_rotated():
            self.close()
            yield from self._read()

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def _read(self) -> Iterator[str]:
        try:
            file = self._file or self._open()
        except FileNotFoundError:
            return
        *whole, self._rest = (self._rest + file.read()).split("\n")
        yield from whole

    def _was_rotated(self) -> bool:
        if not self._file:
            return False
        try:
            return self._path.stat().st_ino != os.fstat(self._file.fileno()).st_ino
        except FileNotFoundError:
            return False


def show(console: Console, name: str, line: str) -> None:
    """Print one line with its process in front."""
    weight = next((style for pattern, style in _WEIGHTS if pattern.search(line)), "")
    label = "supervisor" if name == "listener" else name
    prefix = (f"{label:<10} │ ", _COLOURS.get(name, "white"))
    console.print(Text.assemble(prefix, (harmless(line), weight)), soft_wrap=True)


def harmless(line: str) -> str:
    """The line without what could drive a terminal: a log may quote what a stranger sent."""
    plain = _ANSI.sub("", line)
    return "".join(letter for letter in plain if letter == "\t" or not _is_control(letter))


def _is_control(letter: str) -> bool:
    # Cc: C0 and C1 controls. Cf: among others the marks that turn the direction of writing.
    return unicodedata.category(letter) in ("Cc", "Cf")
