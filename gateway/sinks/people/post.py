"""A message to one address through apprise, which blocks: on whatever thread it is called.

An address holds passwords and tokens. Nothing of it but its scheme leaves here, and what apprise
says of a failure only without any part of it.
"""

import logging
import re
import threading
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import unquote

from contract.errors import Unavailable
from gateway.sinks.people.message import Message
from gateway.sinks.people.same_message import keyed

if TYPE_CHECKING:  # an import of its hundred services costs memory: only who has people.toml pays
    from apprise import NotifyBase

_SHORTEST_SECRET: Final = 3
_LONGEST_DETAIL: Final = 300
_SILENT: Final = "the service did not take it, and did not say why"


def check(name: str, address: str) -> None:
    """Raises ValueError: apprise knows no such service, or a part of the address is missing."""
    if _service(address) is None:
        raise ValueError(
            f'target "{name[:64]}" is no address that can be used: see '
            "https://github.com/caronc/apprise/wiki for how that service is written"
        )


def masked(address: str) -> str:
    """The scheme, which says what kind of service it is, and nothing more."""
    return f"{address.partition('://')[0][:32]}://…"


def send(address: str, message: Message, key: str) -> None:
    """Send a message, the same as any other with that ``key``, where a service has a place for it.

    Raises:
        Unavailable: it did not arrive. The text says why, as far as that is known, and holds
            nothing of the address.
    """
    service = _service(address)
    if service is None:
        raise Unavailable("the address cannot be used")
    with keyed(service, key), _Overheard() as overheard:
        is_told = service.notify(title=message.title, body=message.body, body_format="text")
    if not is_told:
        raise Unavailable(hidden(overheard.text or _SILENT, address)[:_LONGEST_DETAIL])


def hidden(text: str, address: str) -> str:
    """``text`` without any part of the address."""
    rest = address.partition("://")[2]
    parts = {part for piece in (rest, unquote(rest)) for part in re.split(r"[/?&=:@,;# ]+", piece)}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _SHORTEST_SECRET:
            text = text.replace(part, "…")
    return " ".join(text.split())


def _service(address: str) -> "NotifyBase | None":
    made: NotifyBase | None = _apprise().Apprise.instantiate(address, suppress_exceptions=True)
    return made


@cache
def _apprise() -> Any:
    """The library, which logs through us alone: its own lines hold addresses."""
    import apprise  # noqa: PLC0415  (see above)

    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    logger.addHandler(logging.NullHandler())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        apprise.Apprise.instantiate("json://localhost")  # imports its services, not all up to date
    return apprise


class _Overheard(logging.Handler):
    """What apprise logs on this thread, which is all that it tells of a failure."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self._lines: list[str] = []

    @property
    def text(self) -> str:
        return "; ".join(self._lines[:4])

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self._lines.append(record.getMessage())

    def __enter__(self) -> Self:
        logging.getLogger("apprise").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)
