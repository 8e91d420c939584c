"""Why a figure cannot be told, in words for a person."""

from contract.assets import get
from contract.language.program import program_of
from tests.contract.assets import bench
from tests.contract.assets.worked import answers, fold


def test_a_gain_that_is_none_never_pays_and_that_is_the_reason() -> None:
    program = program_of(get("instrument"))
    items = [(at * 2500, "", bench.reading(samples=at // 30)) for at in range(100)]
    found = answers(fold(items, program)[0], program)
    assert found.kpi("utilisation_percent").value == 100.0  # above its target
    assert found.kpi("payback_months").value is None
    reason = found.reason("payback_months") or ""
    assert reason.startswith("there is nothing to divide by: ")
    assert reason.endswith("gain_a_month - system_upkeep) is not above 0")
