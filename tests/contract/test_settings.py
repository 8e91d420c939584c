"""Settings as a process finds them: what is wrong is a sentence, what is not said has a default."""

from pathlib import Path

import pytest

from contract.errors import Misconfigured
from contract.machine_zone import machine_zone
from contract.settings import Settings, load


@pytest.fixture(autouse=True)
def _no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the checkout's ``.env``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EDGETWIN_TIME_ZONE", raising=False)


def test_a_zone_that_does_not_exist_is_named_with_one_that_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EDGETWIN_TIME_ZONE", "Europe/Londn")
    with pytest.raises(Misconfigured) as caught:
        load()
    assert str(caught.value).startswith(
        "EDGETWIN_TIME_ZONE: 'Europe/Londn' is no time zone: give a name of the IANA database such"
        " as Europe/London"
    )


@pytest.mark.parametrize("said", [None, ""])
def test_without_a_zone_it_is_the_machines(
    said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if said is not None:
        monkeypatch.setenv("EDGETWIN_TIME_ZONE", said)
    assert load().site_time.name == machine_zone().name


def test_the_sites_zone_is_the_one_that_is_set(tmp_path: Path) -> None:
    settings = Settings(time_zone="Pacific/Chatham", data_dir=tmp_path)
    assert settings.site_time.name == "Pacific/Chatham"
    assert settings.shifts_path == tmp_path / "shifts.toml"
