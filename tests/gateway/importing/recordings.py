"""Files to import, and the command that does so."""

import argparse
import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw

from contract.settings import Settings
from gateway.api.instants import parse_ms
from gateway.importing import commands
from gateway.process import Gateway
from tests.own_types import put_back

BEGIN_MS = 1_763_632_800_000  # 2025-11-20T10:00:00Z


def settings_of(data_dir: Path) -> Settings:
    return Settings(data_dir=data_dir, time_zone="Europe/London", _env_file=None)  # type: ignore[call-arg]


def imported(data_dir: Path, *argv: object) -> int:
    """As a person does it while no gateway works."""
    parser = argparse.ArgumentParser()
    commands.add_arguments(parser)
    settings = settings_of(data_dir)

    def offline() -> None:
        asyncio.run(Gateway(settings).take_imports())

    args = parser.parse_args([str(each) for each in argv])
    with put_back():
        return commands.run(args, settings, parse_ms=parse_ms, offline=offline)


def rows(data_dir: Path, sql: str, *bindings: Any) -> list[Any]:
    connection = apsw.Connection(str(data_dir / "journal.db"))
    found = connection.execute(sql, bindings).fetchall()
    connection.close()
    return found


def table(path: Path, lines: Iterator[str] | list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def fan_values(at: int) -> dict[str, float]:
    return {
        "temperature": 40.0 + at % 7 / 10,
        "rpm": 1200.0 + at % 5,
        "current": 1.0 + at % 3 / 100,
        "vibration": 0.8 + at % 11 / 1000,
    }


def fan_lines(count: int, *, first: int = 0, step_ms: int = 200) -> list[str]:
    """A header and rows, one every 200 ms from ``BEGIN_MS`` on."""
    head = "time_ms,temperature [°C],rpm,current,vibration"
    values = ((at, fan_values(at).values()) for at in range(first, first + count))
    return [head, *(f"{BEGIN_MS + at * step_ms},{','.join(map(str, v))}" for at, v in values)]
