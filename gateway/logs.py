"""One line a record, with time, level, part and (where there is one) the device in front."""

import logging
import sys
from typing import Final

_FORMAT: Final = "%(asctime)s %(levelname)-7s %(name)s %(message)s"


def configure(level: str) -> None:
    """Log to standard error; the supervisor keeps it."""
    logging.basicConfig(level=level.upper(), format=_FORMAT, stream=sys.stderr)
    # aiomqtt tells each reconnection attempt with a trace back; gateway.broker says it in a line.
    logging.getLogger("aiomqtt").setLevel(logging.CRITICAL)
    logging.getLogger("httpx").setLevel(logging.WARNING)
