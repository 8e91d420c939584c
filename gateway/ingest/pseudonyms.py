"""Items that name a person in; the same under a pseudonym out, before anything else sees them.

A pseudonym is a keyed hash: the same person has the same one on every machine and for good, and
whoever has not the key cannot try names. So figures by operator work, and nobody reads who it was.
What is stored has no name in it, and neither has anything that is made of it.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Collection
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

from contract.assets import CATALOGUE
from contract.messages import Aside, Event, Reading, Value
from hosting.private import write_new

FILE: Final = "pseudonyms.key"  # below the data directory: who deletes it has parted both for good
_KEY_BYTES: Final = 32
_LETTERS: Final = 10  # of base 32: 50 bits, and no two of a thousand people share one
_MADE: Final = re.compile(rf"P-[A-Z2-7]{{{_LETTERS}}}")
# Of JSON, as far as it is there: a text, a flat list or object, what is nested deeper with all that
# follows it, or anything else.
_VALUE: Final = (
    r'"(?:[^"\\]|\\[\s\S])*"?'
    r'|[\[{](?:[^"\[\]{}]|"(?:[^"\\]|\\[\s\S])*")*[\]}]'
    r"|[\[{][\s\S]*"
    r'|[^",}\]]*'
)
_PEOPLE: Final = 4_096  # that are remembered at a time


def key_of(data_dir: Path) -> bytes:
    """The site's key, made where there is none.

    Raises:
        OSError: it can be neither read nor made.
        ValueError: what is there is no key; the sentence says what to do.
    """
    path = data_dir / FILE
    with suppress(FileNotFoundError):
        key = path.read_bytes()
        if len(key) == _KEY_BYTES:
            return key
        raise ValueError(
            f"{path} holds {len(key)} bytes and is no key of pseudonyms: bring it back from a"
            " backup. If it is lost for good, delete it: people then get other pseudonyms."
        )
    key = secrets.token_bytes(_KEY_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_new(path, key)
    return key


class Pseudonyms:
    """Hides who is named by a type's personal labels."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.of = lru_cache(maxsize=_PEOPLE)(self._of)

    def _of(self, name: str) -> str:
        """A person's pseudonym; that of one is itself, so that nothing is hidden twice."""
        if _MADE.fullmatch(name):
            return name
        digest = hmac.digest(self._key, " ".join(name.split()).encode(), hashlib.sha256)
        return f"P-{base64.b32encode(digest).decode()[:_LETTERS]}"

    def hide(self, item: Reading | Event, personal: Collection[str]) -> None:
        """Put pseudonyms in the place of the names in it, however the label is written."""
        named = {name: v for name, v in item.values.items() if name.casefold() in personal}
        if named:
            shown = {name: self._hidden(value) for name, value in named.items()}
            item.values = {**item.values, **shown}
        for name in [name for name in item.aside or () if name.casefold() in personal]:
            detail = f"{name[:40]} was no text; it is about a person and was not kept"
            item.aside[name] = Aside(None, "not_a_text", detail)  # type: ignore[index]

    def _hidden(self, value: Value) -> str:
        text = value if isinstance(value, str) else f"{value:.15g}"
        return self.of(text) if text.strip() else text

    def hide_raw(self, raw: bytes, personal: Collection[str]) -> bytes:
        """The same of a message that is kept as it came, whatever is wrong with it."""
        if not personal:
            return raw
        names = "|".join(map(re.escape, sorted(personal)))
        pattern = rf'("(?i:{names})"\s*:\s*)({_VALUE})'
        return re.sub(pattern.encode(), self._hidden_part, raw)

    def _hidden_part(self, found: re.Match[bytes]) -> bytes:
        try:
            value = json.loads(found[2])
        except ValueError:  # half a text, or none
            value = found[2].decode(errors="replace")
        text = value if isinstance(value, str) else json.dumps(value)
        return found[1] + json.dumps(self.of(text)).encode()


def personal_names() -> frozenset[str]:
    """What any type calls a person: for a message of which nobody knows the type."""
    return frozenset[str]().union(*(asset.personal for asset in CATALOGUE.values()))
