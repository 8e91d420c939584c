"""The settings of this start and of the last in, what differs out; secrets only as changed."""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, Final

_SECRET: Final = ("token", "password")
# Whoever reads the journal must not guess a short password by trying.
_ITERATIONS: Final = 100_000
_SALT: Final = "salt"


def kept(settings: Mapping[str, Any], *, last: str) -> str:
    """What to keep until the next start: values, and hashes of secrets."""
    salt = _read(last).get(_SALT) or secrets.token_hex(16)
    shown = {name: _value(name, value, salt=salt) for name, value in settings.items()}
    return json.dumps({_SALT: salt, **shown}, sort_keys=True)


def changes(*, last: str, now: str) -> Iterator[str]:
    """A sentence for each setting that differs; none at the first start."""
    before, after = _read(last), _read(now)
    if not before:
        return
    for name in sorted(after.keys() | before.keys()):
        if before.get(name) != after.get(name):
            yield f"EDGETWIN_{name.upper()}: {_change(name, before.get(name), after.get(name))}"


def _change(name: str, old: str | None, new: str | None) -> str:
    if not _is_secret(name):
        return f"{old or 'empty'} → {new or 'empty'}"
    if not new:
        return "removed"
    return "changed" if old else "set"


def _value(name: str, value: object, *, salt: str) -> str:
    text = str(value)
    if not text or not _is_secret(name):
        return text
    return hashlib.pbkdf2_hmac("sha256", text.encode(), salt.encode(), _ITERATIONS).hex()


def _is_secret(name: str) -> bool:
    return name.endswith(_SECRET)


def _read(text: str) -> dict[str, str]:
    return dict(json.loads(text)) if text else {}
