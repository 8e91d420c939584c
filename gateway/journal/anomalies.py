"""Rows of what was unlike a machine's normal, and of what was learned of it."""

from typing import Any, Literal, NamedTuple

import msgspec

from contract.assets.words import AlarmSeverity
from contract.messages import Reason

Method = Literal["limits", "rolling", "joint", "classified"]


class Anomaly(msgspec.Struct, kw_only=True):
    """Something unlike the normal of one machine, from when until when.

    Attributes:
        method: how it was found.
        name: what it is called: an alarm's name, or how a channel or model deviates.
        channel: where it shows most; None: in none by itself.
        score: how far out, at most so far, in the unit of ``threshold``.
        start_ms: when it began; with method and name its identity.
        end_ms: when it was over; None while it lasts.
        alarm: the alarm that it is evidence of; None: it shares its cause with none.
        evidence: what speaks for it.
        id: 0 until it is stored.
    """

    method: Method
    name: str
    severity: AlarmSeverity
    text: str
    start_ms: int
    end_ms: int | None = None
    channel: str | None = None
    score: float | None = None
    threshold: float | None = None
    alarm: int | None = None
    evidence: list[Reason] = []
    id: int = 0


class Stood(NamedTuple):
    """From when until when an anomaly was there; ``end_ms`` None: it still is."""

    start_ms: int
    end_ms: int | None


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one machine's normal.

    Attributes:
        from_ms: since when it is learned from readings; until_ms: up to which.
        rows: of how many looks.
        asset: of which type it was then.
        body: the model as inference wrote it; None while there is none.
        proven_ms: since when it is judged by it; None: it is not yet, or nobody noted it.
    """

    from_ms: int
    until_ms: int
    rows: int
    asset: str
    body: str | None = None
    proven_ms: int | None = None


def anomaly_bindings(anomaly: Anomaly) -> dict[str, Any]:
    """What ``statements.PUT_ANOMALY`` takes of an anomaly."""
    evidence = msgspec.json.encode(anomaly.evidence).decode()
    return msgspec.structs.asdict(anomaly) | {"evidence": evidence}
