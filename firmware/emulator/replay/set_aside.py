"""What the gateway set aside of a replay, asked of it: identities out of its quarantine."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

_TIMEOUT_S: Final = 10.0
_MOST: Final = 1_000


class SetAside(NamedTuple):
    """An item that was refused for good."""

    epoch: str
    seq: int
    reason: str


class NotTold(OSError):
    """The gateway does not say; the text says why."""


def asked(url: str, device: str, *, token: str) -> list[SetAside]:
    """The newest ones of ``device``, at most ``_MOST``.

    Raises:
        NotTold: the gateway does not answer so.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(  # noqa: S310 - http, of our own settings
        f"{url}/quarantine?device={device}&limit={_MOST}", headers=headers
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            found: list[Mapping[str, Any]] = json.load(answer)
        return [_one(each) for each in found if each.get("seq") is not None]
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise NotTold(f"{url} does not say ({error})") from error


def _one(row: Mapping[str, Any]) -> SetAside:
    return SetAside(str(row["epoch"]), int(row["seq"]), str(row["reason"]))
