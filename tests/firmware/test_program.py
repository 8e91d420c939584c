"""What a board of each type carries of the models."""

from pathlib import Path

import pytest

from firmware import program

ROOT = Path(__file__).parents[2]
MODELS = "firmware/models/"


@pytest.mark.parametrize(
    ("asset", "names"),
    [
        ("fan", {"__init__", "fan", "noise", "simulated"}),
        (
            "dispenser",
            {"__init__", "dispenser", "meter", "noise", "preferences", "tanks", "users"}
            | {"simulated", "waterworks"},
        ),
    ],
)
def test_a_board_carries_what_its_model_is_made_of_and_no_other(
    asset: str, names: set[str]
) -> None:
    carried = [path for path in program.sources(asset) if path.startswith(MODELS)]
    assert sorted(carried) == sorted(f"{MODELS}{name}.py" for name in names)


@pytest.mark.parametrize("asset", ["fan", "dispenser"])
def test_its_model_compiles_for_the_chip(asset: str) -> None:
    for path in program.sources(asset):
        if path.startswith(MODELS):
            assert program.compiled(ROOT / path, name=path, arch="xtensawin")
