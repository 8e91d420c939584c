"""An update where each may only do what is its own: logins and ACL as ``make up`` writes them."""

from pathlib import Path

import pytest

from firmware import keys
from gateway.accounts.credentials import UPDATER, Credential, Credentials
from gateway.accounts.rights import Role
from tests.firmware.servers import Gateway
from tests.firmware.update.boards import DEVICE, KEY, NEW, Bench, changed
from tests.firmware.update.test_command import run
from tests.mosquitto import HOST, Mosquitto, free_port

pytestmark = [pytest.mark.micropython, pytest.mark.broker]


class Guarded(Mosquitto):
    """Asks for logins at ``port``; the stand-in for the gateway comes in at ``side_port``."""

    def __init__(self, directory: Path, folder: Path) -> None:
        super().__init__(directory / "mosquitto")
        self.side_port = free_port()
        self.config.write_text(
            f"per_listener_settings true\nuser root\n"
            f"listener {self.port} {HOST}\nallow_anonymous false\nuse_username_as_clientid true\n"
            f"password_file {folder / 'passwords'}\nacl_file {folder / 'acl'}\n"
            f"listener {self.side_port} {HOST}\nallow_anonymous true\n"
        )


def provisioned(data_dir: Path) -> tuple[Credentials, Credential]:
    credentials = Credentials(data_dir, site="workshop")
    credentials.own(UPDATER)
    (board,) = credentials.add([DEVICE], role=Role.DEVICE)
    path = keys.path_of(data_dir, DEVICE)
    path.parent.mkdir(parents=True)
    path.write_text(KEY.hex())
    return credentials, board


def test_a_board_and_the_updater_have_the_rights_that_an_update_needs(tmp_path: Path) -> None:
    data_dir = tmp_path / "var"
    credentials, login = provisioned(data_dir)
    broker = Guarded(tmp_path, credentials.folder)
    broker.start()
    gateway = Gateway(broker.side_port)
    bench = Bench(broker=broker, gateway=gateway, flash=tmp_path / "flash")
    changed().write(tmp_path / "release.zip")
    options = ("--device", DEVICE, "--port", broker.port, "--data-dir", data_dir)
    try:
        with bench.board(username=login.username, password=login.password):
            done = run(*options, "--release", tmp_path / "release.zip")
            assert done.returncode == 0, done.stderr
            assert f"{DEVICE} runs {NEW}." in done.stdout
    finally:
        gateway.close()
        broker.kill()
