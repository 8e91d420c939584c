"""The board's file system, by mpremote: a program in by path, its hashes checked there."""

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from firmware.errors import BoardError, ToolError
from firmware.flash import tool

_ATTEMPTS = 2
_PATIENCE_S = 15.0  # the largest file takes a second
_PAUSE_S = 2.0  # a board needs it to start, and its USB port to come back
_LAST = "main.py"

# Runs on the board. Without main.py it stays at its prompt after the reset, and no watchdog of the
# old program is left to interrupt the copying.
_STOP = """
import os
try:
    os.remove('/main.py')
except OSError:
    pass
"""
_CLEAR = """
import os
def clear(path):
    try:
        names = os.listdir(path)
    except OSError:
        names = []
    for name in names:
        clear(path + '/' + name)
    try:
        os.remove(path)
    except OSError:
        try:
            os.rmdir(path)
        except OSError:
            pass
for path in ('/slot-a', '/slot-b', '/slot-state', '/slot-state.new'):
    clear(path)
for path in %r:
    os.mkdir(path)
"""
_HASHES = """
import binascii, hashlib, json
found = {}
for path in %r:
    try:
        with open('/' + path, 'rb') as file:
            sha = hashlib.sha256()
            while True:
                block = file.read(1024)
                if not block:
                    break
                sha.update(block)
        found[path] = binascii.hexlify(sha.digest()).decode()
    except OSError:
        found[path] = 'missing'
print('HASHES' + json.dumps(found))
"""


def install(port: str, files: Mapping[str, bytes], *, progress: Callable[[float], None]) -> None:
    """Put ``files`` on the board in place of the program there; it is left at its prompt.

    Raises:
        BoardError: MicroPython does not answer, or what is on the board is not what was sent.
        ToolError: mpremote is missing or failed.
    """
    _patiently(port, "exec", _STOP, "+", "reset")
    time.sleep(_PAUSE_S)
    _patiently(port, "exec", _CLEAR % (_directories(files),))
    _copy(port, {path: data for path, data in files.items() if path != _LAST}, progress)
    _compare(port, files, {path for path in files if path != _LAST})
    _copy(port, {_LAST: files[_LAST]}, progress=lambda _share: None)
    _compare(port, files, {_LAST})


def start(port: str) -> None:
    """Reset the board: it begins with its ``main.py``."""
    _mpremote(port, "reset")


def _directories(files: Mapping[str, bytes]) -> list[str]:
    """Every directory of ``files``, parents first."""
    found = {parent.as_posix() for path in files for parent in Path(path).parents}
    return sorted("/" + directory for directory in found - {"."})


def _copy(port: str, files: Mapping[str, bytes], progress: Callable[[float], None]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        chain: list[str] = []
        for number, (path, data) in enumerate(files.items()):
            local = Path(directory) / str(number)
            local.write_bytes(data)
            chain += ["+", "fs", "cp", "-f", str(local), f":/{path}"]
        sizes = [len(data) for data in files.values()]
        begun: list[int] = []

        def on_line(line: str) -> None:
            if line.startswith("cp "):
                progress(sum(begun) / sum(sizes))
                begun.append(sizes[len(begun)])

        _mpremote(port, *chain[1:], on_line=on_line)


def _compare(port: str, files: Mapping[str, bytes], paths: set[str]) -> None:
    """Ask the board for the hash of each file; a chunk that was lost on the way is noticed here."""
    printed = _mpremote(port, "exec", _HASHES % (sorted(paths),))
    line = next((line for line in printed.splitlines() if line.startswith("HASHES")), "HASHES{}")
    there = json.loads(line.removeprefix("HASHES"))
    wrong = [
        path for path in sorted(paths) if there.get(path) != hashlib.sha256(files[path]).hexdigest()
    ]
    if wrong:
        raise BoardError(
            f"What is on the board is not what was sent: {', '.join(wrong)}. Try again, with "
            "another cable or port if it happens twice."
        )


def _patiently(port: str, *command: str) -> str:
    """As ``_mpremote``, while a board that was just reset is not yet back."""
    for _attempt in range(_ATTEMPTS - 1):
        try:
            return _mpremote(port, *command)
        except BoardError:
            time.sleep(_PAUSE_S)
    return _mpremote(port, *command)


def _mpremote(port: str, *command: str, on_line: Callable[[str], None] = lambda _line: None) -> str:
    try:
        return tool.run(
            "mpremote", ["connect", port, *command], on_line=on_line, patience_s=_PATIENCE_S
        )
    except ToolError as error:
        text = str(error)
        if any(words in text for words in ("raw repl", "failed to access", tool.SILENT)):
            raise BoardError(
                f"MicroPython does not answer on {port}. Press the board's RESET (or EN) button; "
                "if that does not help, flash it without --program-only."
            ) from None
        if "ENOSPC" in text:
            raise BoardError(
                "The board's file system is full: flash it without --program-only."
            ) from None
        raise
