"""Whoever tells people, a mail server and a web hook, each real."""

from collections.abc import Iterator

import pytest

from tests.gateway.sinks.keeper import Keeper
from tests.gateway.sinks.people.office import Hook, MailServer, Post


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.stop()


@pytest.fixture
def post(keeper: Keeper) -> Iterator[Post]:
    made = Post(keeper)
    yield made
    made.stop()
