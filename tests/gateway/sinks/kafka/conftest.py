"""A real Kafka shared by the tests of a worker; each test has topics of its own."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.sinks.kafka.access import Access
from gateway.sinks.kafka.sink import Kafka as KafkaSink
from tests import kafka
from tests.certificates import authority, certify
from tests.gateway.sinks.kafka.guarded import Guarded
from tests.kafka import Kafka

_numbers = itertools.count()


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    """The listener of the server that encrypts and wants a login."""
    directory = tmp_path_factory.mktemp("certificates")
    authority(directory, "ours")
    certify(directory, by="ours", host=Guarded.HOST)
    return Guarded(directory)


@pytest.fixture(scope="session")
def server(guarded: Guarded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    directory = tmp_path_factory.mktemp("kafka")
    with kafka.running(
        directory, more=guarded.lines, listeners=[guarded.listener], users=guarded.users
    ) as made:
        yield made


@pytest.fixture
def sink(server: Kafka) -> KafkaSink:
    access = Access(servers=server.servers, prefix=f"test{next(_numbers)}.")
    return KafkaSink(access=access, site="works", timeout_s=5.0)


@pytest.fixture
def untrusted(tmp_path: Path) -> Path:
    """The certificate of an authority that has signed nothing."""
    authority(tmp_path, "other")
    return tmp_path / "other.pem"
