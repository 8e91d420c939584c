"""An emulated device's own login: beside its spool, after the command line, before `.env`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.emulator import credential
from firmware.emulator.credential import FILE, Unusable, read
from firmware.emulator.options import parse
from gateway.accounts.credentials import Credential, Credentials, spool_file, write_file
from gateway.accounts.rights import Role
from scripts.settings import ROOT
from tests.firmware.servers import emulator, program
from tests.mosquitto import Mosquitto, eventually


def test_it_is_where_and_as_the_gateway_leaves_it(tmp_path: Path) -> None:
    path = spool_file(tmp_path, "fan-01")
    assert path.name == FILE
    assert read(path.parent) is None
    write_file(path, Credential(username="fan-01", password="a:b"))
    assert read(path.parent) == ("fan-01", "a:b")


@pytest.mark.parametrize("text", ["", "fan-01", "fan-01:", ":secret", "\n"])
def test_a_damaged_one_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(Unusable, match=r"device add .* --renew --for-emulator"):
        read(tmp_path)


@pytest.mark.broker
@pytest.mark.parametrize(
    ("arguments", "environ", "works"),
    [
        ((), {}, True),
        ((), {"EDGETWIN_BROKER_USERNAME": "x", "EDGETWIN_BROKER_PASSWORD": "y"}, True),
        (("--username", "x", "--password", "y"), {}, False),
    ],
)
def test_who_goes_before_whom(
    arguments: tuple[str, ...], environ: dict[str, str], tmp_path: Path, *, works: bool
) -> None:
    store = Credentials(tmp_path, site="workshop")
    store.add(["fan-01"], role=Role.DEVICE, for_emulator=True)
    lines = ("allow_anonymous false", f"password_file {store.folder / 'passwords'}")
    broker = Mosquitto(tmp_path / "mosquitto", lines)
    broker.start()
    command = emulator("--devices", 1, "--port", broker.port, "--data-dir", tmp_path, *arguments)
    log = tmp_path / "log"
    try:
        with program(command, log, **environ):
            word = "fan-01: connected" if works else "fan-01: not connected: the broker refused"
            eventually(lambda: word in log.read_text(), word)
    finally:
        broker.kill()


# ---------------------------------------------------------------- a login where there is none


def gateway(data_dir: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "gateway", *arguments]
    environ = os.environ | {"EDGETWIN_DATA_DIR": str(data_dir)}
    subprocess.run(command, env=environ, cwd=ROOT, check=True, capture_output=True)


@pytest.mark.slow
def test_where_make_up_ran_devices_get_logins_that_the_broker_knows(tmp_path: Path) -> None:
    gateway(tmp_path, "device", "add", "lab-01", "--for-emulator")
    kept = credential.read(tmp_path / "devices" / "lab-01")
    assert credential.ask_for(["lab-01", "lab-02", "lab-03"], tmp_path) == ""
    assert credential.read(tmp_path / "devices" / "lab-01") == kept
    logins = (tmp_path / "broker" / "passwords").read_text()
    for name in ("lab-01", "lab-02", "lab-03"):
        found = credential.read(tmp_path / "devices" / name)
        assert found is not None
        assert found[0] == name
        assert f"{name}:" in logins


@pytest.mark.slow
def test_a_boards_own_login_is_not_taken_from_it(tmp_path: Path) -> None:
    gateway(tmp_path, "device", "add", "lab-01")
    assert "lab-01" in credential.ask_for(["lab-01"], tmp_path)
    assert credential.read(tmp_path / "devices" / "lab-01") is None


def test_where_there_is_no_broker_of_ours_nothing_is_made(tmp_path: Path) -> None:
    assert credential.ask_for(["lab-01"], tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


def test_another_broker_is_not_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EDGETWIN_HOST", raising=False)
    assert parse([]).own_broker
    assert not parse(["--host", "192.0.2.1"]).own_broker
    assert not parse(["--port", "1"]).own_broker
