"""Verdicts as clients give them, and ask for them."""

from typing import Annotated, Final

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo

from contract.messages import Judgement
from gateway.api.alarm_bodies import Note
from gateway.api.params import UNSEEN, Before, Body, Limit, OnlyDevice, Person, RangeQuery

_CAUSE: Final = "cause"


def _fitting(cause: str | None, info: ValidationInfo) -> str | None:
    verdict = info.data.get("verdict")
    plain = (cause or "").strip() or None
    if verdict == _CAUSE and plain is None:
        raise ValueError("say what it was: a fault of the machine's type, or in a few words")
    if verdict not in {None, _CAUSE} and plain is not None:
        raise ValueError("it is said with the verdict 'cause' only")
    return plain


class VerdictBody(Body):
    """What somebody says of an alarm."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"by": "Sam", "verdict": "right", "note": ""},
                {"by": "Sam", "verdict": "cause", "cause": "thermal_drift", "note": "Filter."},
            ]
        }
    )

    by: Person
    verdict: Annotated[
        Judgement,
        Field(
            description="`right`: it was as the alarm says. `nothing`: nothing was wrong."
            " `normal_here`: this machine does so. `cause`: something else was wrong."
        ),
    ]
    cause: Annotated[
        str | None,
        Field(
            max_length=80,
            pattern=rf"^[^{UNSEEN}]*$",
            description="What it was, of `cause` alone: a fault of its type, or a few words.",
            validate_default=True,
        ),
        AfterValidator(_fitting),
    ] = None
    note: Annotated[Note, Field(description="Kept with the verdict, and exported.")] = ""


class ChosenQuery(RangeQuery):
    """Which verdicts; the range is of when they were given."""

    device: OnlyDevice = None
    asset: Annotated[
        str | None,
        Field(max_length=64, description="Only on machines of this type.", examples=["fan"]),
    ] = None
    verdict: Annotated[Judgement | None, Field(description="Only these.")] = None


class VerdictsQuery(ChosenQuery):
    """The same, so many at a time."""

    limit: Limit = 200
    before: Before = None
