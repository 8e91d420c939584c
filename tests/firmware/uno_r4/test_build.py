"""The sketch is compiled for the board's Cortex-M4; its size and its stack are bounded."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.firmware.uno_r4.toolchain import SHIMS, SKETCH, WARNINGS, build, compiler, copy_sketch

FLASH_BYTES = 64 * 1024
RAM_BYTES = 12 * 1024
FRAME_BYTES = 256  # the core gives the whole program a stack of 1 KB
CPU = ("-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard")
# As the core for the board compiles, and every warning an error.
FLAGS = ("-std=gnu++17", "-Os", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics")
SECTIONS = ("-ffunction-sections", "-fdata-sections", "-fstack-usage")


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("cortex_m4")
    secrets = (SKETCH / "arduino_secrets.h.example").read_text()
    source = copy_sketch(directory / "uno_r4", secrets)
    command = [compiler("arm-none-eabi-g++"), *CPU, *FLAGS, *SECTIONS, *WARNINGS, f"-I{SHIMS}"]
    for path, name in ((source / "uno_r4.ino", "sketch"), (SHIMS / "stubs.cpp", "stubs")):
        build([*command, "-x", "c++", "-c", str(path), "-o", f"{name}.o"], cwd=directory)
    # No libstdc++: the C driver links, with newlib's mathematics and what the compiler needs.
    link = [compiler("arm-none-eabi-gcc"), *CPU, "--specs=nano.specs", "--specs=nosys.specs"]
    build([*link, "-Wl,--gc-sections", "sketch.o", "stubs.o", "-lm", "-o", "all"], cwd=directory)
    return directory


def size(path: Path) -> tuple[int, int, int]:
    """Bytes of text, data and bss."""
    command = [compiler("arm-none-eabi-size"), str(path)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    text, data, bss = printed.splitlines()[1].split()[:3]
    return int(text), int(data), int(bss)


@pytest.mark.slow
def test_flash_and_ram_stay_within_the_budget(
    objects: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, data, bss = size(objects / "all")
    own_text, own_data, own_bss = size(objects / "sketch.o")
    flash = f"flash {text + data} B with newlib, the sketch alone {own_text} B"
    ram = f"RAM {data + bss} B with newlib, the sketch alone {own_data + own_bss} B"
    with capsys.disabled():
        sys.stdout.write(f"\nUNO R4: {flash}; {ram}\n")
    assert text + data < FLASH_BYTES
    assert own_data + own_bss < RAM_BYTES


def test_nothing_is_computed_in_double_and_nothing_comes_from_the_heap(objects: Path) -> None:
    command = [compiler("arm-none-eabi-nm"), str(objects / "sketch.o")]
    wanted = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "powf" in wanted
    assert re.findall(r" U (__aeabi_[dl]?d\w*|__aeabi_f2d|malloc|_Znw\w*|\w*printf)$", wanted) == []


def test_no_function_takes_much_of_the_stack(objects: Path) -> None:
    frames = {}
    for line in (objects / "sketch.su").read_text().splitlines():
        name, frame, kind = line.split("\t")
        frames[name] = int(frame)
        assert kind == "static", line
    assert "loop()" in " ".join(frames)
    assert max(frames.values()) <= FRAME_BYTES


def test_no_loop_waits_for_ever() -> None:
    for source in (*SKETCH.glob("*.h"), SKETCH / "uno_r4.ino"):
        found = re.findall(
            r"while\s*\(\s*(?:1|true)\s*\)|for\s*\(\s*;\s*;\s*\)|delay\(", source.read_text()
        )
        assert found == [], source.name
