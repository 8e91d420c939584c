"""One real influxd for the tests of the set-up."""

from collections.abc import Iterator

import pytest

from tests.influx.running import Influxd, running


@pytest.fixture(scope="module")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    with running(tmp_path_factory.mktemp("influxd")) as server:
        yield server
