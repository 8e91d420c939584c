"""What is told of a new login works, and says what the pages say."""

import tomllib
from pathlib import Path

from gateway.accounts import enrolment
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
    assert logins.has("press")
    assert not logins.has("pres")
    assert logins.take("press")
    assert not logins.take("press")
