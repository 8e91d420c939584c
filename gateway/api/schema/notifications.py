"""Answers about who is told of alarms."""

from typing import Annotated

from pydantic import Field

from gateway.api.schema.base import Answer


class NotificationTarget(Answer):
    """Where somebody is told; of its address only what kind of service it is."""

    name: Annotated[str, Field(examples=["office"])]
    address: Annotated[str, Field(examples=["mailtos://…"])]
    failure: Annotated[str | None, Field(description="Why nothing arrives; null: it does.")]
    told_ms: Annotated[int | None, Field(description="When something arrived last.")]
    waiting: Annotated[int, Field(description="Things it is still to be told.")]
    due_ms: Annotated[
        int | None, Field(description="When the next message goes; null: none waits.")
    ]
    failing_since_ms: Annotated[int | None, Field(description="Since when nothing arrives.")]
    last_failure: Annotated[str | None, Field(description="What failed last, mended or not.")]
    last_failed_ms: int | None
    expired: Annotated[int, Field(description="Things nobody could tell it in time: dropped.")]
    expired_ms: Annotated[int | None, Field(description="When that was last.")]


class Notifications(Answer):
    """Who is told of alarms."""

    mistake: Annotated[str | None, Field(description="What is wrong with people.toml.")]
    targets: list[NotificationTarget]
    routes: Annotated[
        list[dict[str, object]],
        Field(
            description="As people.toml has them; `doubt` names places, groups and machines of a"
            " route that there are none of (null: all are there)."
        ),
    ]


class NotificationTest(Answer):
    """Whether a test has arrived."""

    target: str
    told: bool
    detail: Annotated[str, Field(description="Why not; empty where it was told.")]
