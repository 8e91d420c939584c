"""Where a machine is in its life, by what people said of it: rows of the ledger in, that out. Pure.

    commissioning → in use ⇄ maintenance → retired
                      │
                      └ replaced: its name goes on with another machine, which is a life of its own

A life that has ended is a machine by itself, called after the one that goes on: ``fan-01.life1``.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal, get_args

import msgspec

from contract.errors import Refused
from gateway.twin.alarm_changes import Suppression

STAGE: Final = "stage"  # a row's kind, and its name
LIFE: Final = "life"

StageName = Literal["commissioning", "in_use", "maintenance", "retired", "replaced"]
IN_USE: Final = "in_use"
COMMISSIONING: Final = "commissioning"
MAINTENANCE: Final = "maintenance"
RETIRED: Final = "retired"
REPLACED: Final = "replaced"
SETTABLE: Final = tuple(name for name in get_args(StageName) if name != REPLACED)
# Of these nothing is counted, listed or alarmed.
OVER: Final = frozenset({RETIRED, REPLACED})

_QUIET: Final = frozenset({COMMISSIONING, MAINTENANCE})  # alarms are shown, and ask for nobody
_LONGEST_NAME: Final = 64


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """One machine under a name.

    Attributes:
        of: the name; of an earlier life not its own any more.
        number: from 1 on.
        began_ms: None: with its first reading.
        ended_ms: None: it goes on.
    """

    of: str
    number: int = 1
    began_ms: int | None = None
    ended_ms: int | None = None


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """Since when, and by whose word; nobody has said anything of who is in use from the start.

    Attributes:
        counts_from_ms: the end of its last commissioning, in which nothing counts in a figure.
            None: there was none, or it is not over.
    """

    name: StageName = IN_USE
    note: str = ""
    since_ms: int | None = None
    by: str | None = None
    counts_from_ms: int | None = None

    @property
    def is_over(self) -> bool:
        return self.name in OVER


FIRST: Final = Stage()

Commissioned = tuple[int, int | None]  # from when to when; None: it still is


def followed_by(before: Stage, said: dict[str, Any], *, at_ms: int, by: str) -> Stage:
    """The stage after a row of the ledger."""
    name: StageName = said["stage"]
    ends = before.name == COMMISSIONING and name != COMMISSIONING
    counts_from_ms = at_ms if ends else before.counts_from_ms
    note = said.get("note", "")
    return Stage(name=name, note=note, since_ms=at_ms, by=by, counts_from_ms=counts_from_ms)


def commissioned_after(
    spans: Sequence[Commissioned], before: Stage, after: Stage
) -> list[Commissioned]:
    """When it was in commissioning, after it went from one stage to another (or stays)."""
    was, is_now = (stage.name == COMMISSIONING for stage in (before, after))
    if is_now and not was:
        return [*spans, (after.since_ms or 0, None)]
    if was and not is_now:
        return [*spans[:-1], (spans[-1][0], after.since_ms)]
    return list(spans)


def suppression_of(stage: Stage) -> Suppression | None:
    """Why alarms ask for nobody in this stage; None: they do."""
    if stage.name not in _QUIET:
        return None
    why = f"{stage.name}, {stage.note}" if stage.note else stage.name
    return Suppression(stage.since_ms or 0, None, why)


def check_change(device: str, before: Stage, name: str) -> None:
    """Raises Refused: there is no such stage, or it cannot be that of this machine."""
    if name == REPLACED:
        raise Refused(f"{device} is replaced by POST /devices/{device}/replace, not by a word.")
    if name not in SETTABLE:
        raise Refused(f"There is no stage {name[:40]!r}; there are {', '.join(SETTABLE)}.")
    if before.name == REPLACED:
        raise Refused(f"{device} is a life that has ended: it can be read and removed.")


def name_of_earlier(life: Life) -> str:
    """What a life is called once its name is another's."""
    end = f".life{life.number}"
    return life.of[: _LONGEST_NAME - len(end)] + end
