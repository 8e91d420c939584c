"""Joining, being refused, losing the network: a radio that behaves as the ESP32's does."""

from typing import Any

import pytest

from firmware.device.wifi import Wifi, hostname

CONNECTING, GOT_IP, IDLE = 1001, 1010, 1000


class Radio:
    """``outcome`` is what an attempt ends in, ``after`` how many looks it takes."""

    def __init__(self, outcome: int, after: int = 3) -> None:
        self.outcome = outcome
        self.after = after
        self.attempts: list[tuple[str, str]] = []
        self._looks = 0
        self._status = IDLE

    def connect(self, ssid: str, password: str) -> None:
        if self._status == CONNECTING:
            raise OSError("Wifi Internal State Error")
        self.attempts.append((ssid, password))
        self._status, self._looks = CONNECTING, 0

    def disconnect(self) -> None:
        self._status = IDLE

    def isconnected(self) -> bool:
        self._looks += 1
        if self._status == CONNECTING and self._looks > self.after:
            self._status = self.outcome
        return self._status == GOT_IP

    def status(self) -> int:
        return self._status

    def ifconfig(self) -> tuple[str, ...]:
        return ("10.0.0.7", "", "", "")

    def lose(self) -> None:
        self._status = IDLE


class Listener:
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def play(radio: Radio, seconds: float) -> tuple[Wifi, list[str]]:
    listener = Listener()
    wifi = Wifi(wlan=radio, connecting=CONNECTING, ssid="hall", password="secret", board=listener)
    look(wifi, 0, seconds)
    return wifi, listener.said


def look(wifi: Any, from_s: float, seconds: float) -> None:
    for half in range(int(seconds * 2)):
        wifi.look(int(from_s * 1000) + half * 500)


def test_it_joins_once_and_says_so_once() -> None:
    radio = Radio(GOT_IP)
    wifi, said = play(radio, 60)
    assert wifi.connected
    assert radio.attempts == [("hall", "secret")]
    assert said == ["Wi-Fi: in hall as 10.0.0.7"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (15, "password"),
        (202, "password"),
        (204, "password"),
        (201, "no network hall"),
        (203, "203"),
    ],
)
def test_a_refusal_is_explained_once_and_tried_again(status: int, words: str) -> None:
    radio = Radio(status)
    wifi, said = play(radio, 60)
    assert not wifi.connected
    assert len(said) == 1
    assert words in said[0]
    assert 10 <= len(radio.attempts) <= 21


def test_a_network_that_never_answers_is_given_up_and_tried_again() -> None:
    radio = Radio(GOT_IP, after=10**6)
    wifi, said = play(radio, 61)
    assert not wifi.connected
    assert said == ["no Wi-Fi: hall gives no address"]
    assert len(radio.attempts) == 4


def test_a_network_that_was_lost_is_joined_at_once() -> None:
    radio = Radio(GOT_IP)
    wifi, said = play(radio, 5)
    radio.lose()
    look(wifi, 5, 0.5)
    assert not wifi.connected
    assert len(radio.attempts) == 2
    look(wifi, 5.5, 3)
    assert wifi.connected
    assert said[1:] == ["no Wi-Fi: the connection is lost", "Wi-Fi: in hall as 10.0.0.7"]


@pytest.mark.parametrize(
    ("device", "name"),
    [
        ("fan-11", "fan-11"),
        ("f" * 33, "f" * 32),
        ("hall_2.fan", "hall-2-fan"),
        ("fan-11-", "fan-11"),
        ("a" * 31 + "_" + "b" * 32, "a" * 31),
    ],
)
def test_a_device_of_any_name_has_one_for_the_network(device: str, name: str) -> None:
    assert hostname(device) == name
