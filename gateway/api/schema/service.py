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


class Health(Answer):
    """How the gateway and all it depends on are doing."""

    status: Literal["ok", "degraded"]
    version: Annotated[str, Field(examples=["0.1.0"])]
    uptime_s: Annotated[float, Field(description="Seconds since the gateway started.")]
    dependencies: Annotated[
        dict[str, Dependency], Field(description="broker, journal, inference, influxdb")
    ]
    processes: Annotated[
        list[Process], Field(description="Empty when no supervisor runs the gateway.")
    ]
    processes_error: Annotated[
        str | None, Field(description="There when the supervisor's file cannot be read.")
    ] = None
