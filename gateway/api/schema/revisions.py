"""What was known when, and what changed since."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.api.schema.base import Answer, TimeMs


class KnownThen(Answer):
    """With `as_of`: of what time is told what was known then."""

    time_ms: TimeMs
    from_ms: TimeMs
    to_ms: Annotated[
        int, Field(description="Minutes that begin before this had ended two minutes before.")
    ]
    reason: Annotated[
        str | None, Field(description="Why that is not all of the range; `null`: it is.")
    ]


WhyChanged = Annotated[
    Literal["late", "pace", "parameter", "program", "imported", "deleted", "restated"],
    Field(description="`late`: readings came late."),
]


class ChangedMinutes(Answer):
    """Minutes of some machines that became others for a reason."""

    reason: WhyChanged
    text: Annotated[str, Field(description="The reason as a sentence.")]
    minutes: int
    unknown: Annotated[int, Field(description="Of how many of them nobody had known.")]


class ChangedSince(Answer):
    """What has become another since."""

    minutes: list[ChangedMinutes]
    params: Annotated[
        int, Field(description="How often a parameter or price that counts then was set.")
    ]


class EnergyRevised(Answer):
    """Of the minutes that changed, Wh; `null` where it cannot be told (any more)."""

    before: float | None
    after: float | None


class Revision(Answer):
    """Minutes that became others, for one reason and one after the other."""

    id: int
    first_changed_ms: TimeMs
    last_changed_ms: TimeMs
    from_ms: TimeMs
    to_ms: Annotated[int, Field(description="Where the last of the minutes ends.")]
    minutes: Annotated[int, Field(description="How many changed.")]
    unknown: Annotated[int, Field(description="Of how many of them nobody had known before.")]
    reason: WhyChanged
    by: Annotated[str, Field(description="On whose word; empty: on nobody's.", examples=["Sam"])]
    text: Annotated[str, Field(description="The reason as a sentence.")]
    energy_wh: EnergyRevised
