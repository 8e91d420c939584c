"""Broker: the generated configuration runs, keeps strangers out, and survives a broken database."""

import re
import resource
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from contract.errors import Conflict
from gateway.accounts.credentials import Credentials
from gateway.accounts.password_hash import matches
from gateway.accounts.rights import Role
from scripts import broker
from scripts.ready import NotReady
from scripts.ready import broker as probe
from scripts.settings import ROOT, Settings, load
from tests.mosquitto import eventually

pytestmark = pytest.mark.broker

LOGIN = {"EDGETWIN_BROKER_USERNAME": "keeper", "EDGETWIN_BROKER_PASSWORD": "a 'quoted' päss$word"}
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
    deadline_s = time.monotonic() + 120
    while True:
        try:
            return probe(settings)
        except NotReady as reason:
            if process.poll() is not None or time.monotonic() > deadline_s:
                output = process.stdout.read() if process.stdout else ""
                pytest.fail(f"{reason}\n{output}")
            time.sleep(0.05)


def client(environ: dict[str, str], *, username: str, password: str) -> mqtt.Client:
    made = mqtt.Client(CallbackAPIVersion.VERSION2)
    made.username_pw_set(username, password)
    made.connect("127.0.0.1", int(environ["EDGETWIN_BROKER_PORT"]))
    made.loop_start()
    return made


def publish_retained(environ: dict[str, str], payload: bytes) -> None:
    sender = client(environ, username="keeper", password=SECRET)
    sent = sender.publish("edgetwin/v1/workshop/fan-01/birth", payload, qos=1, retain=True)
    sent.wait_for_publish(120)
    assert sent.is_published()
    sender.disconnect()
    sender.loop_stop()


def test_a_truncated_database_is_set_aside_and_said_so(
    environ: dict[str, str], data_dir: Path
) -> None:
    with running(environ | LOGIN):
        publish_retained(environ, b"x" * 2000)
    database = data_dir / "broker" / "mosquitto.db"
    whole = database.read_bytes()
    assert broker.readable(database)
    database.write_bytes(whole[: len(whole) // 2])
    with running(environ) as process:
        process.terminate()
        output = process.communicate(timeout=120)[0]
    (aside,) = database.parent.glob("mosquitto.db.unreadable-*")
    assert f"moved to {aside}" in output
    assert aside.read_bytes() == whole[: len(whole) // 2]


def test_a_whole_database_is_kept(environ: dict[str, str], data_dir: Path) -> None:
    with running(environ | LOGIN):
        publish_retained(environ, b"kept")
    received: list[bytes] = []
    with running(environ | LOGIN):
        reader = client(environ, username="keeper", password=SECRET)
        reader.on_message = lambda _client, _data, message: received.append(bytes(message.payload))
        reader.subscribe("#", qos=1)
        eventually(lambda: received, "what was retained")
        reader.disconnect()
        reader.loop_stop()
    assert received == [b"kept"]
    assert not list((data_dir / "broker").glob("*unreadable*"))


def test_the_operators_password_is_hashed_and_private(
    environ: dict[str, str], data_dir: Path
) -> None:
    broker.prepare(settings_of(environ | LOGIN))
    file = data_dir / "broker" / "passwords"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert re.search(r"^keeper:\$7\$.+$", file.read_text(), re.MULTILINE)
    assert SECRET not in file.read_text()


def test_an_operator_that_env_names_no_more_is_forgotten(
    environ: dict[str, str], data_dir: Path
) -> None:
    broker.prepare(settings_of(environ | LOGIN))
    broker.prepare(settings_of(environ))
    for name in ("passwords", "acl"):
        assert "keeper" not in (data_dir / "broker" / name).read_text()


def test_an_operator_with_the_name_of_a_board_is_refused(
    environ: dict[str, str], data_dir: Path
) -> None:
    Credentials(data_dir, site="workshop").add(["keeper"], role=Role.DEVICE)
    with pytest.raises(Conflict, match="'keeper' is the name of a device"):
        broker.prepare(settings_of(environ | LOGIN))


def test_a_board_with_the_name_of_an_emulated_one_keeps_its_login(
    environ: dict[str, str], data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (board,) = Credentials(data_dir, site="workshop").add(["fan-02"], role=Role.DEVICE)
    broker.prepare(settings_of(environ | {"EDGETWIN_FLEET": "fan:3"}))
    assert "WARNING fan-02 has a login that is not the emulator's" in capsys.readouterr().out
    kept = (data_dir / "broker" / "passwords").read_text()
    (line,) = (line for line in kept.splitlines() if line.startswith("fan-02:"))
    assert matches(board.password, line.partition(":")[2])
    assert {path.parent.name for path in data_dir.glob("devices/*/credential")} == {
        "fan-01",
        "fan-03",
    }


def test_silent_connections_are_bounded_below_what_the_broker_may_open(
    environ: dict[str, str],
) -> None:
    [limit] = re.findall(
        r"^max_connections (\d+)$", broker.configure(settings_of(environ)), re.MULTILINE
    )
    assert 0 < int(limit) < resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert broker.most_connections(1024) == 960
    assert broker.most_connections(1 << 20) == 25_000


def test_a_thousand_silent_connections_keep_no_board_out(environ: dict[str, str]) -> None:
    """Where more files may be opened than a shell starts with: it opens as many as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard > 4_096
    with running(environ | LOGIN), ExitStack() as crowd:
        crowd.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (4_096, hard))
        address = ("127.0.0.1", int(environ["EDGETWIN_BROKER_PORT"]))
        for _ in range(1_100):
            crowd.enter_context(socket.create_connection(address))
        # By a process of its own: paho cannot work with as many files as are open here.
        login = ["-u", LOGIN["EDGETWIN_BROKER_USERNAME"], "-P", SECRET]
        said = ["-q", "1", "-t", "edgetwin/v1/workshop/fan-01/birth", "-m", "heard"]
        line = ["mosquitto_pub", "-p", environ["EDGETWIN_BROKER_PORT"], *login, *said]
        subprocess.run(line, check=True, timeout=120)


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
def test_no_port_lets_in_who_has_no_name(environ: dict[str, str], host: str) -> None:
    given = environ | {
        "EDGETWIN_HOST": host,
        "EDGETWIN_API_TOKEN": "0f3c9a52e7d14b86a1905dc27e48f63b",
    }
    text = broker.configure(settings_of(given))
    listeners = [part.splitlines() for part in re.split(r"^listener ", text, flags=re.MULTILINE)]
    assert [lines[0] for lines in listeners[1:]] == [
        f"{given['EDGETWIN_BROKER_PORT']} {host}",
        f"0 {given['EDGETWIN_DATA_DIR']}/broker/local.sock",
    ]
    assert "per_listener_settings true" in listeners[0]
    assert "allow_anonymous false" in listeners[1]
    assert "use_username_as_clientid true" in listeners[1]
