"""The C++ of the UNO R4, built for this host once a session."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.firmware.uno_r4.toolchain import (
    HERE,
    HOST,
    SECRETS,
    SHIMS,
    SKETCH,
    Talk,
    build,
    compiler,
    copy_sketch,
)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Builds host/<name>.cpp, once."""
    directory = tmp_path_factory.mktemp("uno_r4")

    def make(name: str) -> Path:
        program = directory / name
        if not program.exists():
            source = str(HERE / "host" / f"{name}.cpp")
            command = [compiler("g++"), *HOST, f"-I{SKETCH}", source, "-o", str(program)]
            build(command, cwd=directory)
        return program

    return make


@pytest.fixture(scope="module")
def talk(built: Callable[[str], Path]) -> Iterator[Callable[..., Talk]]:
    """Starts host/<name>.cpp; it ends with the module."""
    started: list[Talk] = []

    def start(name: str, *arguments: str) -> Talk:
        started.append(Talk([str(built(name)), *arguments]))
        return started[-1]

    yield start
    for program in started:
        program.close()


@pytest.fixture(scope="session")
def sketch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sketch itself as a program of this host, on the shims."""
    directory = tmp_path_factory.mktemp("sketch")
    source = copy_sketch(directory / "uno_r4", SECRETS)
    shims = [str(SHIMS / "host_board.cpp"), str(SHIMS / "host_mqtt.cpp")]
    ino = ["-x", "c++", str(source / "uno_r4.ino"), *shims]
    program = directory / "sketch"
    build([compiler("g++"), *HOST, f"-I{SHIMS}", *ino, "-o", str(program)], cwd=directory)
    return program
