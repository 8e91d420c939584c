"""Where a bucket is, as a person says it, and what lets one in."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from contract.errors import Refused, reason

VARIABLE: Final = "INFLUX_TOKEN"  # as InfluxData's own programs call it
_SCHEMES: Final = {"influxdb": "http", "influxdbs": "https"}
_PORT: Final = 8086
_FORM: Final = "influxdb://HOST:PORT/ORGANISATION/BUCKET (influxdbs:// where it has a certificate)"


@dataclass(frozen=True, kw_only=True)
class Address:
    """Attributes: ``url`` is of the server, without a path."""

    url: str
    org: str
    bucket: str


def is_one(text: str) -> bool:
    """Whether a person means a bucket, and no file."""
    return text.partition("://")[0] in _SCHEMES and "://" in text


def parsed(text: str) -> Address:
    """Raises Refused: it cannot be read; the text never shows what may be a secret."""
    try:
        parts = urlsplit(text, allow_fragments=False)  # a bucket may be called a#1
        host, port = parts.hostname, parts.port or _PORT
    except ValueError as error:
        raise Refused(f"That is no address of a bucket ({error}): say {_FORM}.") from error
    if parts.username is not None or parts.password is not None or parts.query:
        raise Refused(
            f"A token has no place in an address, where others read it: put it into {VARIABLE}, or"
            " into a file for --token-file."
        )
    names = [unquote(name) for name in parts.path.strip("/").split("/")]
    if not host or len(names) != 2 or not all(names):  # noqa: PLR2004
        raise Refused(f"That is no address of a bucket: say {_FORM}.")
    shown = f"[{host}]" if ":" in host else host
    return Address(url=f"{_SCHEMES[parts.scheme]}://{shown}:{port}", org=names[0], bucket=names[1])


def token(file: Path | None, environment: Mapping[str, str] = os.environ) -> str:
    """Raises Refused: there is none."""
    if file is not None:
        try:
            found = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError) as error:
            raise Refused(f"{file} has no token that can be read: {reason(error)}.") from error
    else:
        found = environment.get(VARIABLE, "").strip()
    if not found or not found.isascii() or not found.isprintable():
        raise Refused(
            f"InfluxDB wants a token that may read the bucket: put it into {VARIABLE}, or into a"
            " file for --token-file."
        )
    return found
