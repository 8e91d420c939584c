"""esptool itself, against a chip's loader on the other end of the wire."""

from pathlib import Path

import pytest

from tests.firmware.esp32.conftest import Flash
from tests.firmware.esp32.virtual_board import VirtualBoard

pytestmark = [pytest.mark.micropython, pytest.mark.broker]


def image(path: Path, chip_id: int) -> Path:
    header = bytes((0xE9, 3, 2, 0x20)) + bytes(8) + chip_id.to_bytes(2, "little") + bytes(10)
    path.write_bytes(header + b"MicroPython v1.27.0" + bytes(range(256)) * 700)
    return path


def test_a_bare_board_becomes_a_device(flash: Flash, board: VirtualBoard, tmp_path: Path) -> None:
    (board.flash / "old.txt").parent.mkdir(exist_ok=True)
    picture = image(tmp_path / "esp32.bin", 0)
    done = flash("--image", picture)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "it is an ESP32" in done.stdout
    assert "fan-11 is there" in done.stdout
    content = picture.read_bytes()
    assert board.loader.flash[0x1000 : 0x1000 + len(content)] == content
    assert board.loader.flash[:0x1000] == b"\xff" * 0x1000


def test_another_chip_than_was_named_is_refused_before_anything_is_written(
    flash: Flash, board: VirtualBoard, tmp_path: Path
) -> None:
    before = bytes(board.loader.flash)
    done = flash("--chip", "esp32s3", "--image", image(tmp_path / "s3.bin", 9))
    assert done.returncode == 1
    assert "has an ESP32, not an ESP32-S3: use --chip esp32" in done.stderr
    assert board.loader.flash == before
