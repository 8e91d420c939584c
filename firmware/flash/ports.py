"""Serial ports: which there are, and whether this user may open the one that was named."""

import grp
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firmware.errors import INSTALL, PortError, ToolError

# USB vendors on boards: Espressif, Silicon Labs (CP210x), WCH (CH340), FTDI.
_VENDORS = (0x303A, 0x10C4, 0x1A86, 0x0403)


@dataclass(frozen=True, kw_only=True)
class Port:
    device: str
    description: str
    likely: bool  # a board may well be behind it


def listed() -> list[Port]:
    """All serial ports that are no relics of a PC, the likely ones first.

    Raises:
        ToolError: pyserial is missing.
    """
    try:
        from serial.tools import list_ports  # noqa: PLC0415 - one of the optional dependencies
    except ImportError:
        raise ToolError(INSTALL) from None
    ports = [
        Port(device=found.device, description=found.description, likely=found.vid in _VENDORS)
        for found in list_ports.comports()
        if found.vid is not None
    ]
    return sorted(ports, key=lambda port: (not port.likely, port.device))


def describe(ports: Sequence[Port]) -> str:
    """A line a port."""
    if not ports:
        return (
            "No board is connected. Is the cable one for data? Many carry power only. "
            "Does a driver for its USB chip (CP210x, CH340) need to be installed?"
        )
    return "\n".join(
        f"{port.device}  {port.description}" + ("  ← likely" if port.likely else "")
        for port in ports
    )


def check(device: str, ports: Sequence[Port]) -> None:
    """Return if ``device`` can be opened by this user.

    Raises:
        PortError: it cannot; the text says what to do.
    """
    path = Path(device)
    if not path.exists():
        raise PortError(f"There is no port {device}. Those there are:\n{describe(ports)}")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except PermissionError:
        group = _group_of(path)
        raise PortError(
            f"You may not open {device}: it belongs to the group {group}. Run "
            f"`sudo usermod -aG {group} $USER`, then log out and in again."
        ) from None
    except OSError as error:
        raise PortError(f"{device} cannot be opened: {error.strerror}") from None
    serial = os.isatty(descriptor)
    os.close(descriptor)
    if not serial:
        raise PortError(f"{device} is no serial port. Those there are:\n{describe(ports)}")


def _group_of(path: Path) -> str:
    number = path.stat().st_gid
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
