"""A maintenance window as the body of POST."""

from datetime import time
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from contract.shift_words import Weekday
from gateway.api.alarm_bodies import Note
from gateway.api.params import Body, Instant, Person
from gateway.registry.windows import Weekly, Window

_TIME: Final = r"^([01]\d|2[0-3]):[0-5]\d$"

WallTime = Annotated[str, Field(pattern=_TIME, examples=["22:00"])]


class WeeklyBody(Body):
    """Days on which a window begins, and its times by the clock on the site's wall."""

    model_config = ConfigDict(populate_by_name=True)

    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    begins: Annotated[WallTime, Field(alias="from")]
    ends: Annotated[
        WallTime, Field(alias="to", description="The next day's where it is not later.")
    ]

    @property
    def weekly(self) -> Weekly:
        return Weekly(
            weekdays=tuple(dict.fromkeys(self.weekdays)),
            begins=time.fromisoformat(self.begins),
            ends=time.fromisoformat(self.ends),
        )


class WindowBody(Body):
    """When alarms of which machines ask for nobody, and why."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "by": "Sam",
                    "device": "fan-01",
                    "note": "New bearing",
                    "weekly": {"weekdays": ["sat"], "from": "22:00", "to": "02:30"},
                }
            ]
        },
    )

    by: Person
    note: Annotated[Note, Field(description="Why; told with the alarms.")] = ""
    device: Annotated[str | None, Field(max_length=64, examples=["fan-01"])] = None
    group: Annotated[str | None, Field(min_length=1, max_length=64)] = None
    place: Annotated[str | None, Field(min_length=1, max_length=80)] = None
    begins: Annotated[
        Instant | None, Field(alias="from", description="Now where it is absent.")
    ] = None
    ends: Annotated[
        Instant | None, Field(alias="to", description="Until it is removed where it is absent.")
    ] = None
    weekly: Annotated[
        WeeklyBody | None,
        Field(description="Every week; `from` and `to` then say between which days."),
    ] = None

    def window(self, *, now_ms: int) -> Window:
        """Without an id."""
        return Window(
            id="",
            from_ms=now_ms if self.begins is None else self.begins,
            to_ms=self.ends,
            device=self.device,
            group=self.group,
            place=self.place,
            weekly=None if self.weekly is None else self.weekly.weekly,
            note=self.note,
            by=self.by,
        )
