"""Only one file of the board's program knows the chip."""

import ast
from pathlib import Path

DEVICE = Path(__file__).parents[3] / "firmware" / "device"
HARDWARE = {"machine", "network", "esp32", "ntptime", "onewire", "neopixel", "_onewire", "ds18x20"}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_only_esp32_imports_the_hardware() -> None:
    knowing = {path.name for path in DEVICE.rglob("*.py") if imported(path) & HARDWARE}
    assert knowing == {"esp32.py"}
