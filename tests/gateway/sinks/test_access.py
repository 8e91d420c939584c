"""Which InfluxDB the gateway writes to, and with what token."""

from pathlib import Path

import msgspec
import pytest

from contract.errors import Misconfigured
from gateway.sinks.influxdb import access
from gateway.sinks.influxdb.access import Access

MADE = Access(
    url="http://127.0.0.1:8086",
    org="edgetwin",
    bucket="edgetwin",
    history_bucket="edgetwin_history",
    token="made",
)


def _find(data_dir: Path, *, url: str = "", token: str = "") -> Access | None:
    return access.find(data_dir=data_dir, url=url, token=token, org="ours", bucket="b")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A data directory in which the set-up has run."""
    file = tmp_path / "influxdb" / "gateway.json"
    file.parent.mkdir()
    file.write_bytes(msgspec.json.encode(MADE))
    return tmp_path


def test_nothing_named_and_nothing_set_up_is_none(tmp_path: Path) -> None:
    assert _find(tmp_path) is None


def test_what_was_set_up_here_is_used(made: Path) -> None:
    assert _find(made) == MADE


def test_a_named_server_comes_first(made: Path) -> None:
    found = _find(made, url="https://influx.example:8086", token="mine")
    assert found == Access(
        url="https://influx.example:8086",
        org="ours",
        bucket="b",
        history_bucket="b_history",
        token="mine",
    )


def test_a_named_server_without_token_takes_the_one_that_was_made_for_it(made: Path) -> None:
    assert _find(made, url=MADE.url) == MADE


def test_a_token_is_never_sent_to_another_server(made: Path) -> None:
    found = _find(made, url="https://elsewhere.example")
    assert found is not None
    assert found.token == ""


def test_a_torn_file_says_what_to_do(made: Path) -> None:
    (made / "influxdb" / "gateway.json").write_text("{")
    with pytest.raises(Misconfigured, match="influx setup"):
        _find(made)
