"""Which token may keep the network out."""

import base64
import json
import random
from pathlib import Path
from typing import Final

import pytest

from contract.access import check_open_host, url_of, weakness

TOKENS: Final = json.loads((Path(__file__).parents[1] / "fixtures" / "tokens.json").read_text())


@pytest.mark.parametrize("token", TOKENS["weak"])
def test_a_token_that_can_be_guessed_opens_nothing_to_the_network(token: str) -> None:
    with pytest.raises(ValueError, match=r"EDGETWIN_API_TOKEN .*openssl rand -hex 32"):
        check_open_host("0.0.0.0", api_token=token)
    check_open_host("127.0.0.1", api_token=token)


@pytest.mark.parametrize("token", TOKENS["strong"])
def test_128_bits_will_do(token: str) -> None:
    check_open_host("192.168.1.4", api_token=token)


def test_what_a_generator_makes_is_taken() -> None:
    """Of the shortest there may be, some two in 100,000 look as if they were made by hand."""
    dice = random.Random(1)
    for _ in range(2_000):
        assert weakness(dice.randbytes(16).hex()) is None
        assert weakness(base64.urlsafe_b64encode(dice.randbytes(16)).decode().rstrip("=")) is None


def test_without_a_token_nothing_is_opened() -> None:
    with pytest.raises(ValueError, match=r"set EDGETWIN_API_TOKEN as well .*openssl"):
        check_open_host("::", api_token="")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8001"),
        ("localhost", "http://localhost:8001"),
        ("::1", "http://[::1]:8001"),
        ("[fd00::7]", "http://[fd00::7]:8001"),
    ],
)
def test_an_address_of_ipv6_stands_in_brackets(host: str, url: str) -> None:
    assert url_of(host, 8001) == url
