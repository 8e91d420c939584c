"""Births, statuses and results as they arrive, checked and typed. Pure: bytes in, structs out."""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from gateway.errors import Reason, Rejected
from gateway.messages import Birth, Result
from gateway.validate import MAX_PAYLOAD_BYTES

T = TypeVar("T")

_decode_birth: Final = msgspec.json.Decoder(Birth).decode
_decode_result: Final = msgspec.json.Decoder(Result).decode
_STATUSES: Final = {b"online": "online", b"offline": "offline"}


def birth(payload: bytes) -> Birth:
    """What a device says of itself. Raises Rejected: ``too_large`` or ``bad_birth``."""
    return _decoded(_decode_birth, payload, "bad_birth")


def result(payload: bytes) -> Result:
    """A device's answer to a command. Raises Rejected: ``too_large`` or ``bad_result``."""
    return _decoded(_decode_result, payload, "bad_result")


def status(payload: bytes) -> str:
    """``online`` or ``offline``. Raises Rejected: ``bad_status``."""
    try:
        return _STATUSES[payload]
    except KeyError:
        detail = "status must be the bare word online or offline"
        raise Rejected("bad_status", detail) from None


def _decoded(decoder: Callable[[bytes], T], payload: bytes, reason: Reason) -> T:
    if len(payload) > MAX_PAYLOAD_BYTES:
        detail = f"{len(payload)} bytes; a message may have {MAX_PAYLOAD_BYTES}"
        raise Rejected("too_large", detail)
    try:
        return decoder(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(reason, str(error)) from None
