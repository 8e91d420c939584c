"""What is wrong with a people.toml is a sentence that names the thing, and no address."""

import tomllib
from pathlib import Path

import pytest

from gateway.sinks.people import post
from gateway.sinks.people.file import PeopleFile
from gateway.sinks.people.words import parse

EXAMPLE = Path(__file__).parents[4] / "docs" / "examples" / "people.toml"
TARGETS = '[targets]\noffice = "json://s3cret@a"\n'
ROUTE = '[[route]]\nname = "all"\ntell = ["office"]\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no [targets]"),
        (TARGETS, "no [[route]]"),
        (TARGETS + ROUTE + "[other]\nx = 1", "'other'"),
        (TARGETS + ROUTE + ROUTE, 'two routes "all"'),
        (TARGETS + ROUTE.replace('"office"', '"boss"'), '"boss", which is not in [targets]'),
        (TARGETS + ROUTE + 'severity = "Bad"', 'route "all": Invalid enum value'),
        (TARGETS + ROUTE + "tells = 1", "tells"),
        (TARGETS + ROUTE + "digest_min = -1", "digest_min"),
        (TARGETS + ROUTE + "quiet = { from = 06:00:00, to = 06:00:00 }", "the same time"),
        (TARGETS + ROUTE + "escalate_after_min = 15", "go together"),
        (TARGETS + ROUTE + 'escalate_to = ["office"]', "go together"),
        (
            TARGETS + ROUTE + 'escalate_after_min = 9\nescalate_to = ["boss"]',
            '"boss", which is not',
        ),
        ("[targets]\noffice = 7\n" + ROUTE, 'target "office" must be one address'),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as found:
        parse(tomllib.loads(text))
    assert said in str(found.value)
    assert "s3cret" not in str(found.value)


def test_the_example_can_be_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "people.toml").write_text(EXAMPLE.read_text())
    file = PeopleFile(tmp_path, check=post.check)
    file.follow()
    assert file.mistake == ""
    assert file.plan is not None
    assert [route.name for route in file.plan.routes][1:] == ["on call", "late shift"]


def test_an_address_that_cannot_be_used_is_told_by_the_name_of_its_target(tmp_path: Path) -> None:
    file = PeopleFile(tmp_path, check=post.check)
    (tmp_path / "people.toml").write_text('[targets]\nx = "gibberish://s3cret"\n' + ROUTE)
    file.follow()
    assert "office" in file.mistake
    (tmp_path / "people.toml").write_text('[targets]\noffice = "gibberish://s3cret"\n' + ROUTE)
    file.follow()
    assert 'target "office" is no address' in file.mistake
    assert "s3cret" not in file.mistake


def test_a_file_that_was_spoilt_leaves_what_was_read_before(tmp_path: Path) -> None:
    file = PeopleFile(tmp_path, check=lambda *_: None)
    (tmp_path / "people.toml").write_text(TARGETS + ROUTE)
    file.follow()
    before = file.plan
    (tmp_path / "people.toml").write_text("[targets")
    file.follow()
    assert file.mistake.startswith("people.toml is not TOML")
    assert file.plan is before is not None


def test_of_an_address_nothing_but_its_scheme_is_shown() -> None:
    address = "mailtos://mailer:pa%24sword@mail.example.org?to=boss@example.org"
    assert post.masked(address) == "mailtos://…"
    said = "mailer failed at mail.example.org with pa$sword for boss@example.org"
    shown = post.hidden(said, address)
    assert not any(part in shown for part in ("mailer", "example", "pa$sword", "boss"))
