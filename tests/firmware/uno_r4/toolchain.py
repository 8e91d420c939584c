"""Compiling the C++ of the UNO R4, and talking to what came of it line by line."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
SKETCH = ROOT / "firmware" / "uno_r4"
HERE = Path(__file__).parent
SHIMS = HERE / "shims"
WARNINGS = ("-Wall", "-Wextra", "-Wdouble-promotion", "-Wconversion", "-Werror")
# -ffp-contract=off: a fused multiply-add rounds once where Python rounds twice.
HOST = ("-std=c++17", "-O1", "-ffp-contract=off", "-fsanitize=address,undefined", *WARNINGS[-1:])
SECRETS = """#pragma once
#include <cstdlib>
#define SECRET_SSID "workshop-wifi"
#define SECRET_PASS "secret"
#define SECRET_BROKER_HOST "127.0.0.1"
#define SECRET_BROKER_PORT static_cast<uint16_t>(std::atoi(std::getenv("BROKER_PORT")))
#define SECRET_BROKER_USER std::getenv("BROKER_USER")
#define SECRET_BROKER_PASS std::getenv("BROKER_PASS")
#define SECRET_SITE "workshop"
#define SECRET_DEVICE "uno-r4-01"
#define SECRET_LOCATION "bench"
"""


def compiler(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is not installed: run `make setup-dev`"
    return found


def build(command: list[str], *, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]


def copy_sketch(to: Path, secrets: str) -> Path:
    """The sketch as it is in the repository, never with somebody's own secrets."""
    to.mkdir()
    for source in (*SKETCH.glob("*.h"), SKETCH / "uno_r4.ino"):
        if source.name != "arduino_secrets.h":
            shutil.copy(source, to)
    (to / "arduino_secrets.h").write_text(secrets)
    return to


class Talk:
    """A program that answers on stdout what it is told on stdin."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1 << 16
        )

    def tell(self, *lines: str) -> None:
        assert self._process.stdin
        self._process.stdin.write("\n".join(lines) + "\n")
        self._process.stdin.flush()

    def line(self) -> str:
        assert self._process.stdout
        text = self._process.stdout.readline()
        assert text, f"the program ended with {self._process.wait()}"
        return text.removesuffix("\n")

    def ask(self, line: str) -> str:
        self.tell(line)
        return self.line()

    def until(self, last: str) -> list[str]:
        return list(iter(self.line, last))

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        assert self._process.wait(timeout=30) == 0
        self._process.stdout.close()


def environment(*, port: int, eeprom: Path, user: str = "", password: str = "") -> dict[str, str]:
    own = {"BROKER_PORT": str(port), "BROKER_USER": user, "BROKER_PASS": password}
    return os.environ | own | {"EEPROM_FILE": str(eeprom)}
