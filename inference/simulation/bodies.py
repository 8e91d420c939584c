"""What a simulation is asked, as JSON: shapes only; ``asked`` knows what a type can be told."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
    field_validator,
    model_validator,
)

from contract.misfits import said
from inference.errors import BadRequest

MOST_HOURS: Final = 24 * 366.0
MOST_SEEDS: Final = 200
MOST_SCENARIOS: Final = 12
MOST_READINGS: Final = 50_000  # in one answer
_MOST_NAMES: Final = 200
_LATEST_MS: Final = 2**50

Name = Annotated[str, Field(min_length=1, max_length=64)]
Told = dict[Name, FiniteFloat | Annotated[str, Field(max_length=64)]]
Params = Annotated[dict[Name, FiniteFloat], Field(max_length=_MOST_NAMES)]
Hours = Annotated[float, Field(gt=0, le=MOST_HOURS, allow_inf_nan=False)]
Interval = Annotated[
    float | None,
    Field(
        ge=0.1,
        le=60,
        allow_inf_nan=False,
        description="seconds from one reading to the next; null: as figures need it",
    ),
]
Start = Annotated[
    int | None,
    Field(ge=0, le=_LATEST_MS, description="Unix ms of the first reading; null: a Monday, 0:00"),
]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
Inputs = Annotated[
    Told, Field(max_length=_MOST_NAMES, description="see inputs of the gateway's /catalogue")
]
Progress = Annotated[
    bool,
    Field(description='answer in lines of JSON: {"done": 0 to 1}, …, and last {"answer": …}'),
]


class Body(BaseModel):
    """A request; what it does not name is taken as it is usual."""

    model_config = ConfigDict(strict=True, extra="forbid")


class FaultBody(Body):
    """A fault that is injected, and cleared after ``for_h`` hours; null: it stays."""

    fault: Name
    after_h: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    for_h: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None


Faults = Annotated[list[FaultBody], Field(max_length=50)]


class SimulateBody(Body):
    """One machine."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "asset": "dispenser",
                "hours": 1.0,
                "seed": 7,
                "inputs": {"users": 30, "heater_regime": "eco"},
            }
        }
    )

    asset: Name
    hours: Hours = 1.0
    seed: Seed = 1
    inputs: Inputs = {}
    params: Params = {}
    faults: Faults = []
    interval_s: Interval = None
    start_ms: Start = None
    most_readings: Annotated[
        int,
        Field(ge=0, le=MOST_READINGS, description="of more every second, third … is in the answer"),
    ] = 10_000
    progress: Progress = False


class ScenarioBody(Body):
    """One of several; what it does not name is as it is usual of the machine."""

    name: Name
    inputs: Inputs = {}
    params: Params = {}
    faults: Faults = []


class TermsBody(Body):
    """Parameters that count from a time on."""

    from_ms: Annotated[int, Field(ge=0, le=_LATEST_MS)]
    params: Params


class LimitBody(Body):
    """An alarm limit of a channel."""

    side: Literal["high", "low"]
    at: FiniteFloat
    delay_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    while_stopped: bool = False


class ChannelBody(Body):
    """What one machine has otherwise than its type; null: as its type has it."""

    normal: Annotated[list[FiniteFloat] | None, Field(min_length=2, max_length=2)] = None
    limits: Annotated[list[LimitBody] | None, Field(max_length=2)] = None


class ScenariosBody(Body):
    """Several scenarios of the same machines; each is compared with the first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "asset": "dispenser",
                "hours": 8.0,
                "seeds": 5,
                "scenarios": [
                    {"name": "as it is"},
                    {
                        "name": "fewer users, less hot",
                        "inputs": {"users": 6, "flow_rate": 1.5, "temp_setpoint": 75},
                    },
                    {"name": "eco", "inputs": {"heater_regime": "eco"}},
                ],
            }
        }
    )

    asset: Annotated[Name | None, Field(description="a type of machine; or name a device")] = None
    device: Annotated[
        Name | None, Field(description="goes on from what the gateway knows of this one")
    ] = None
    hours: Hours = 24.0
    seeds: Annotated[
        Annotated[int, Field(ge=1, le=MOST_SEEDS)]
        | Annotated[list[Seed], Field(min_length=1, max_length=MOST_SEEDS)],
        Field(description="how many machines, or the seed of each"),
    ] = 10
    scenarios: Annotated[list[ScenarioBody], Field(min_length=1, max_length=MOST_SCENARIOS)]
    interval_s: Interval = None
    start_ms: Start = None
    state: Annotated[
        Told | None,
        Field(max_length=_MOST_NAMES, description="what a machine showed last: it goes on from it"),
    ] = None
    terms: Annotated[
        list[TermsBody], Field(max_length=1000, description="parameters in order of time")
    ] = []
    channels: Annotated[
        dict[Name, ChannelBody],
        Field(
            max_length=_MOST_NAMES,
            description="bands and limits of the machine's own: what is passed is told by these",
        ),
    ] = {}
    progress: Progress = False

    @field_validator("seeds")
    @classmethod
    def _each_once(cls, seeds: int | list[int]) -> int | list[int]:
        if isinstance(seeds, list) and len(set(seeds)) < len(seeds):
            raise ValueError("name each seed once")
        return seeds

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if self.asset is None and self.device is None:
            raise ValueError("give either asset (a type of machine) or device (one of them)")
        names = [each.name for each in self.scenarios]
        if len(set(names)) < len(names):
            raise ValueError("each scenario needs a name of its own")
        return self

    @property
    def seed_list(self) -> list[int]:
        return self.seeds if isinstance(self.seeds, list) else list(range(1, self.seeds + 1))


def decoded(kind: type[Body], body: bytes | str) -> Any:
    """A request of that kind.

    Raises:
        BadRequest: it is none; the text names the first thing that is wrong.
    """
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadRequest(sentence(first)) from None


def sentence(error: Mapping[str, Any]) -> str:
    """One of pydantic's errors for a person: where in the request, and what is wrong."""
    parts = [str(part) for part in error["loc"] if not _OF_PYDANTIC.match(str(part))]
    if len(parts) > 1 and parts[-1] in _NUMBERS:
        parts.pop()
    where, what = ".".join(parts), said(error)
    return f"{where}: {what}." if where else f"{what}."


# What pydantic names parts of a request, or the members of a union, by.
_OF_PYDANTIC: Final = re.compile(r"body$|query$|constrained-|list\[")
_NUMBERS: Final = ("float", "int")
