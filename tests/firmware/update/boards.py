"""A board under real MicroPython with a flash of its own, and releases to send to it."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from firmware import program
from firmware.address import Address
from firmware.device.slots import MANIFEST
from firmware.line import Line
from firmware.release import Release, build
from firmware.transfer import Patience, Transfer
from tests.firmware.servers import ROOT, Gateway
from tests.mosquitto import HOST, Mosquitto, eventually

DEVICE = "fan-90"
KEY = bytes(range(32))
FLASHED = ROOT / "firmware" / "emulator" / "wasm" / "flashed.js"
OLD = "1.0.0+aaaaaaaa"
NEW = "1.1.0+bbbbbbbb"
PATIENCE = Patience(answer_s=120, silence_s=120, verdict_s=240)


@cache
def compiled() -> Release:
    """This checkout's program; compiling takes seconds, so once."""
    return build(asset="fan")


def old() -> Release:
    return replace(compiled(), version=OLD)


def changed(
    module: str = "firmware/device/packets", *, code: str = "", version: str = NEW
) -> Release:
    """The program with ``code`` at the end of one module, as source, and that version."""
    files = {path: data for path, data in compiled().files.items() if path != f"{module}.mpy"}
    source = (ROOT / f"{module}.py").read_text()
    return Release(version=version, files={**files, f"{module}.py": (source + code).encode()})


def install(release: Release, flash: Path) -> None:
    """As ``python -m firmware flash`` leaves a board."""
    manifest = {"version": release.version, "files": release.listed()}
    for path, data in {**release.files, MANIFEST: json.dumps(manifest).encode()}.items():
        target = flash / program.SLOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


class Board:
    """The process, its console, and its flash as it was at the last restart."""

    def __init__(self, flash: Path, gateway: Gateway, **more: object) -> None:
        node = shutil.which("node")
        assert node, "node is not installed"
        self.flash = flash
        self._gateway = gateway
        self.lines: list[str] = []
        options = {"flash": flash, "key": KEY.hex(), "rate": 10, **more}
        command = [node, str(FLASHED), *(f"--{name}={value}" for name, value in options.items())]
        self._process = subprocess.Popen(
            command,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.lines.append(line.rstrip())

    def cut_power(self, after: int = 0) -> None:
        """Now, or at a change to the slots to come."""
        assert self._process.stdin
        self._process.stdin.write(f"cut {after}\n" if after else "cut\n")
        self._process.stdin.flush()

    def lives(self) -> list[str]:
        """How each life so far has ended."""
        return [line for line in self.lines if line.startswith("power: ")]

    @property
    def birth(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self._gateway.latest.get(f"{DEVICE}/birth", b"{}"))
        return content

    def state(self) -> tuple[str, str]:
        """What runs by its birth, and in what state."""
        return self.birth.get("firmware", ""), self.birth.get("update", {}).get("state", "")

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reader.join()
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where boards are tried: a broker, a gateway, and a folder for the flash of one."""

    broker: Mosquitto
    gateway: Gateway
    flash: Path

    @contextmanager
    def board(self, *, trial: float = 120, **options: object) -> Iterator[Board]:
        """A board that runs ``old()`` and has been heard; ``options`` are those of flashed.js."""
        install(old(), self.flash)
        running = Board(self.flash, self.gateway, port=self.broker.port, trial=trial, **options)
        try:
            eventually(lambda: self.gateway.count(DEVICE) >= 3, "readings")
            yield running
        except BaseException:
            print("\n".join(running.lines))  # noqa: T201 - what a failed test is understood by
            raise
        finally:
            running.close()

    def sender(self, key: bytes = KEY) -> "Sender":
        return Sender(self.broker, key)


class Sender:
    """What ``python -m firmware update`` does, with other patience; keeps what was said."""

    def __init__(self, broker: Mosquitto, key: bytes) -> None:
        self._address = Address(host=HOST, port=broker.port)
        self._key = key
        self.said: list[str] = []
        self.shares: list[float] = []

    def send(self, release: Release, *, force: bool = False) -> None:
        with Line(self._address, site="workshop", device=DEVICE) as line:
            transfer = Transfer(
                line=line,
                device=DEVICE,
                key=self._key,
                say=self.said.append,
                progress=self.shares.append,
                patience=PATIENCE,
            )
            assert transfer.find() == "fan"
            transfer.carry_out(release, force=force)
