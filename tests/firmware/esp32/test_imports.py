"""The board's program imports what is on the board; two files of it alone know the chip."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FIRMWARE = Path(__file__).parents[3] / "firmware"
DEVICE, MODELS = FIRMWARE / "device", FIRMWARE / "models"
FILES = sorted([*DEVICE.rglob("*.py"), *MODELS.rglob("*.py"), *(FIRMWARE / "board").rglob("*.py")])

# What MicroPython 1.27 for the ESP32 has of what Python calls so, or of its own: help("modules")
# of ESP32_GENERIC, without what every name of is another one than Python's.
PYTHONS = {
    "array", "asyncio", "binascii", "builtins", "cmath", "collections", "errno", "gc", "hashlib",
    "heapq", "io", "json", "math", "os", "platform", "random", "re", "select", "socket", "ssl",
    "struct", "sys", "time",
}  # fmt: skip
HARDWARE = {
    "bluetooth", "btree", "cryptolib", "deflate", "dht", "ds18x20", "esp", "esp32", "espnow",
    "machine", "micropython", "neopixel", "network", "ntptime", "onewire", "uctypes", "vfs",
}  # fmt: skip
OURS = {"firmware.device", "firmware.models", "selector"}
# Names that MicroPython's smaller modules have, of those a program is tempted to import from them.
NAMES = {"collections": {"OrderedDict", "deque", "namedtuple"}}


def imported(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Each module that ``path`` imports, wherever in it, and the names it takes from it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names = [alias.name for alias in node.names]
            module = str(node.module)
            if module == "firmware":
                yield from ((f"firmware.{name}", []) for name in names)
            else:
                yield module, names


def missing(path: Path) -> list[str]:
    """What a board could not import of what ``path`` wants."""
    found = []
    for module, names in imported(path):
        own = ".".join(module.split(".")[:2]) if module.startswith("firmware") else module
        if own not in PYTHONS | HARDWARE | OURS:
            found.append(module)
        found += [f"{module}.{name}" for name in names if name not in NAMES.get(module, names)]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FIRMWARE).as_posix())
def test_what_a_board_has_not_is_not_imported(path: Path) -> None:
    assert missing(path) == []


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("import typing", "typing"),
        ("from dataclasses import dataclass", "dataclasses"),
        ("import os.path", "os.path"),
        ("def f():\n    from fractions import Fraction", "fractions"),
        ("from collections import Counter", "collections.Counter"),
        ("from __future__ import annotations", "__future__"),
        ("from firmware import site", "firmware.site"),
        ("import enum, math", "enum"),
    ],
)
def test_such_an_import_would_be_named(tmp_path: Path, line: str, named: str) -> None:
    path = tmp_path / "module.py"
    path.write_text(line)
    assert missing(path) == [named]


def test_only_two_files_import_the_hardware() -> None:
    knowing = {
        path.name
        for path in DEVICE.rglob("*.py")
        if {module for module, _names in imported(path)} & HARDWARE
    }
    assert knowing == {"esp32.py", "wired.py"}
