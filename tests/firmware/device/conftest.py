"""Spools of tests leave no file open behind them."""

from collections.abc import Iterator

import pytest

from tests.firmware.device.spools import abandon_all


@pytest.fixture(autouse=True)
def _spools_are_abandoned() -> Iterator[None]:
    yield
    abandon_all()
