"""What a look at a machine was, and the anomaly that is stored of it. Pure."""

from typing import Final

import msgspec

from contract.messages import Reason
from gateway.journal.anomalies import Anomaly
from gateway.twin.fleet import Device

NAME: Final = "baseline"


def step(
    device: Device,
    standing: Anomaly | None,
    time_ms: int,
    found: tuple[bool, float, str],
    told: list[Anomaly],
) -> Anomaly | None:
    """What stands after one look; ``told`` gets what is to be stored of it. Pure."""
    is_one, score, channel = found
    if not is_one:
        if standing is not None:
            told.append(msgspec.structs.replace(standing, end_ms=time_ms))
        return None
    if standing is not None and score <= (standing.score or 0.0):
        return standing
    title = device.asset.by_name[channel].title
    text = f"All channels together are unlike this machine's normal, {title} most of all."
    anomaly = Anomaly(
        method="joint", name=NAME, channel=channel, severity="Low", text=text, score=score,
        threshold=1.0, start_ms=time_ms if standing is None else standing.start_ms,
        alarm=sharing(device, channel), evidence=[Reason(channel, 1.0, text)],
    )  # fmt: skip
    told.append(anomaly)
    return anomaly


def sharing(device: Device, channel: str) -> int | None:
    """The open alarm of the same cause: one that shows in this channel too."""
    for name, alarm in device.alarms.items():
        if channel in device.twin.book.channels_of(name):
            return alarm.id
    return None
