"""A telemetry payload in, what can be told of it in spite of all that is wrong with it. Pure."""

from typing import Final

import msgspec

from gateway.ingest import no_numbers


class _Named(msgspec.Struct, gc=False):
    values: dict[str, msgspec.Raw]


_decode_raws: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_named: Final = msgspec.json.Decoder(_Named).decode


def items_of(payload: bytes) -> tuple[list[bytes], bool]:
    """The items of a list, and whether what is no number in them is marked.

    Raises as msgspec does.
    """
    try:
        return [bytes(raw) for raw in _decode_raws(payload)], False
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        marked = no_numbers.marked(payload)
        if marked is None:
            raise
        return [bytes(raw) for raw in _decode_raws(marked)], True


def own_items(payload: bytes) -> list[bytes]:
    """The items of a list that was decoded, as they came."""
    return [no_numbers.unmarked(item) for item in items_of(payload)[0]]


def channels_of(payload: bytes) -> frozenset[str]:
    """The channels a payload names; of a list, its first item."""
    text = no_numbers.marked(payload) or payload
    try:
        if text.lstrip()[:1] == b"[":
            text = bytes(_decode_raws(text)[0])
        return frozenset(_decode_named(text).values)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, IndexError):
        return frozenset()
