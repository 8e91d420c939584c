"""``python -m firmware update`` as a person types it, against the real broker."""

import fcntl
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from firmware import keys
from firmware.address import Address
from firmware.device import release as wire
from firmware.errors import UpdateError
from firmware.line import Line
from firmware.release import Release
from firmware.transfer import Patience, Transfer
from tests.firmware.servers import ROOT
from tests.firmware.update.boards import DEVICE, KEY, NEW, OLD, Bench, changed
from tests.mosquitto import HOST, Mosquitto, eventually

TOPIC = f"edgetwin/v1/workshop/{DEVICE}/"
SMALL = Release(version="2.0.0", files={"firmware/x.py": b"pass"})
EPOCH = "0000abcd-1"
BIRTH = {"asset": "fan", "firmware": "1.0.0", "epoch": EPOCH}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return firmware("update", "--host", HOST, *arguments)


def firmware(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "firmware", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=480, check=False
    )


def with_key(data_dir: Path) -> Path:
    path = keys.path_of(data_dir, DEVICE)
    path.parent.mkdir(parents=True)
    path.write_text(KEY.hex())
    return data_dir


@pytest.mark.micropython
@pytest.mark.broker
def test_a_release_in_a_file_reaches_a_board(bench: Bench, tmp_path: Path) -> None:
    changed().write(tmp_path / "release.zip")
    options = ("--device", DEVICE, "--port", bench.broker.port)
    where = ("--data-dir", with_key(tmp_path / "var"), "--release", tmp_path / "release.zip")
    with bench.board():
        done = run(*options, *where)
        assert done.returncode == 0, done.stderr
        assert f"it runs {OLD}" in done.stdout
        assert f"{DEVICE} runs {NEW}." in done.stdout
        older = changed(version="1.0.1+cccccccc")
        older.write(tmp_path / "release.zip")
        done = run(*options, *where)
        assert done.returncode == 1
        assert "(--force)" in done.stderr


def test_without_a_key_nothing_is_tried(tmp_path: Path) -> None:
    done = run("--device", "fan-01", "--data-dir", tmp_path)
    assert done.returncode == 1
    assert "no update key for fan-01" in done.stderr


def test_without_a_broker_it_says_so(tmp_path: Path) -> None:
    done = run("--device", DEVICE, "--port", 1, "--data-dir", with_key(tmp_path))
    assert done.returncode == 1
    assert "No broker answers at 127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_updates_at_a_time_would_cut_each_other_off(tmp_path: Path) -> None:
    data_dir = with_key(tmp_path)
    with (data_dir / "keys.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = run("--device", DEVICE, "--port", 1, "--data-dir", data_dir)
    assert done.returncode == 1
    assert "Another update is under way" in done.stderr


@pytest.mark.broker
def test_a_device_nobody_knows_is_named(broker: Mosquitto, tmp_path: Path) -> None:
    done = run("--device", DEVICE, "--port", broker.port, "--data-dir", with_key(tmp_path))
    assert done.returncode == 1
    assert f"{DEVICE} has never reported here" in done.stderr


@pytest.mark.broker
def test_the_login_that_make_up_keeps_is_used(tmp_path: Path) -> None:
    server = Mosquitto(tmp_path / "mosquitto", users={"updater": "right"})
    server.start()
    options = ("--device", DEVICE, "--port", server.port, "--data-dir", with_key(tmp_path / "var"))
    try:
        refused = run(*options).stderr
        assert "not authorized" in refused.lower()
        assert "without a login" in refused
        assert "--data-dir" in refused
        account = tmp_path / "var" / "broker" / "accounts" / "updater"
        account.parent.mkdir(parents=True)
        account.write_text("updater:wrong\n")
        assert "without a login" not in run(*options).stderr
        account.write_text("updater:right\n")
        assert "never reported" in run(*options).stderr
    finally:
        server.kill()


# ---------------------------------------------------------------- devices that behave otherwise


class Puppet:
    """A device that answers an update as it is told to."""

    def __init__(self, port: int, answer: Callable[["Puppet", dict[str, Any]], None]) -> None:
        self._answer = answer
        self._ready = threading.Event()
        self.chunks: list[bytes] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._receive
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.connect(HOST, port)
        self._client.subscribe([(TOPIC + "command", 1), (TOPIC + "chunk", 1)])
        self._client.loop_start()
        self._answering: list[threading.Thread] = []
        assert self._ready.wait(120)

    def say(self, kind: str, content: object, *, retain: bool = False) -> None:
        payload = content if isinstance(content, str) else json.dumps(content)
        self._client.publish(TOPIC + kind, payload, 1, retain=retain).wait_for_publish(120)

    def _receive(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        if message.topic.endswith("chunk"):
            self.chunks.append(bytes(message.payload))
        else:
            thread = threading.Thread(target=self._answer, args=(self, json.loads(message.payload)))
            self._answering.append(thread)
            thread.start()

    def close(self) -> None:
        for thread in self._answering:  # what it says must still find a connection
            thread.join()
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def puppet(broker: Mosquitto, answer: Callable[[Puppet, dict[str, Any]], None]) -> Iterator[Puppet]:
    device = Puppet(broker.port, answer)
    device.say("birth", BIRTH, retain=True)
    device.say("status", "online", retain=True)
    try:
        yield device
    finally:
        device.close()


PATIENT = Patience(answer_s=120, silence_s=120, verdict_s=120)


def send(broker: Mosquitto, *, patience: Patience = PATIENT) -> list[str]:
    said: list[str] = []
    with Line(Address(host=HOST, port=broker.port), site="workshop", device=DEVICE) as line:
        transfer = Transfer(
            line=line,
            device=DEVICE,
            key=KEY,
            say=said.append,
            progress=lambda _share: None,
            patience=patience,
        )
        transfer.find()
        transfer.carry_out(SMALL, force=False)
    return said


def number(command: dict[str, Any]) -> str:
    return str(command["args"]["signature"][:16])


def accept(device: Puppet, command: dict[str, Any]) -> None:
    device.say("result", {"id": command["id"], "ok": True, "error": None})


def refuse(device: Puppet, command: dict[str, Any]) -> None:
    device.say("result", {"id": command["id"], "ok": False, "error": "no space: it needs 9"})


def give_up(device: Puppet, command: dict[str, Any]) -> None:
    accept(device, command)
    device.say("fetch", {"release": "0" * 16, "error": "of another update"})
    device.say("fetch", {"release": number(command), "error": "the flash failed"})


def take_all(device: Puppet, command: dict[str, Any]) -> None:
    accept(device, command)
    for ask in ({"file": 0, "offset": 0, "length": 4}, {"done": True}):
        device.say("fetch", {"release": number(command), **ask})


def come_back(device: Puppet, command: dict[str, Any]) -> None:
    take_all(device, command)
    device.say("birth", BIRTH | {"epoch": "0000abcd-2"}, retain=True)


def ignore(_device: Puppet, _command: dict[str, Any]) -> None:
    """An Arduino's sketch of another version, or a login that may not send commands."""


@pytest.mark.broker
@pytest.mark.parametrize(
    ("answer", "words", "patience"),
    [
        (refuse, f"{DEVICE} refused: no space", PATIENT),
        (give_up, f"{DEVICE} gave up: the flash failed", PATIENT),
        (accept, "has stopped asking", replace(PATIENT, silence_s=1)),
        (ignore, "did not answer within 1 s", replace(PATIENT, answer_s=1)),
        (take_all, "has not come back", replace(PATIENT, verdict_s=1)),
        (come_back, "runs 1.0.0, not 2.0.0", PATIENT),
    ],
)
def test_what_goes_wrong_is_said(
    answer: Callable[[Puppet, dict[str, Any]], None],
    words: str,
    patience: Patience,
    broker: Mosquitto,
) -> None:
    with puppet(broker, answer), pytest.raises(UpdateError, match=words):
        send(broker, patience=patience)


@pytest.mark.broker
def test_a_device_that_is_offline_is_left_alone(broker: Mosquitto) -> None:
    with puppet(broker, ignore) as device:
        device.say("status", "offline", retain=True)
        with pytest.raises(UpdateError, match="is offline"):
            send(broker)


@pytest.mark.broker
def test_a_device_that_starts_again_gets_a_manifest_for_its_new_epoch(broker: Mosquitto) -> None:
    epochs = []

    def restart_once(device: Puppet, command: dict[str, Any]) -> None:
        epochs.append(json.loads(command["args"]["manifest"])["epoch"])
        if len(epochs) == 1:
            accept(device, command)
            device.say("birth", BIRTH | {"epoch": "0000abcd-2"}, retain=True)
            return
        take_all(device, command)
        birth = BIRTH | {"firmware": "2.0.0", "epoch": "0000abcd-3"}
        device.say("birth", birth | {"update": {"state": "trial", "version": "2.0.0"}})
        device.say("birth", birth | {"update": {"state": "good", "version": "2.0.0"}})

    with puppet(broker, restart_once) as device:
        said = send(broker)
        eventually(lambda: device.chunks, "the chunk")
        head = wire.head(device.chunks[0][:8], 0, 0)
        assert device.chunks == [head + b"pass"]
    assert epochs == [EPOCH, "0000abcd-2"]
    assert [text for text in said if "started again" in text]


@pytest.mark.broker
def test_chunks_that_do_not_exist_are_not_sent(broker: Mosquitto) -> None:
    def ask_for_more(device: Puppet, command: dict[str, Any]) -> None:
        accept(device, command)
        for ask in (
            {"file": 1, "offset": 0, "length": 4},
            {"file": -1, "offset": 0, "length": 4},
            {"file": 0, "offset": -1, "length": 4},
            {"file": 0, "offset": 0, "length": 4097},
            {"file": "0", "offset": 0, "length": 4},
            {},
        ):
            device.say("fetch", {"release": number(command), **ask})
        device.say("fetch", "[1, 2]")
        device.say("fetch", "no JSON")
        device.say("fetch", {"release": number(command), "error": "enough"})

    with puppet(broker, ask_for_more) as device:
        with pytest.raises(UpdateError, match="enough"):
            send(broker)
        assert device.chunks == []
