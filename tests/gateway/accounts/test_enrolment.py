"""What is told of a new login works, and says what the pages say."""

import json
import shlex
import tomllib
from pathlib import Path

import pytest

from contract.assets import CATALOGUE, GENERIC
from gateway.accounts import enrolment
from gateway.accounts.credentials import Credential, spool_file, write_file
from gateway.accounts.logins import Logins
from tests.gateway.api.workshop import OwnSettings

ROOT = Path(__file__).parents[3]


def test_the_commands_are_those_of_the_pages() -> None:
    pages = [ROOT / "README.md", ROOT / "docs" / "boards.md"]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    for line in enrolment.FLASH:
        assert line in text


def test_a_board_reads_its_lines(tmp_path: Path) -> None:
    settings = OwnSettings(data_dir=tmp_path)
    logins = Logins(tmp_path, site=settings.site)
    made = enrolment.enrolment(logins.make("press"), settings, asset="fan")
    site = tomllib.loads(made.site_toml)
    assert site["device"] == {"id": "press", "asset": "fan"}
    assert (site["broker"]["username"], site["broker"]["password"]) == ("press", made.password)
    assert not made.is_reachable
    assert logins.boards() == ["press"]
    write_file(spool_file(tmp_path, "press"), Credential(username="press", password="x"))
    assert logins.boards() == []  # an emulated one is nobody's to connect
    spool_file(tmp_path, "press").unlink()
    assert logins.has("press")
    assert not logins.has("pres")
    assert logins.take("press")
    assert not logins.take("press")


@pytest.mark.parametrize("asset", [None, GENERIC, *CATALOGUE])
def test_the_reading_to_try_makes_no_machine_of_another_type(
    tmp_path: Path, asset: str | None
) -> None:
    settings = OwnSettings(data_dir=tmp_path)
    login = Logins(tmp_path, site=settings.site).make("press")
    line = shlex.split(enrolment.publish_line(login, settings, asset=asset))
    values = json.loads(line[line.index("-m") + 1])["values"]
    known = [each.name for each in CATALOGUE.values() if set(values) & set(each.by_name)]
    assert (asset in known) if asset in CATALOGUE else known == []
