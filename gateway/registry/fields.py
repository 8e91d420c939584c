"""What is said of a machine and a merge patch in, what it changes out. Pure.

A patch is one of RFC 7386: what it names is set, null takes a field back, and what it does not
name stays.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from contract import assets
from contract.assets import GENERIC
from contract.errors import NotFound, Refused

MOST_TAGS: Final = 20
LONGEST_TAG: Final = 32


class Fields(msgspec.Struct, frozen=True, omit_defaults=False):
    """A device's own fields; those that nobody has set are empty.

    ``asset`` is the type that a person has decided on: it goes before the birth's word and before
    what its channels look like. None: nobody has.
    """

    name: str = ""
    place: str = ""
    group: str = ""
    model: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    asset: str | None = None


NAMES: Final = Fields.__struct_fields__
_NONE: Final = Fields()


def amended(fields: Fields, patch: Mapping[str, Any]) -> Fields:
    """``fields`` after ``patch``.

    Raises:
        Refused: the patch names a field there is not, or a value that its field does not take.
    """
    return msgspec.structs.replace(fields, **{name: checked(name, patch[name]) for name in patch})


def changes(before: Fields, after: Fields) -> dict[str, Any]:
    """The fields that differ, with what they are now; None: it was taken back."""
    return {
        name: None if value == getattr(_NONE, name) else value
        for name in NAMES
        if (value := getattr(after, name)) != getattr(before, name)
    }


def checked(name: str, value: Any) -> Any:
    """``value`` as the field ``name`` holds it; null is what it is while nobody has set it.

    Raises:
        Refused: the field does not take it, or there is none of that name.
    """
    check = _CHECKS.get(name)
    if check is None:
        raise Refused(f"A machine has no field {name[:40]!r}; it has {', '.join(NAMES)}.")
    return getattr(_NONE, name) if value is None else check(name, value)


def _text(longest: int, *, is_long: bool = False) -> Callable[[str, Any], str]:
    def check(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise Refused(f"{name} must be a text, or null to take it back.")
        text = value.strip()
        if len(text) > longest:
            raise Refused(f"{name} may have {longest} characters; this has {len(text)}.")
        allowed = text.replace("\n", "").replace("\t", "") if is_long else text
        if not allowed.isprintable():
            raise Refused(f"{name} holds a character that cannot be shown: write it in words.")
        return text

    return check


def _tags(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(tag, str) for tag in value):
        raise Refused(f'{name} must be a list of texts such as ["hall 2", "night shift"].')
    tags = tuple(dict.fromkeys(tag.strip() for tag in value if tag.strip()))
    if len(tags) > MOST_TAGS:
        raise Refused(f"A machine may have {MOST_TAGS} tags; these are {len(tags)}.")
    for tag in tags:
        if len(tag) > LONGEST_TAG or not tag.isprintable():
            raise Refused(f"A tag may have {LONGEST_TAG} plain characters; {tag[:40]!r} has not.")
    return tags


def _asset(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(f"{name} must name an asset type, or be null to leave it to the birth.")
    if value == GENERIC:
        return value
    try:
        return assets.get(value).name
    except NotFound as error:
        raise Refused(str(error)) from None


_CHECKS: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    "name": _text(80),
    "place": _text(80),
    "group": _text(64),
    "model": _text(120),
    "notes": _text(2_000, is_long=True),
    "tags": _tags,
    "asset": _asset,
}
