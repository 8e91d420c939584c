"""What pydantic or msgspec finds of a value in, out what a person is to write. Pure."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from contract.topics import NAME_PATTERN

Ctx = Mapping[str, Any]

_NAME: Final = "write letters, digits, _ . and - only, at most 64, and begin with a letter or digit"
_CLOCK: Final = "write a time of day as 06:00 or 22:30"
_FINITE: Final = "it must be a number, and not an endless one"
_BOUNDS: Final = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
_EXPECTED: Final = re.compile(r"Expected `(?P<wanted>[^`]*)`(?:[^,]*, got `(?P<got>[^`]*)`)?")
_NONE: Final = "Invalid enum value"
_MISSING: Final = re.compile(r"Object missing required field `(\w+)`")
_IN_WORDS: Final = {
    "array": "a list", "bool": "true or false", "float": "a number", "int": "a whole number",
    "null": "nothing", "str": "a text",
}  # fmt: skip
_SHOWN: Final = "write it in characters that can be shown, and at least one"


def said(item: Mapping[str, Any]) -> str:
    """Half a sentence for one of ``ValidationError.errors()``, without its full stop."""
    words = _WORDS.get(item["type"])
    if item["type"] in _BOUNDS and _is_endless(item.get("input")):
        return _FINITE
    message = str(item["msg"]).removeprefix("Value error, ")
    return words(item.get("ctx", {})) if words else message


def unlike(
    error: msgspec.ValidationError,
    *,
    table: str = "an object",
    choices: Callable[[str], str] = lambda _: "",
) -> str:
    """Msgspec's "Expected `float`, got `str` - at `$.low`" as a person would say it.

    ``table``: what an object is called there; ``choices``: what else is said of a word whose value
    is none of a few.
    """
    complaint, _, path = f"{error} - at `$`".removesuffix(" - at `$`").partition(" - at `$")
    field = path.strip("`.")
    missing, wrong = _MISSING.match(complaint), _EXPECTED.match(complaint)
    if missing:
        return f"{field + ': ' if field else ''}it lacks {missing[1]}"
    if wrong is None or wrong["got"] is None:
        more = choices(field.rpartition(".")[2]) if complaint.startswith(_NONE) else ""
        return f"{field or 'it'}: {complaint.replace('`', '')}{more}"
    words = _IN_WORDS | {"object": table}
    wanted = " or ".join(words.get(each.strip(), each) for each in wrong["wanted"].split("|"))
    return f"{field or 'it'} is {words.get(wrong['got'], wrong['got'])}; it must be {wanted}"


def _is_endless(value: object) -> bool:
    try:
        return isinstance(value, float | str) and not math.isfinite(float(value))
    except ValueError:
        return False


def _bound(number: Any) -> Any:
    return int(number) if isinstance(number, float) and number.is_integer() else number


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
    "greater_than_equal": lambda ctx: f"it must be at least {_bound(ctx['ge'])}",
    "less_than_equal": lambda ctx: f"it may be at most {_bound(ctx['le'])}",
    "greater_than": lambda ctx: f"it must be above {_bound(ctx['gt'])}",
    "less_than": lambda ctx: f"it must be below {_bound(ctx['lt'])}",
    "finite_number": lambda _: _FINITE,
    "missing": lambda _: "it is missing",
    "extra_forbidden": lambda _: "it is not known here",
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
    "model_type": lambda _: "it must be an object",
}
