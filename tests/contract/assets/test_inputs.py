"""What a virtual machine can be told, as a type has it: sentences for what cannot be."""

from dataclasses import replace
from typing import Any

import pytest

from contract.assets import get
from contract.assets.flaws import flaws
from contract.assets.words import Input

LOAD: dict[str, Any] = {
    "name": "load",
    "title": "Load",
    "unit": "%",
    "low": 0.0,
    "high": 150.0,
    "default": 100.0,
}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, ""),
        ({"name": "two words"}, "is no name"),
        ({"default": 151.0}, "its default (151.0) must be a number from low to high (0 to 150)"),
        ({"default": "much"}, "its default (much) must be a number"),
        ({"high": 0.0, "default": 0.0}, "it needs a low, a high above it and a unit, or choices"),
        ({"unit": ""}, "it needs a low, a high above it and a unit, or choices"),
        ({"choices": ("little", "much"), "default": "none"}, "which is none of its choices"),
        ({"channel": "torque"}, "it is told by 'torque', which is none of its channels"),
        ({"param": "users"}, "'users' must be a parameter in %"),
        ({"param": "supply_voltage"}, "'supply_voltage' must be a parameter in %"),
    ],
)
def test_an_input_that_cannot_be_is_named(changed: dict[str, Any], words: str) -> None:
    found = flaws(replace(get("fan"), inputs=(Input(**(LOAD | changed)),)))
    assert len(found) == bool(words)
    assert all(words in sentence for sentence in found)


def test_two_inputs_of_one_name_are_named() -> None:
    found = flaws(replace(get("fan"), inputs=(Input(**LOAD),) * 2))
    assert found == ["load: two things have this name: one name each"]
