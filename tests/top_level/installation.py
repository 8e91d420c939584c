"""A whole edgetwin of its own: `make up` without the make, with its output in a file."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from contract.assets import CATALOGUE
from inference.classifier import refusals
from inference.classifier.refusals import Refusal
from inference.training.recipe import recipe
from scripts.processes import stop_members
from scripts.settings import ROOT


def run(command: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", f"scripts.{command}"]
    return subprocess.run(line, cwd=ROOT, env=environ, check=False, capture_output=True, text=True)


class Installation:
    """One `make up` without the make, with its output in a file."""

    def __init__(self, environ: dict[str, str], data_dir: Path) -> None:
        self.environ = environ
        self.data_dir = data_dir
        self.output = data_dir / "up.out"
        with self.output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "scripts.up"],
                cwd=ROOT,
                env=environ,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        return run(command, self.environ)

    def wait_until(self, holds: Callable[[], bool], *, within_s: float = 120.0) -> None:
        """The limit is for a broken program, not a measure of a slow machine."""
        deadline_s = time.monotonic() + within_s
        while not holds():
            if self.process.poll() is not None or time.monotonic() > deadline_s:
                pytest.fail(self.output.read_text()[-8000:])
            time.sleep(0.2)

    def wait_until_running(self) -> None:
        self.wait_until_said("edgetwin is running", within_s=480)

    def wait_until_said(self, text: str, *, within_s: float = 120.0) -> None:
        self.wait_until(lambda: text in self.output.read_text(), within_s=within_s)

    def recorded(self, name: str) -> dict[str, Any]:
        entries = json.loads((self.data_dir / "run" / "processes.json").read_text())
        return next(entry for entry in entries if entry["name"] == name)

    def health(self) -> dict[str, Any]:
        port = int(self.environ["EDGETWIN_GATEWAY_PORT"])
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", "/health")
            found: dict[str, Any] = json.loads(connection.getresponse().read())
        except (OSError, HTTPException):
            return {"processes": []}
        finally:
            connection.close()
        return found


def refused() -> Refusal:
    """As it stands beside a model that the code of now has made too poor."""
    return Refusal(
        sentence="its macro-F1 is 0.20, below 0.9 (--least-f1)",
        macro_f1=0.2,
        false_alarms_per_hour=None,
        classes={},
        recipe=recipe(),
    )


@contextmanager
def installation(
    environ: dict[str, str], data_dir: Path, *, trained: Path | None = None
) -> Iterator[Installation]:
    """One fan, and of the types its model alone: trainings take their time.

    With ``trained`` models none is trained at all.
    """
    if trained is not None:
        shutil.copytree(trained, data_dir / "models")
    for asset in CATALOGUE.keys() - {"fan"}:
        refusals.note(data_dir / "models" / asset, refused())
    made = Installation(environ | {"EDGETWIN_FLEET": "fan:1"}, data_dir)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()
        stop_members(data_dir)
