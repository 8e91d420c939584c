"""A real InfluxDB shared by the tests that do not kill it; each test has buckets of its own."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.sinks.influxdb.access import Access
from tests.gateway.sinks.keeper import Keeper
from tests.influx.running import Influxd, running

_numbers = itertools.count()


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    with running(tmp_path_factory.mktemp("influxd")) as server:
        yield server


@pytest.fixture
def access(influxd: Influxd, tmp_path: Path) -> Access:
    """Buckets of this test, and the gateway's least-privilege token for them."""
    return influxd.set_up(
        data_dir=tmp_path / "setup",
        influxdb_bucket=f"test{next(_numbers)}",
        influxdb_admin_token=influxd.admin_token,
    )


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    found = Keeper(tmp_path)
    yield found
    found.close()
