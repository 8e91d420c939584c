"""Broker: the generated configuration runs, keeps strangers out, and survives a broken database."""

import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from scripts import broker
from scripts.ready import NotReady
from scripts.ready import broker as probe
from scripts.settings import ROOT, Settings, load

pytestmark = pytest.mark.broker

LOGIN = {"EDGETWIN_BROKER_USERNAME": "shop", "EDGETWIN_BROKER_PASSWORD": "a 'quoted' päss$word"}
SECRET = LOGIN["EDGETWIN_BROKER_PASSWORD"]


def settings_of(environ: dict[str, str]) -> Settings:
    return load(env_file=Path("/nonexistent"), environ=environ)


@contextmanager
def running(environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """`python -m scripts.broker` as supervisord starts it, once it accepts connections."""
    command = [sys.executable, "-m", "scripts.broker"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            wait_for(settings_of(environ), process)
            yield process
        finally:
            process.terminate()


def wait_for(settings: Settings, process: subprocess.Popen[str]) -> None:
    deadline_s = time.monotonic() + 30
    while True:
        try:
            return probe(settings)
        except NotReady as reason:
            if process.poll() is not None or time.monotonic() > deadline_s:
                output = process.stdout.read() if process.stdout else ""
                pytest.fail(f"{reason}\n{output}")
            time.sleep(0.05)


def client(environ: dict[str, str], *, name: str = "", clean: bool = True) -> mqtt.Client:
    made = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=clean)
    made.connect("127.0.0.1", int(environ["EDGETWIN_BROKER_PORT"]))
    made.loop_start()
    return made


def publish_retained(environ: dict[str, str], payload: bytes) -> None:
    sender = client(environ)
    sent = sender.publish("edgetwin/v1/workshop/fan-01/birth", payload, qos=1, retain=True)
    sent.wait_for_publish(10)
    sender.disconnect()
    sender.loop_stop()


def test_a_truncated_database_is_set_aside_and_said_so(
    environ: dict[str, str], data_dir: Path
) -> None:
    with running(environ):
        publish_retained(environ, b"x" * 2000)
    database = data_dir / "broker" / "mosquitto.db"
    whole = database.read_bytes()
    assert broker.readable(database)
    database.write_bytes(whole[: len(whole) // 2])
    with running(environ) as process:
        process.terminate()
        output = process.communicate(timeout=30)[0]
    (aside,) = database.parent.glob("mosquitto.db.unreadable-*")
    assert f"moved to {aside}" in output
    assert aside.read_bytes() == whole[: len(whole) // 2]


def test_a_whole_database_is_kept(environ: dict[str, str], data_dir: Path) -> None:
    with running(environ):
        publish_retained(environ, b"kept")
    received: list[bytes] = []
    with running(environ):
        reader = client(environ)
        reader.on_message = lambda _client, _data, message: received.append(bytes(message.payload))
        reader.subscribe("#", qos=1)
        deadline_s = time.monotonic() + 10
        while not received and time.monotonic() < deadline_s:
            time.sleep(0.02)
        reader.disconnect()
        reader.loop_stop()
    assert received == [b"kept"]
    assert not list((data_dir / "broker").glob("*unreadable*"))


def test_with_a_login_set_a_stranger_is_refused(environ: dict[str, str]) -> None:
    with running(environ | LOGIN), pytest.raises(NotReady, match="refuses us: 20020005"):
        probe(settings_of(environ))


def test_the_password_file_is_hashed_and_private(environ: dict[str, str], data_dir: Path) -> None:
    broker.prepare(settings_of(environ | LOGIN))
    file = data_dir / "broker" / "passwords"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert re.fullmatch(r"shop:\$7\$.+\n", file.read_text())
    assert SECRET not in file.read_text()


def test_without_a_login_an_old_password_file_is_removed(
    environ: dict[str, str], data_dir: Path
) -> None:
    broker.prepare(settings_of(environ | LOGIN))
    text = broker.prepare(settings_of(environ)).read_text()
    assert not (data_dir / "broker" / "passwords").exists()
    assert "allow_anonymous true" in text
    assert "password_file" not in text.replace("${password_file}", "")


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
def test_anonymous_only_without_credentials(environ: dict[str, str], host: str) -> None:
    given = environ | LOGIN | {"EDGETWIN_HOST": host, "EDGETWIN_API_TOKEN": "t"}
    text = broker.configure(settings_of(given))
    assert f"listener {given['EDGETWIN_BROKER_PORT']} {host}" in text
    assert "allow_anonymous false" in text
