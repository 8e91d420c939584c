"""Answers about what the gateway runs with."""

from typing import Annotated

from pydantic import Field

from gateway.api.schema.base import Answer


class Disk(Answer):
    """Bytes."""

    journal: int
    reserve: Annotated[
        int, Field(description="A file that gives way to the journal; 0 once it did.")
    ]
    free: Annotated[int, Field(description="On the disk of the data directory.")]
    total: Annotated[int, Field(description="Of that disk.")]


class Kept(Answer):
    """How long things are kept."""

    reading_days: float
    minute_days: Annotated[float, Field(description="Sums of longer spans are kept for good.")]
    alarm_days: Annotated[float, Field(description="Of alarms that are cleared.")]
    oldest_reading_ms: Annotated[
        int | None, Field(description="When it came; `null`: there is no reading.")
    ]


class Clock(Answer):
    """The gateway's, beside those of boards heard in the last minute."""

    now_ms: int
    time_zone: Annotated[str, Field(examples=["Europe/London"])]
    offset_ms: Annotated[
        int | None, Field(description="It is so much ahead of the boards'; `null`: none was heard.")
    ]
    within_ms: Annotated[int | None, Field(description="How well the boards tell that.")]
    boards: Annotated[int, Field(description="That say the same time.")]


class Work(Answer):
    """Since the gateway started."""

    queue: Annotated[int, Field(description="Messages received and not committed, now.")]
    messages: int
    readings_stored: int
    duplicates: int
    dropped: Annotated[
        int, Field(description="Messages of QoS 0 that came faster than they could be taken.")
    ]
    diagnoses: int


class ModelState(Answer):
    """What inference serves of a type."""

    status: Annotated[str, Field(examples=["ok"])]
    model: str | None = None
    detail: Annotated[str | None, Field(description="Why there is none.")] = None


class Versions(Answer):
    """Of the programs that run."""

    gateway: str
    inference: Annotated[str | None, Field(description="`null`: it does not answer.")]
    models: dict[str, ModelState]
    boards: Annotated[dict[str, int], Field(description="Boards by their program's version.")]


class Budgets(Answer):
    """What one board may send."""

    readings_per_s: float
    mb_a_day: float
    over: Annotated[
        dict[str, int], Field(description="Devices that sent more, and how much was refused.")
    ]


class Refused(Answer):
    """Messages and items that were refused."""

    by_reason: Annotated[dict[str, int], Field(description="All there ever was.")]
    kept: Annotated[int, Field(description="Of these can still be looked at in `/quarantine`.")]
    kept_bytes: int
    newest_ms: int | None


class Learning(Answer):
    """How far it is learned what is normal of the machines."""

    machines: Annotated[int, Field(description="In use.")]
    learned: Annotated[int, Field(description="Of so many it is known.")]
    oldest_look_s: Annotated[
        float | None, Field(description="So long the oldest look waits to be judged.")
    ]


class System(Answer):
    """What the gateway runs with."""

    uptime_s: float
    disk: Disk
    kept: Kept
    clock: Clock
    work: Work
    versions: Versions
    budgets: Budgets
    refused: Refused
    learning: Learning
