"""Names of a route that mean no machine are said, with what is nearly called so."""

import msgspec
import pytest

from gateway.sinks.people.routing import Machine
from gateway.sinks.people.unmatched import doubt
from gateway.sinks.people.words import Route

MACHINES = {"fan-01": Machine("Extractor", "hall 2", "air"), "fan-02": Machine()}


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({}, None),
        ({"places": ["hall 2"], "groups": ["air"], "machines": ["fan-02"]}, None),
        ({"places": ["Hall 2"]}, "No machine is of the place 'Hall 2' (is 'hall 2' meant?)."),
        ({"groups": ["presses"]}, "No machine is of the group 'presses'."),
        ({"machines": ["Extractor"]}, "There is no machine 'Extractor'."),
        (
            {"machines": ["a", "b", "c", "d", "e"]},
            "; ".join(f"There is no machine '{name}'" for name in "abc") + " (and 2 more).",
        ),
    ],
)
def test_what_fits_no_machine_is_said(named: dict[str, list[str]], said: str | None) -> None:
    route = msgspec.convert({"name": "r", "tell": ["office"]} | named, Route)
    assert doubt(route, MACHINES) == said
