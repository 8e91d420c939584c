"""What if: what is asked and answered."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, FiniteFloat

from gateway.api.params import Body
from gateway.api.schema.base import Answer, TimeMs

MOST_HOURS: Final = 168.0
MOST_SEEDS: Final = 50
_Name = Annotated[str, Field(max_length=64)]
_Value = float | str


class WhatIfBody(Body):
    """What it would be told, and for how long."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"hours": 8, "seeds": 12, "inputs": {"set_point": 900}}]}
    )

    hours: Annotated[
        float, Field(gt=0, le=MOST_HOURS, allow_inf_nan=False, description="From now on.")
    ] = 8.0
    seeds: Annotated[
        int, Field(ge=1, le=MOST_SEEDS, description="How many virtual machines are tried.")
    ] = 12
    inputs: Annotated[
        dict[_Name, FiniteFloat | _Name],
        Field(default_factory=dict, max_length=100, description="`inputs` of its type."),
    ]
    params: Annotated[
        dict[_Name, FiniteFloat],
        Field(
            default_factory=dict,
            max_length=100,
            description="Parameters that are another value all the time.",
        ),
    ]
    progress: Annotated[bool, Field(description="Answer in lines that say how far it is.")] = False


class WhatIfBand(Answer):
    """The mean of the machines that tell it, and between what 90 % of them lie."""

    value: float | None
    low: float | None
    high: float | None


class WhatIfDelta(WhatIfBand):
    unit: str


class WhatIfSaved(Answer):
    """`null`: its type has no such figure."""

    kwh: WhatIfDelta | None
    cost: WhatIfDelta | None
    co2_kg: WhatIfDelta | None


class WhatIfInput(Answer):
    now: Annotated[_Value | None, Field(description="`null`: nobody knows what it is.")]
    then: _Value


class WhatIfChannel(Answer):
    """The mean of a channel."""

    name: str
    title: str
    unit: str
    decimals: int
    now: WhatIfBand
    then: WhatIfBand
    delta: WhatIfBand


class WhatIfFigure(WhatIfChannel):
    """A figure of all the hours."""

    role: str | None
    reason: Annotated[str | None, Field(description="Why a machine does not tell it.")]


class WhatIfChance(Answer):
    """A limit that would be passed, a fault that it leads to, or a state in which it is down."""

    kind: Literal["limit", "fault", "state"]
    name: Annotated[
        str,
        Field(
            description="That of its alarm; of a state `state.value`.",
            examples=["temperature_high"],
        ),
    ]
    label: str
    now: Annotated[
        WhatIfBand | None, Field(description="Share of machines, 0 to 1; `null`: of none.")
    ]
    then: WhatIfBand | None


class LeftOut(Answer):
    """A fault that is present and not simulated."""

    name: Annotated[str, Field(description="That of its alarm.")]
    label: str


class WhatIf(Answer):
    """What would be different."""

    device: str
    asset: str
    hours: float
    seeds: int
    from_ms: TimeMs
    to_ms: TimeMs
    inputs: Annotated[
        dict[str, WhatIfInput], Field(description="What it is told, as far as that is known.")
    ]
    delta: WhatIfSaved
    figures: list[WhatIfFigure]
    channels: list[WhatIfChannel]
    chances: list[WhatIfChance]
    left_out: Annotated[
        list[LeftOut], Field(description="Faults it has now: what is simulated has none of them.")
    ]
    note: str
