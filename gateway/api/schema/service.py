"""Answers about the gateway itself."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.api.schema.base import Answer, TimeMs


class Dependency(Answer):
    """A peer the gateway needs or feeds."""

    status: Annotated[
        Literal["ok", "down", "off"], Field(description="`off`: not wanted by the settings.")
    ]
    detail: str
    since_ms: TimeMs
    behind: Annotated[
        int | None, Field(description="Rows of the journal it has not been given yet.")
    ] = None


class Process(Answer):
    """A process under the supervisor."""

    name: Annotated[str, Field(examples=["broker"])]
    state: Annotated[str, Field(examples=["RUNNING"])]
    restarts: int
    last_exit_ms: Annotated[int | None, Field(description="Unix milliseconds.")]
    down: Annotated[bool, Field(description="It has ended, or does not stay up.")]


class AuditEntry(Answer):
    """Who did what, from where, when."""

    id: int
    time_ms: Annotated[int, Field(description="Of the first one, Unix milliseconds.")]
    who: Annotated[str, Field(description="A login, a person's name, or through what it came.")]
    origin: Annotated[str, Field(description="The address it came from.", examples=["127.0.0.1"])]
    what: Annotated[str, Field(examples=["login_refused"])]
    detail: str
    count: Annotated[int, Field(description="How often within a minute of the first.")]


class Health(Answer):
    """How the gateway and all it depends on are doing."""

    status: Literal["ok", "degraded"]
    version: Annotated[str, Field(examples=["0.1.0"])]
    uptime_s: Annotated[float, Field(description="Seconds since the gateway started.")]
    dependencies: Annotated[
        dict[str, Dependency],
        Field(description="broker, journal, inference, people, influxdb, kafka, clock"),
    ]
    time_zone: Annotated[
        str, Field(description="The site's, of the IANA database.", examples=["Europe/London"])
    ]
    shifts: Annotated[
        list[str], Field(description="What the site's shifts are called; none without a plan.")
    ]
    shifts_error: Annotated[
        str | None, Field(description="There when the file of shifts cannot be used.")
    ] = None
    assets_error: Annotated[
        list[str] | None,
        Field(description="There when files of asset types cannot be used: a sentence each."),
    ] = None
    processes: Annotated[
        list[Process], Field(description="Empty when no supervisor runs the gateway.")
    ]
    processes_error: Annotated[
        str | None, Field(description="There when the supervisor's file cannot be read.")
    ] = None
