"""One line a record, with time, level, part and (where there is one) the device in front."""

import logging
import sys
from typing import Final

_FORMAT: Final = "%(asctime)s %(levelname)-7s %(name)s %(message)s"


class Formatter(logging.Formatter):
    """Puts ``device=fan-01`` before the message of a record logged with ``extra={"device": ...}``.

    A device's name may be rubbish that somebody sent: nothing of it can begin a line of its own.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        device = getattr(record, "device", "")
        if device:
            record.message = f"device={_plain(device)} {record.message}"
        return super().formatMessage(record)


def _plain(text: str) -> str:
    return text if text.isprintable() and " " not in text else repr(text)


def configure(level: str) -> None:
    """Log to standard error; the supervisor keeps it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter(_FORMAT))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    # aiomqtt tells each new attempt with a trace back; the gateway's broker says it in a line.
    logging.getLogger("aiomqtt").setLevel(logging.CRITICAL)
    logging.getLogger("httpx").setLevel(logging.WARNING)
