"""The chip's own loader, by esptool: which chip it is, and MicroPython into its flash."""

import re
from collections.abc import Callable
from pathlib import Path

from firmware.chips import CHIPS, Chip
from firmware.errors import BoardError, ToolError
from firmware.flash import tool

_BAUD = "460800"
_PATIENCE_S = 120.0  # erasing a large flash takes a minute, without a word
_TYPE = re.compile(r"(?:Chip type:|Detecting chip type\.*|Connected to)\s+(ESP[\w-]+)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s?%")
_HOLD_BOOT = (
    "The chip's loader does not answer on {port}. Hold the board's BOOT button, press and release "
    "RESET (or EN), release BOOT, and try again. Is another program using the port?"
)


def identify_arguments(port: str) -> list[str]:
    return ["--port", port, "--after", "no-reset", "chip-id"]


def write_arguments(port: str, chip: Chip, image: Path) -> list[str]:
    where = ["--chip", chip.name, "--port", port, "--baud", _BAUD]
    return [*where, "write-flash", "--erase-all", hex(chip.offset), str(image)]


def identify(port: str) -> Chip:
    """The chip behind ``port``.

    Raises:
        BoardError: nothing answers, or a chip this program does not run on.
        ToolError: esptool is missing.
    """
    try:
        printed = tool.run(
            "esptool", identify_arguments(port), on_line=lambda _line: None, patience_s=_PATIENCE_S
        )
    except ToolError as error:
        raise _explained(port, error) from None
    found = _TYPE.search(printed)
    title = found.group(1) if found else "an unknown chip"
    for chip in CHIPS.values():
        if re.fullmatch(f"{chip.title}(-[A-Z].*)?", title) and not _is_other(title, chip):
            return chip
    raise BoardError(
        f"The board on {port} has {title}; this program runs on "
        f"{', '.join(chip.title for chip in CHIPS.values())}."
    )


def _is_other(title: str, chip: Chip) -> bool:
    """``ESP32-S2`` begins like ``ESP32``, and so does ``ESP32-D0WD``, which is one."""
    return chip.name == "esp32" and bool(re.match(r"ESP32-[SCHP]\d", title))


def write(port: str, *, chip: Chip, image: Path, progress: Callable[[float], None]) -> None:
    """Erase the flash and write ``image``; the chip then starts it.

    Raises:
        BoardError: the chip is another one, or does not answer.
        ToolError: esptool is missing, or writing failed.
    """

    def on_line(line: str) -> None:
        found = _PERCENT.search(line)
        if found:
            progress(float(found.group(1)) / 100)

    try:
        tool.run(
            "esptool", write_arguments(port, chip, image), on_line=on_line, patience_s=_PATIENCE_S
        )
    except ToolError as error:
        raise _explained(port, error) from None


def _explained(port: str, error: ToolError) -> BoardError | ToolError:
    text = str(error)
    if "Failed to connect" in text or "No serial data received" in text:
        return BoardError(_HOLD_BOOT.format(port=port))
    if "Wrong chip argument" in text or "This chip is" in text:
        return BoardError(text.splitlines()[-1])
    if "busy" in text or "exclusively lock" in text:
        return BoardError(
            f"Another program uses {port}: close it (a serial monitor?) and try again."
        )
    return error
