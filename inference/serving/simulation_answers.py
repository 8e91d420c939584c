"""What simulations answer, as /docs shows it; a test holds real answers against it."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Value = float | str


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SimulatedReading(Answer):
    time_ms: int
    values: dict[str, Value]
    truth: Annotated[str, Field(description="normal, or the fault that is present")]


class SimulatedEvent(Answer):
    time_ms: int
    event: str
    values: dict[str, Value]


class Figure(Answer):
    """As the gateway tells it of a stretch of time."""

    title: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    coverage: float
    reason: str | None


class ChannelMeans(Answer):
    title: str
    unit: str
    mean: float | None
    least: float | None
    greatest: float | None


class Befallen(Answer):
    """A fault or a limit passed, for as long as its alarm waits, or a state out of order."""

    name: str
    label: str


class About(Answer):
    asset: str
    hours: float
    interval_s: float
    start_ms: int
    end_ms: int
    note: str


class SimulateAnswer(About):
    seed: int
    inputs: dict[str, Value]
    kpis: dict[str, Figure]
    channels: dict[str, ChannelMeans]
    befallen: list[Befallen]
    readings_simulated: int
    readings_every: Annotated[int, Field(description="1: all are here; 2: every second one …")]
    readings: list[SimulatedReading]
    events: list[SimulatedEvent]


class Difference(Answer):
    """Seed by seed: its mean, and between which two 90 % of the seeds lie."""

    value: float | None
    low: float | None
    high: float | None
    of: Annotated[int, Field(description="seeds that tell it")]


class Spread(Difference):
    """The same of the figure itself; ``delta`` is what it differs from the first scenario by."""

    delta: Difference


class ScenarioFigure(Spread):
    title: str
    unit: str
    role: str | None
    decimals: int
    reason: Annotated[str | None, Field(description="why a seed does not tell it")]


class ScenarioChannel(Answer):
    title: str
    unit: str
    decimals: int
    mean: Spread
    least: Spread
    greatest: Spread


class Chance(Answer):
    """The share of seeds in which it befell the machine, with an interval of 90 % (Wilson)."""

    name: str
    label: str
    value: float
    low: float
    high: float
    of: int
    delta: float


class ScenarioAnswer(Answer):
    name: str
    inputs: dict[str, Value]
    kpis: dict[str, ScenarioFigure]
    channels: dict[str, ScenarioChannel]
    chances: Annotated[
        list[Chance], Field(description="of what befell a machine of it or of the first scenario")
    ]


class ScenariosAnswer(About):
    device: str | None
    seeds: list[int]
    scenarios: list[ScenarioAnswer]


def lines_of(answer: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """The answer at once, or in lines where the request asks for its progress."""
    return {200: {"model": answer, "content": {"application/x-ndjson": {}}}}
