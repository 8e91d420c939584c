"""What a look at a machine was, and the anomaly that is stored of it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from gateway.journal.anomalies import Anomaly
from gateway.twin.departures import evidence, summary
from gateway.twin.fleet import Device

NAME: Final = "baseline"


class Look(NamedTuple):
    """What inference says of one look, and what was measured in it."""

    is_anomaly: bool
    score: float
    channel: str
    departed: Sequence[Mapping[str, Any]]
    values: Mapping[str, float | None]


def step(
    device: Device,
    standing: Anomaly | None,
    time_ms: int,
    look: Look,
    told: list[Anomaly],
) -> Anomaly | None:
    """What stands after one look; ``told`` gets what is to be stored of it. Pure."""
    if not look.is_anomaly:
        if standing is not None:
            told.append(msgspec.structs.replace(standing, end_ms=time_ms))
        return None
    if standing is not None and look.score <= (standing.score or 0.0):
        return standing
    anomaly = Anomaly(
        method="joint", name=NAME, channel=look.channel, severity="Low",
        text=summary(device, look.channel), score=look.score, threshold=1.0,
        start_ms=time_ms if standing is None else standing.start_ms,
        alarm=sharing(device, look.channel), evidence=evidence(device, look.departed, look.values),
    )  # fmt: skip
    told.append(anomaly)
    return anomaly


def sharing(device: Device, channel: str) -> int | None:
    """The open alarm of the same cause: one that shows in this channel too."""
    for name, alarm in device.alarms.items():
        if channel in device.twin.book.channels_of(name):
            return alarm.id
    return None
