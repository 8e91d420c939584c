"""What a board says at its console, and what a person is told to do about it."""

import os
import pty

import pytest

from firmware.flash.console import Console
from tests.mosquitto import eventually


@pytest.mark.parametrize(
    ("line", "words", "hopeless"),
    [
        (
            "not connected: ValueError('The certificate validity starts in the future')",
            "ntp",
            False,
        ),
        ("not connected: [Errno 113] EHOSTUNREACH", "let port 1884 in", False),
        ("not connected: the user name or password is wrong", "broker.password", True),
        ("no Wi-Fi: the password of hall is wrong", "wifi.password", True),
        ("no readings: rpm: no answer", "check the wires", False),
        ("channels are missing: rpm: no answer", "check its wires", False),
    ],
)
def test_a_complaint_becomes_advice(line: str, words: str, hopeless: bool) -> None:  # noqa: FBT001 - a case
    board, port = pty.openpty()
    heard: list[str] = []
    with Console(os.ttyname(port), broker_port=1884, say=heard.append) as console:
        os.write(board, line.encode() + b"\r\n")
        eventually(lambda: console.advice, "advice")
        assert words in console.advice
        assert console.hopeless is hopeless
    assert heard == [line]
    os.close(board)
    os.close(port)
