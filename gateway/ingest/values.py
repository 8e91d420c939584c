"""What stands behind each channel's name in; numbers and texts out, and which is neither. Pure."""

from collections.abc import Mapping
from typing import Final

import msgspec

from contract.messages import Aside, Value
from gateway.ingest import no_numbers

_decode: Final = msgspec.json.Decoder(Value).decode


def parted(raws: Mapping[str, msgspec.Raw]) -> tuple[dict[str, Value], dict[str, Aside] | None]:
    """The values that are numbers or texts, and the channels whose value is neither."""
    found: dict[str, Value] = {}
    aside: dict[str, Aside] = {}
    for name, raw in raws.items():
        value = _value(raw)
        if value is None:
            shown = no_numbers.unmarked(bytes(raw))[:40].decode(errors="replace")
            aside[name] = Aside(None, "not_a_number", f"{name[:40]} is {shown}, not a number")
        else:
            found[name] = value
    return found, aside or None


def _value(raw: msgspec.Raw) -> Value | None:
    try:
        value: Value = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    is_word = type(value) is str and no_numbers.word_of(bytes(raw)) is not None
    return None if is_word else value
