"""What people say of alarms, as bodies of POST."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo

from gateway.api.params import CONTROLS, Body, Person
from gateway.ingest.alarm_desk import Which, Word

MOST_AT_ONCE: Final = 1000

Note = Annotated[
    str,
    Field(
        max_length=500,
        pattern=rf"^[^\x00-\x08\x0b-\x1f{CONTROLS}]*$",
        description="What is done about it; kept with the alarm.",
    ),
    AfterValidator(str.strip),
]


class AcknowledgeBody(Body):
    """Who has seen an alarm, and what is done about it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"by": "Sam", "note": "Rotor is being cleaned."}]}
    )

    by: Person
    note: Note = ""

    @property
    def word(self) -> Word:
        return Word(self.by, self.note or None)


class ShelveBody(AcknowledgeBody):
    """Who puts an alarm on the shelf, until when and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"by": "Sam", "minutes": 480, "note": "Spare part comes tomorrow."}]
        }
    )

    minutes: Annotated[
        int, Field(ge=1, le=1440, description="For how long from now: 24 h at most.")
    ]


class PersonBody(Body):
    """Who takes back what was said of an alarm."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"by": "Sam"}]})

    by: Person


class AlarmFilter(Body):
    """Of open alarms that nobody has acknowledged those that fit; an empty one fits all."""

    device: Annotated[str | None, Field(max_length=64, examples=["fan-01"])] = None
    name: Annotated[str | None, Field(max_length=128, examples=["offline"])] = None
    kind: Literal["limit", "fault", "system"] | None = None
    severity: Literal["Low", "Medium", "High", "Critical"] | None = None

    @property
    def which(self) -> Which:
        return Which(self.device, self.name, self.kind, self.severity)


def _only_one(found: AlarmFilter | None, info: ValidationInfo) -> AlarmFilter | None:
    if "ids" in info.data and (info.data["ids"] is None) == (found is None):
        raise ValueError("say which alarms: either 'ids' or 'filter'")
    return found


class AcknowledgeManyBody(AcknowledgeBody):
    """Who has seen which alarms: ``ids``, or ``filter``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"by": "Sam", "ids": [1, 2]}, {"by": "Sam", "filter": {"name": "offline"}}]
        }
    )

    ids: Annotated[
        list[Annotated[int, Field(ge=1, le=2**63 - 1)]] | None,
        Field(min_length=1, max_length=MOST_AT_ONCE, description="Of these alarms."),
    ] = None
    filter: Annotated[
        AlarmFilter | None,
        AfterValidator(_only_one),
        Field(description="Of all that fit.", validate_default=True),
    ] = None
