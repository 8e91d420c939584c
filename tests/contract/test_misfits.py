"""What does not fit is said as to a person, whatever pydantic calls it."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contract.misfits import said, unlike
from contract.topics import NAME_PATTERN
from gateway.api.params import Person
from gateway.api.window_bodies import WallTime


class Body(BaseModel):
    model_config = ConfigDict(strict=True)

    device: Annotated[str, Field(pattern=f"^{NAME_PATTERN}$")] = "a"
    by: Person = "Sam"
    begins: WallTime = "22:00"
    days: Annotated[list[str], Field(min_length=1, max_length=2)] = ["sat"]
    points: Annotated[int, Field(ge=2, le=9)] = 2
    bucket: Literal["day", "week"] = "day"
    share: Annotated[float, Field(gt=0, le=86_400.0)] = 0.5
    on: bool = True
    params: dict[str, int] = {}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("device", "Lüfter 5", "letters, digits, _ . and - only"),
        ("by", "", "it is empty"),
        ("by", "x" * 65, "at most 64 characters"),
        ("by", "a\x01b", "characters that can be shown"),
        ("by", "   ", "characters that can be shown"),
        ("by", 5, "a text"),
        ("begins", "24:00", "a time of day as 06:00 or 22:30"),
        ("days", [], "give at least 1"),
        ("days", ["a", "b", "c"], "give at most 2; these are 3"),
        ("days", "sat", "a list"),
        ("points", 1, "at least 2"),
        ("points", 10, "at most 9"),
        ("points", 2.5, "a whole number"),
        ("bucket", "year", "it must be 'day' or 'week'"),
        ("share", "x", "a number"),
        ("share", 0.0, "it must be above 0"),
        ("share", 1e6, "it may be at most 86400"),
        ("share", float("nan"), "not an endless one"),
        ("on", "yes", "true or false"),
        ("params", [], "an object"),
    ],
)
def test_it_says_what_to_write(field: str, value: Any, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Body(**{field: value})
    [item] = caught.value.errors()
    assert words in said(dict(item))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"at": "x"}, "at is a text; it must be a number or nothing"),
        ({}, "it lacks at"),
        ([], "it is a list; it must be an object"),
    ],
)
def test_of_msgspec_likewise(value: Any, words: str) -> None:
    class Place(msgspec.Struct):
        at: float | None

    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(value, Place)
    assert unlike(caught.value) == words
