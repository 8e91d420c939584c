"""Which token may keep the network out."""

import json
import secrets
from pathlib import Path
from typing import Final

import pytest

from gateway.access import check_open_host, weakness

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
    for _ in range(2_000):
        assert weakness(secrets.token_hex(16)) is None
        assert weakness(secrets.token_urlsafe(16)) is None


def test_without_a_token_nothing_is_opened() -> None:
    with pytest.raises(ValueError, match=r"set EDGETWIN_API_TOKEN as well .*openssl"):
        check_open_host("::", api_token="")
