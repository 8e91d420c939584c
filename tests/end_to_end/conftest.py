"""What tests of a whole workshop share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.workshop import Workshop

HERE = Path(__file__).parent
TIMEOUT_S = 900  # whole workshops: a loaded machine takes some minutes for what takes one


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(TIMEOUT_S))


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """A broker and a gateway that run; nobody measures yet."""
    with Workshop(tmp_path, devices=1) as made:
        made.broker.start()
        made.start_gateway()
        yield made
