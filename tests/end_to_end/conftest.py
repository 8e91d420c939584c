"""What tests of a whole workshop share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.workshop import Workshop


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """A broker and a gateway that run; nobody measures yet."""
    with Workshop(tmp_path, devices=1) as made:
        made.broker.start()
        made.start_gateway()
        yield made
