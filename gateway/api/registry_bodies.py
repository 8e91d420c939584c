"""What people set of machines, as bodies of PATCH and PUT; its fields are checked further in."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from contract.shift_words import Weekday
from contract.topics import NAME_PATTERN
from gateway.api.params import Body, Instant, Person

MOST_PARAMS: Final = 100


class RegistryPatch(BaseModel):
    """A merge patch (RFC 7386) of a device's fields: what it does not name stays."""

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        json_schema_extra={
            "examples": [{"by": "Sam", "name": "Extract fan", "place": "hall 2", "tags": ["night"]}]
        },
    )

    by: Person
    revision: Annotated[
        int | None,
        Field(ge=0, description="The one you have seen: 409 where somebody has changed it since."),
    ] = None
    name: Annotated[JsonValue, Field(description="How people call it; 80 characters.")] = None
    place: Annotated[JsonValue, Field(description="Where it stands; 80 characters.")] = None
    group: Annotated[JsonValue, Field(description="What it belongs to; 64 characters.")] = None
    model: Annotated[JsonValue, Field(description="Make and model; 120 characters.")] = None
    notes: Annotated[JsonValue, Field(description="Free text, 2,000 characters.")] = None
    tags: Annotated[JsonValue, Field(description="A list of at most 20 texts.")] = None
    asset: Annotated[
        JsonValue,
        Field(description="Its type, whatever its birth says; null: as that says."),
    ] = None

    channels: Annotated[
        JsonValue,
        Field(
            description="Of a device of no type: of each channel its title, unit, decimals, normal"
            " band, low, high and limits, as a merge patch."
        ),
    ] = None

    def patch(self) -> dict[str, Any]:
        """The fields it names."""
        return self.model_dump(exclude={"by", "revision"}, exclude_unset=True)


class TypeBody(Body):
    """A type to be made of what describes a device."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"by": "Sam", "name": "greenhouse", "title": "Greenhouse"}]}
    )

    by: Person
    name: Annotated[
        str, Field(pattern=f"^{NAME_PATTERN}$", description="Of the type, and of its file.")
    ]
    title: Annotated[str, Field(min_length=1, max_length=80, description="How people call it.")]


_Note = Annotated[str, Field(max_length=300, description="Why, for who reads it later.")]


class StageBody(Body):
    """Where a machine is in its life from now on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"by": "Sam", "stage": "retired", "note": "replaced by fan-07"}]
        }
    )

    by: Person
    stage: Annotated[
        str,
        Field(
            max_length=32,
            description="commissioning: its alarms are shown and nobody is told, nothing of it"
            " counts in a figure over time; in_use; maintenance: its alarms ask for nobody;"
            " retired: it is in no list and has no alarms.",
        ),
    ]
    note: _Note = ""


class ReplaceBody(Body):
    """That another machine goes on under this name."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"by": "Sam", "note": "bearing seized"}]}
    )

    by: Person
    note: _Note = ""
    commissioning: Annotated[bool, Field(description="Whether it begins with commissioning.")] = (
        False
    )


class LoginBody(Body):
    """Who wants a new login."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"by": "Sam"}]})

    by: Person


class BoardBody(Body):
    """A board to be connected."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"by": "Sam", "device": "my-fan", "name": "Extract fan", "place": "hall 2"}
            ]
        }
    )

    by: Person
    device: Annotated[
        str, Field(pattern=f"^{NAME_PATTERN}$", description="Its id: letters, digits, _ . and -.")
    ]
    name: Annotated[str, Field(max_length=80, description="How people call it.")] = ""
    place: Annotated[str, Field(max_length=80, description="Where it stands.")] = ""
    group: Annotated[str, Field(max_length=64, description="What it belongs to.")] = ""
    asset: Annotated[
        str | None, Field(max_length=64, description="Its type; null: as its board says.")
    ] = None
    commissioning: Annotated[bool, Field(description="Whether it begins with commissioning.")] = (
        False
    )

    def patch(self) -> dict[str, Any]:
        """What is said of it."""
        said = {name: getattr(self, name) for name in ("name", "place", "group", "asset")}
        return {name: value for name, value in said.items() if value}


class SettingsBody(Body):
    """What a device is to work with from now on."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"by": "Sam", "desired": {"rate_hz": 2.0}}]}
    )

    by: Person
    desired: Annotated[
        dict[str, JsonValue],
        Field(max_length=32, description="All of it: what is not named is taken back."),
    ]


class ParamBand(Body):
    """A part of the week in which the value is another one."""

    name: Annotated[str, Field(min_length=1, max_length=40, description="night, weekend …")]
    value: Annotated[float, Field(allow_inf_nan=False)]
    from_: Annotated[str, Field(alias="from", max_length=5, description="Wall time: 22:30.")]
    to: Annotated[
        str,
        Field(max_length=5, description="The next day's where it is not later than `from`."),
    ]
    days: list[Weekday] = Field(
        default_factory=list, max_length=7, description="On which it begins; none: all."
    )


class ParamVersion(Body):
    """A value of a parameter from a date on."""

    value: Annotated[
        float | None,
        Field(allow_inf_nan=False, description="Null takes back the version that begins then."),
    ]
    valid_from: Annotated[
        Instant | None,
        Field(description="Unix milliseconds or ISO 8601; default: now. 0: ever since."),
    ] = None
    source: Annotated[
        str, Field(max_length=200, description="Where it is from: a contract, a data sheet.")
    ] = ""
    bands: list[ParamBand] = Field(
        default_factory=list,
        max_length=12,
        description="Of price and CO2: parts of the week, by the site's clock, in which it is"
        " another value; no two overlap.",
    )


class ParamsBody(Body):
    """Versions of parameters to add."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "by": "Sam",
                    "params": {
                        "price_per_kwh": {
                            "value": 0.31,
                            "valid_from": "2026-01-01",
                            "source": "contract of 2026",
                            "bands": [
                                {"name": "night", "from": "22:00", "to": "06:00", "value": 0.19}
                            ],
                        }
                    },
                }
            ]
        }
    )

    by: Person
    params: Annotated[dict[str, ParamVersion], Field(min_length=1, max_length=MOST_PARAMS)]


class LimitsBody(Body):
    """Bands and limits of a machine's own."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "by": "Sam",
                    "limits": {
                        "temperature": {
                            "normal": [20, 45],
                            "limits": [{"side": "high", "at": 60, "severity": "High"}],
                        }
                    },
                    "source": "data sheet of the motor",
                }
            ]
        }
    )

    by: Person
    limits: Annotated[
        dict[str, JsonValue],
        Field(min_length=1, max_length=MOST_PARAMS, description="By channel; null: as its type."),
    ]
    valid_from: Annotated[
        Instant | None, Field(description="Unix milliseconds or ISO 8601; default: now.")
    ] = None
    source: Annotated[
        str, Field(max_length=200, description="Where it is from: a data sheet, a measurement.")
    ] = ""
