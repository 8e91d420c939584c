"""What nobody can have meant of a parameter is refused; what is only odd is not."""

import pytest

from contract.assets import get as get_asset
from contract.assets.words import DOWNTIME_COST, PRICE_PER_KWH, Param
from contract.errors import Refused
from gateway.registry.bounds import check

SUPPLY = {param.name: param for param in get_asset("fan").params}["supply_voltage"]
COLD = Param(name="store", title="Store", unit="°C", default=4.0)
OFFSET = Param(name="offset", title="Offset", unit="mm", default=-2.0)


@pytest.mark.parametrize(
    ("param", "value"),
    [(SUPPLY, -12.0), (PRICE_PER_KWH, -5.0), (PRICE_PER_KWH, 1e300), (DOWNTIME_COST, -1.0)],
)
def test_a_slip_is_refused_with_what_may_be(param: Param, value: float) -> None:
    with pytest.raises(Refused, match=f"{param.name} may be 0 to .* is a slip"):
        check(param, value)


@pytest.mark.parametrize(
    ("param", "value"), [(SUPPLY, 24.0), (PRICE_PER_KWH, 0.0), (COLD, -18.0), (OFFSET, -3.0)]
)
def test_what_can_be_meant_is_taken(param: Param, value: float) -> None:
    check(param, value)
