"""An emulated device's own login: beside its spool, after the command line, before `.env`."""

from pathlib import Path

import pytest

from firmware.emulator.credential import FILE, Unusable, read
from gateway.credentials import Credential, Credentials, spool_file, write_file
from gateway.rights import Role
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
