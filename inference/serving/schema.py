"""What the service is asked and answers: pydantic for the simple call, msgspec for the hot one."""

from typing import Annotated, Any, Self

import msgspec
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from contract.assets import CATALOGUE
from contract.assets.words import Asset
from contract.misfits import unlike
from inference.errors import BadRequest
from inference.simulation.bodies import sentence

_LATEST_MS = 2**53

_TEXT_CHARS = 64


def usual(asset: Asset) -> dict[str, float | str]:
    """What /docs fills in: the middle of every usual band, the first value of each state."""
    return {
        **{each.name: round(sum(each.normal) / 2, each.decimals) for each in asset.required},
        **{each.name: next(iter(each.elements)) for each in asset.states},
        **{each.name: 0.0 for each in asset.counters},
    }


# The simplest type of all.
_EXAMPLE = min(CATALOGUE.values(), key=lambda asset: len(asset.states) + len(asset.counters))
_VALUES = usual(_EXAMPLE)

Values = dict[str, FiniteFloat | Annotated[str, Field(max_length=_TEXT_CHARS)]]
Milliseconds = Annotated[int, Field(ge=0, le=_LATEST_MS, description="Unix time")]


class PredictReading(BaseModel):
    """One reading of a window: numbers of channels and counters, states by their names.

    Other fields of a telemetry message are ignored.
    """

    model_config = ConfigDict(strict=True)

    time_ms: Milliseconds | None = None
    values: Values


class PredictRequest(BaseModel):
    """A single reading in ``values``, or a window of them in ``readings``, oldest first."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={"example": {"asset": _EXAMPLE.name, "values": {**_VALUES}}},
    )

    asset: Annotated[str, Field(max_length=64)]
    values: Values | None = None
    readings: list[PredictReading] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.values is None) == (self.readings is None):
            raise ValueError("give either values (one reading) or readings (a window)")
        if self.readings is not None and not self.readings:
            raise ValueError("readings must hold at least one reading")
        return self


class ReasonAnswer(BaseModel):
    """A channel, its share (0..1) of the evidence, and a sentence."""

    channel: str
    weight: float
    text: str


class ReconstructionAnswer(BaseModel):
    """What an autoencoder of healthy machines says of how the sensors fit each other."""

    error: Annotated[float, Field(description="Share of the limit; from 1 on it is an anomaly.")]
    sensors: Annotated[
        list[ReasonAnswer],
        Field(description="Each sensor's share of it, largest first; empty below the limit."),
    ]


class PredictAnswer(BaseModel):
    """The diagnosis. ``fault_code`` 0 is normal, -1 is unknown; the rest is in the catalogue."""

    fault_code: int
    fault_label: str
    fault: str
    confidence: float
    severity: str
    advice: str
    reasons: list[ReasonAnswer]
    anomaly_score: Annotated[float, Field(description="0..1; from 0.5 the answer is unknown")]
    model: str
    channel: Annotated[
        str | None, Field(description="the channel the fault is of: which sensor is stuck")
    ]
    reconstruction: Annotated[
        ReconstructionAnswer | None,
        Field(description="null: the type has no autoencoder, or there are too few readings"),
    ]


class BatchAnswer(BaseModel):
    """One prediction a window, in order."""

    model: str
    predictions: list[PredictAnswer]


class Problem(BaseModel):
    """RFC 9457; ``detail`` is one sentence."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


# Milliseconds, or how often.
Held = Annotated[int, msgspec.Meta(ge=0, le=_LATEST_MS)]


class BatchWindow(msgspec.Struct, gc=False):
    """Readings of one machine, oldest first: a time and a row of values each.

    ``holds``, if given, is what a caller with a memory knows of each column: how long its present
    value has stood, how long each one before did on average, and how often it changed.
    """

    time_ms: list[Annotated[int, msgspec.Meta(ge=0, le=_LATEST_MS)]]
    rows: list[list[float | str]]
    holds: list[tuple[Held, Held, Held]] | None = None


class BatchRequest(msgspec.Struct, gc=False):
    """Windows of machines of one type; ``channels`` names the columns of every row."""

    asset: Annotated[str, msgspec.Meta(max_length=64)]
    channels: list[str]
    windows: list[BatchWindow]


_BATCH_DECODER = msgspec.json.Decoder(BatchRequest)

BATCH_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["asset", "channels", "windows"],
    "properties": {
        "asset": {"type": "string"},
        "channels": {"type": "array", "items": {"type": "string"}},
        "windows": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["time_ms", "rows"],
                "properties": {
                    "time_ms": {"type": "array", "items": {"type": "integer"}},
                    "rows": {
                        "type": "array",
                        "description": "numbers of channels and counters, states by their names",
                        "items": {
                            "type": "array",
                            "items": {"anyOf": [{"type": "number"}, {"type": "string"}]},
                        },
                    },
                    "holds": {
                        "type": "array",
                        "description": "a column: [held_ms, usual_ms, changes]",
                        "items": {"type": "array", "items": {"type": "integer"}},
                    },
                },
            },
        },
    },
    "example": {
        "asset": _EXAMPLE.name,
        "channels": list(_VALUES),
        "windows": [
            {"time_ms": [1763629200000, 1763629200200], "rows": [list(_VALUES.values())] * 2}
        ],
    },
}


EXAMPLES: dict[str, dict[str, Any]] = {
    asset.name: {
        "summary": f"one reading of a {asset.name}",
        "value": {"asset": asset.name, "values": usual(asset)},
    }
    for asset in (_EXAMPLE, *(each for each in CATALOGUE.values() if each is not _EXAMPLE))
}


def decode_predict(body: bytes) -> PredictRequest:
    """The body of ``/predict``.

    Raises:
        BadRequest: it is not JSON of that shape; the text names the first thing that is wrong.
    """
    try:
        return PredictRequest.model_validate_json(body)
    except ValidationError as error:
        raise BadRequest(sentence(error.errors(include_url=False)[0])) from None


def decode_batch(body: bytes) -> BatchRequest:
    """The body of ``/predict/batch``.

    Raises:
        BadRequest: it is not JSON of that shape; the text names the first thing that is wrong.
    """
    try:
        return _BATCH_DECODER.decode(body)
    except msgspec.ValidationError as error:
        raise BadRequest(f"{unlike(error)}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"The body is not JSON: {error}.") from None
