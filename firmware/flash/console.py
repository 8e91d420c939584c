"""What a board says on its console while it starts, and what a person should do about it."""

import threading
from collections.abc import Callable
from typing import Self

import serial

_BAUD = 115200
_LOOK_S = 0.2
_LOGIN = (
    "Correct broker.username and broker.password: `python -m gateway device add` shows those of a "
    "device."
)
_CERTIFICATE = (
    "Is broker.ca the authority that signed the broker's certificate, is broker.host as that names "
    "it, and does the board get the time (ntp)? A certificate counts from a date on."
)
_CONSEQUENCE = "there is no Wi-Fi"  # why there is none was said before
# Of a sentence of the program's: what it means to a person, and whether waiting is useless.
_MEANINGS = (
    ("no Wi-Fi: the password of", "Correct wifi.password in the site file.", True),
    ("no Wi-Fi:", "Is wifi.ssid right, and the board in reach of it?", False),
    ("user name or password is wrong", _LOGIN, True),
    ("this client is not authorised", _LOGIN, True),  # what Mosquitto calls the same
    ("ertificate", _CERTIFICATE, False),  # mbedTLS's sentences, and OpenSSL's
    (
        "not connected:",
        (
            "Is broker.host this machine's address on the network, does the broker listen there "
            "(EDGETWIN_HOST), and does the firewall let port {port} in?"
        ),
        False,
    ),
    ("the program ended:", "This is a fault of the program; the lines above say where.", False),
    ("no readings:", "No sensor answers: check the wires.", False),
    ("channels are missing:", "A sensor does not answer: check its wires.", False),
)


class Console:
    """Listens on ``port`` in a thread of its own; ``say`` is called for each line."""

    def __init__(self, port: str, *, broker_port: int, say: Callable[[str], None]) -> None:
        self._serial = serial.Serial(None, _BAUD, timeout=_LOOK_S)
        self._serial.dtr = False  # on most boards these two lines are wired to reset and boot
        self._serial.rts = False
        self._serial.port = port
        self._broker_port = broker_port
        self._say = say
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.advice = ""
        self.hopeless = False

    def __enter__(self) -> Self:
        self._serial.open()
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stopping.set()
        self._thread.join()
        self._serial.close()

    def _listen(self) -> None:
        pending = b""
        while not self._stopping.is_set():
            try:
                pending += self._serial.read(max(1, self._serial.in_waiting))
            except (
                OSError
            ):  # a port that goes away while the board restarts; SerialException is one
                self._stopping.wait(_LOOK_S)
                continue
            *lines, pending = pending.split(b"\n")
            for line in lines:
                self._hear(line.decode(errors="replace").strip())

    def _hear(self, line: str) -> None:
        if not line:
            return
        self._say(line)
        if line.endswith(_CONSEQUENCE):
            return
        for words, advice, hopeless in _MEANINGS:
            if words in line:
                said = line.partition(": ")[2] or line
                self.advice = f"The board says “{said}”. {advice.format(port=self._broker_port)}"
                self.hopeless = hopeless
                return
