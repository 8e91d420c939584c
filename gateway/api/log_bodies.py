"""What people enter in the log of a machine or of the site, as bodies and queries."""

from typing import Annotated

from pydantic import ConfigDict, Field

from contract.topics import NAME_PATTERN
from gateway.api.params import Body, Instant, Person, QueryModel, RangeQuery
from gateway.registry.logbook import LONGEST_TEXT, Note

_Text = Annotated[str, Field(max_length=LONGEST_TEXT, description="In words.")]


class DoneBody(Body):
    """That a service was done."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"by": "Sam", "event": "descaled", "note": "With the new agent."}]
        }
    )

    by: Person
    event: Annotated[
        str,
        Field(pattern=f"^{NAME_PATTERN}$", description="What resets the service: its `reset_by`."),
    ]
    time: Annotated[Instant | None, Field(description="When it was done; default: now.")] = None
    note: _Text = ""

    def noted(self, now_ms: int) -> Note:
        """As the log has it."""
        time_ms = now_ms if self.time is None else self.time
        return Note(time_ms=time_ms, text=self.note, event=self.event)


class AnnotationBody(Body):
    """A word at a time, or from a time to another."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"by": "Sam", "text": "New filter.", "time": "2025-11-20T09:00:00Z", "until": None}
            ]
        }
    )

    by: Person
    text: _Text
    time: Annotated[Instant | None, Field(description="Default: now.")] = None
    until: Annotated[Instant | None, Field(description="Its end; null: it is of a moment.")] = None

    def noted(self, now_ms: int) -> Note:
        """As the log has it."""
        time_ms = now_ms if self.time is None else self.time
        return Note(time_ms=time_ms, until_ms=self.until, text=self.text)


class LogQuery(RangeQuery):
    """Which entries; `limit` at most."""

    limit: Annotated[int, Field(ge=1, le=1000, description="At most so many.")] = 200


class ByQuery(QueryModel):
    """Who takes it back."""

    by: Annotated[Person, Field(description="The name of the person.", examples=["Sam"])]
