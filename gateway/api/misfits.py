"""What pydantic finds of a value in, out what a person is to write instead. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from contract.topics import NAME_PATTERN

Ctx = Mapping[str, Any]

_NAME: Final = "write letters, digits, _ . and - only, at most 64, and begin with a letter or digit"
_CLOCK: Final = "write a time of day as 06:00 or 22:30"
_SHOWN: Final = "write it in characters that can be shown, and at least one"


def said(item: Mapping[str, Any]) -> str:
    """Half a sentence for one of ``ValidationError.errors()``, without its full stop."""
    words = _WORDS.get(item["type"])
    message = str(item["msg"]).removeprefix("Value error, ")
    return words(item.get("ctx", {})) if words else message


def _pattern(ctx: Ctx) -> str:
    pattern = str(ctx["pattern"])
    if NAME_PATTERN in pattern:
        return _NAME
    if re.search(pattern, "06:30") and not re.search(pattern, "25:00"):
        return _CLOCK
    return _SHOWN if re.search(pattern, "Sam") else f"it must match {pattern}"


def _few(ctx: Ctx) -> str:
    return f"give at least {ctx['min_length']}"


def _many(ctx: Ctx) -> str:
    return f"give at most {ctx['max_length']}; these are {ctx.get('actual_length', 'more')}"


def _short(ctx: Ctx) -> str:
    least = ctx["min_length"]
    return "it is empty" if least == 1 else f"it must have at least {least} characters"


_WORDS: Final[Mapping[str, Callable[[Ctx], str]]] = {
    "string_pattern_mismatch": _pattern,
    "string_too_short": _short,
    "string_too_long": lambda ctx: f"it may have at most {ctx['max_length']} characters",
    "too_short": _few,
    "too_long": _many,
    "greater_than_equal": lambda ctx: f"it must be at least {ctx['ge']}",
    "less_than_equal": lambda ctx: f"it may be at most {ctx['le']}",
    "literal_error": lambda ctx: f"it must be {ctx['expected']}",
    "string_type": lambda _: "it must be a text",
    "int_type": lambda _: "it must be a whole number",
    "int_parsing": lambda _: "it must be a whole number",
    "int_from_float": lambda _: "it must be a whole number",
    "float_type": lambda _: "it must be a number",
    "float_parsing": lambda _: "it must be a number",
    "bool_type": lambda _: "it must be true or false",
    "bool_parsing": lambda _: "it must be true or false",
    "list_type": lambda _: "it must be a list",
    "dict_type": lambda _: "it must be an object",
    "model_attributes_type": lambda _: "it must be an object",
}
