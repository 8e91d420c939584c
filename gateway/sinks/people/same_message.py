"""A message that is sent again under the name it had: a mail's Message-ID, a web hook's key.

Mails are named anew by apprise when they are sent, and it takes no name from outside. The function
by which it does that is ours, which looks at what the calling thread is sending.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, Final

IDEMPOTENCY_KEY: Final = "Idempotency-Key"  # draft-ietf-httpapi-idempotency-key-header
_key: ContextVar[str] = ContextVar("key", default="")


@contextmanager
def keyed(service: Any, key: str) -> Iterator[None]:
    """What ``service``, one of apprise's, sends inside is named ``key`` where it has a place."""
    if isinstance(service, _mail()):
        token = _key.set(key)
        try:
            yield
        finally:
            _key.reset(token)
        return
    if isinstance(getattr(service, "headers", None), dict):
        service.headers.setdefault(IDEMPOTENCY_KEY, key)
    yield


@cache
def _mail() -> type:
    """The library's mail, which from then on names its messages by ours."""
    import apprise.plugins.email.base  # noqa: PLC0415  (its import costs memory, see post)

    base: Any = apprise.plugins.email.base
    original = base.make_msgid

    def named(idstring: str | None = None, domain: str | None = None) -> str:
        key = _key.get()
        return f"<{key}@{domain or 'edgetwin'}>" if key else original(idstring, domain)

    base.make_msgid = named
    mail: type = base.NotifyEmail
    return mail
