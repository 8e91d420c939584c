"""What wears: what a type may say of it, and the sentences on what it may not."""

from dataclasses import replace

import pytest

from contract.assets import CATALOGUE
from contract.assets.fan import ASSET as FAN
from contract.assets.flaws import flaws
from contract.assets.machine_tool import ASSET as MACHINE_TOOL
from contract.assets.words import Asset
from contract.errors import WrongType
from contract.language.folding import Folding, Terms
from contract.language.program import program_of

[BEARING] = FAN.wears


def fan(**said: object) -> Asset:
    return replace(FAN, wears=(replace(BEARING, **said),))  # type: ignore[arg-type]


@pytest.mark.parametrize("asset", CATALOGUE.values(), ids=lambda asset: asset.name)
def test_every_type_says_what_of_it_wears(asset: Asset) -> None:
    assert asset.wears
    assert set(program_of(asset).signs) == {wear.name for wear in asset.wears}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"reset_by": "oiled"}, "reset_by is 'oiled', which is none of its events"),
        ({"advice": "look"}, "an advice that is a sentence"),
        ({"sign": ""}, "it needs a title, a sign"),
        ({"falls": True}, "it ends at the low limit of vibration, which has none"),
        ({"name": "power_w"}, "power_w: two things have this name"),
    ],
)
def test_what_does_not_hold_together_is_a_sentence(said: dict[str, object], sentence: str) -> None:
    assert sentence in "; ".join(flaws(fan(**said)))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"unit": "g"}, "it ends at the limit of vibration, which is in mm/s"),
        ({"ends_at": "vibrations"}, "`vibrations` is no parameter and no KPI"),
        ({"ends_at": "mean(vibration)"}, "it changes with what is measured"),
        ({"ends_at": "supply_voltage"}, "its unit 'mm/s'"),
        ({"shown_by": "mean(current)"}, "it gives"),
        ({"shown_by": "vibration"}, "has no one value over time"),
    ],
)
def test_a_wrong_formula_is_a_sentence(said: dict[str, object], sentence: str) -> None:
    with pytest.raises(WrongType, match=r"wear") as raised:
        program_of(fan(**said))
    assert sentence in str(raised.value)


def test_a_sign_is_of_the_time_in_which_it_runs() -> None:
    program = program_of(FAN)
    folding = Folding(program, terms=[Terms(0, program.defaults())], start_ms=0)
    for second in range(121):
        turns = second <= 60
        row = {"temperature": 30.0, "current": 1.0, "ambient": 20.0}
        row |= {"rpm": 1200.0, "vibration": 2.0} if turns else {"rpm": 0.0, "vibration": 0.0}
        folding.add(second * 1000, row)
    assert folding.answers(120_000).wear("bearing") == pytest.approx(2.0, rel=0.02)


def test_an_end_is_a_parameter_or_a_number_in_the_unit_of_the_wear() -> None:
    program = program_of(MACHINE_TOOL)
    terms = [Terms(0, program.defaults())]
    assert Folding(program, terms=terms, start_ms=0).answers(1).wear_ends_at("tool_edge") == 300.0
    plain = program_of(fan(ends_at="3.5"))
    terms = [Terms(0, plain.defaults())]
    assert Folding(plain, terms=terms, start_ms=0).answers(1).wear_ends_at("bearing") == 3.5
