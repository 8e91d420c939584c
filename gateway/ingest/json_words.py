"""What msgspec calls a JSON value in; what a person calls it, out. Pure."""

from typing import Final

_WORDS: Final = {
    "array": "a list",
    "bool": "a boolean",
    "float": "a number",
    "int": "a number",
    "null": "null",
    "object": "an object",
    "str": "a text",
}


def in_words(complaint: str) -> str | None:
    """What was found, of msgspec's "Expected `array`, got `object`"; None of other complaints."""
    _, is_other, got = complaint.replace("`", "").rpartition("got ")
    return _WORDS.get(got, got) if is_other else None
