"""Ports: one that is not there, one that is not ours to open, one that is."""

import grp
import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.__main__ import main
from firmware.errors import PortError
from firmware.flash import ports
from firmware.flash.ports import Port

NOBODY = 65534
PORTS = [
    Port(device="/dev/ttyUSB0", description="CP2102 USB to UART", likely=True),
    Port(device="/dev/ttyACM3", description="Modem", likely=False),
]


@pytest.fixture
def terminal() -> Iterator[str]:
    master, slave = pty.openpty()
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_a_port_that_can_be_opened_is_good(terminal: str) -> None:
    ports.check(terminal, [])


def test_a_port_that_is_not_there_is_named_with_those_there_are() -> None:
    with pytest.raises(PortError, match=r"no port /dev/ttyUSB9.*\n/dev/ttyUSB0.*likely"):
        ports.check("/dev/ttyUSB9", PORTS)


def test_a_file_is_no_port(tmp_path: Path) -> None:
    file = tmp_path / "passwd"
    file.touch()
    with pytest.raises(PortError, match=r"passwd is no serial port\. .*\n/dev/ttyUSB0"):
        ports.check(str(file), PORTS)


@pytest.mark.parametrize("wait", ["-5", "nan", "inf", "0", "soon"])
def test_a_wait_that_is_none_is_named(wait: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["flash", f"--wait={wait}"])
    assert f"{wait} is not above 0" in capsys.readouterr().err


def test_a_port_of_another_group_names_the_group(terminal: str) -> None:
    own = os.geteuid()
    if own == 0:  # for whom every port is open
        os.chown(terminal, -1, grp.getgrnam("dialout").gr_gid)
    Path(terminal).chmod(0)
    expected = Path(terminal).group()
    if own == 0:
        assert expected == "dialout"
        os.seteuid(NOBODY)
    try:
        with pytest.raises(PortError, match=f"group {expected}.*usermod -aG {expected} "):
            ports.check(terminal, [])
    finally:
        os.seteuid(own)


def test_ports_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ports"]) == 0
    listed = capsys.readouterr().out
    assert main(["flash", "--list"]) == 0
    assert capsys.readouterr().out == listed
    assert "/dev/" in listed or "No board is connected" in listed


def test_the_likely_ones_are_marked() -> None:
    assert ports.describe(PORTS).splitlines() == [
        "/dev/ttyUSB0  CP2102 USB to UART  ← likely",
        "/dev/ttyACM3  Modem",
    ]
