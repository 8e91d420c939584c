"""What the models of answers share."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

TimeMs = Annotated[int, Field(description="Unix milliseconds.", examples=[1763629200123])]
DeviceId = Annotated[str, Field(description="The device's id.", examples=["fan-01"])]
StageName = Annotated[
    Literal["commissioning", "in_use", "maintenance", "retired", "replaced"],
    Field(description="Where it is in its life."),
]
PhotoRevision = Annotated[
    str | None,
    Field(
        description="Another with each photo of it; `null`: there is none.",
        examples=["18797a2e6c1f0a00-2f1b"],
    ),
]
Share = Annotated[float, Field(ge=0, le=1, description="A share, 0 to 1.", examples=[0.98])]


class Answer(BaseModel):
    """An answer, or a part of one. Fields may be added to it later; none changes its meaning."""

    model_config = ConfigDict(extra="forbid")


class Problem(Answer):
    """An error (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "No device 'fan-99' has reported to this gateway.",
                    "instance": "/devices/fan-99",
                }
            ]
        }
    )

    type: Annotated[str, Field(description="Always `about:blank`.")]
    title: Annotated[str, Field(description="The status's name.")]
    status: Annotated[int, Field(description="The HTTP status.")]
    detail: Annotated[str, Field(description="One sentence: what is wrong and what would do.")]
    instance: Annotated[str, Field(description="The path that was asked for.")]
