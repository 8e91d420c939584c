"""What people say of a machine: what a patch changes, and what no field takes."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import Refused
from gateway.registry.fields import NAMES, Fields, amended, changes

LABELLED = Fields(name="Extract fan", place="hall 2", tags=("night",), asset="fan")

texts = st.text("abc öß", max_size=12)
patches = st.fixed_dictionaries(
    {},
    optional={
        "name": st.none() | texts,
        "place": st.none() | texts,
        "group": st.none() | texts,
        "model": st.none() | texts,
        "notes": st.none() | st.text("ab \n", max_size=30),
        "tags": st.none() | st.lists(texts, max_size=5),
        "asset": st.none() | st.just("fan"),
    },
)


@given(first=patches, second=patches)
def test_what_a_patch_does_not_name_stays(first: dict[str, Any], second: dict[str, Any]) -> None:
    before = amended(Fields(), first)
    after = amended(before, second)
    for name in NAMES:
        if name not in second:
            assert getattr(after, name) == getattr(before, name)


@given(patch=patches)
def test_a_patch_said_twice_changes_nothing_the_second_time(patch: dict[str, Any]) -> None:
    once = amended(Fields(), patch)
    assert changes(once, amended(once, patch)) == {}


@given(first=patches, second=patches)
def test_the_changes_lead_from_the_one_to_the_other(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    before, after = amended(Fields(), first), amended(Fields(), second)
    assert amended(before, changes(before, after)) == after


def test_null_takes_every_field_back() -> None:
    assert amended(LABELLED, dict.fromkeys(NAMES)) == Fields()


def test_texts_are_stored_without_the_spaces_around_them_and_tags_once() -> None:
    said = amended(Fields(), {"name": "  Fan 2 ", "tags": ["a", " a", "", "b"]})
    assert said == Fields(name="Fan 2", tags=("a", "b"))


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ({"colour": "red"}, "has no field 'colour'; it has name, place, group"),
        ({"name": 7}, "name must be a text, or null"),
        ({"name": "x" * 81}, "name may have 80 characters; this has 81"),
        ({"place": "hall\n2"}, "place holds a character that cannot be shown"),
        ({"notes": "a\x00"}, "notes holds a character that cannot be shown"),
        ({"tags": "night"}, "tags must be a list of texts"),
        ({"tags": [1]}, "tags must be a list of texts"),
        ({"tags": [str(n) for n in range(21)]}, "may have 20 tags; these are 21"),
        ({"tags": ["x" * 33]}, "A tag may have 32 plain characters"),
        ({"asset": "toaster"}, "no asset type 'toaster'. Known types:"),
        ({"asset": 1}, "asset must name an asset type"),
    ],
)
def test_what_a_field_does_not_take_is_said_in_a_sentence(
    patch: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words.replace("(", r"\(")):
        amended(LABELLED, patch)


def test_a_patch_with_one_bad_field_changes_none() -> None:
    before = msgspec.structs.replace(LABELLED)
    with pytest.raises(Refused):
        amended(before, {"name": "New", "tags": 1})
    assert before == LABELLED
