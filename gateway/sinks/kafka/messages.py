"""Rows of the journal as messages of Kafka: which topic each goes to, and what it says (JSON).

docs/kafka.md has every field with its unit.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from contract.messages import Reason, Value
from gateway.journal.streams import ANOMALIES, READINGS, TRANSITIONS, Row, Stream

# Readings and events as they were stored: one order, one cursor, numbers without holes.
ITEMS: Final = replace(READINGS, columns="e.name, t.seq, t.event, t.body, t.truth", only="true")

_values: Final = msgspec.json.Decoder(dict[str, Value]).decode
_evidence: Final = msgspec.json.Decoder(list[Reason]).decode
_encode: Final = msgspec.json.Encoder().encode


class SensorData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reading, or an event, of a device."""

    site: str
    device: str
    asset: str
    epoch: str
    seq: int
    time_ms: int
    values: dict[str, Value]
    event: str | None = None
    truth: str | None = None


class Anomaly(msgspec.Struct, frozen=True, kw_only=True):
    """What was unlike the normal of a machine; told again whenever it has changed."""

    site: str
    id: int
    revision: int
    device: str
    asset: str
    method: str
    name: str
    channel: str | None
    severity: str
    text: str
    score: float | None
    threshold: float | None
    start_ms: int
    end_ms: int | None
    alarm: int | None
    evidence: list[Reason]


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happened to an alarm."""

    site: str
    id: int
    alarm: int
    device: str
    asset: str
    change: str
    time_ms: int
    name: str
    kind: str
    severity: str
    text: str
    raised_ms: int
    by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What a stream becomes: ``encode`` gives the message of a row of a site."""

    name: str
    stream: Stream
    encode: Callable[[Row, str], bytes]


def _sensor_data(row: Row, site: str) -> bytes:
    _, device, asset, time_ms, epoch, seq, event, body, truth = row
    return _encode(
        SensorData(
            site=site,
            device=device,
            asset=asset,
            epoch=epoch,
            seq=seq,
            time_ms=time_ms,
            values=_values(body),
            event=event,
            truth=truth,
        )
    )


def _anomaly(row: Row, site: str) -> bytes:
    (revision, device, asset, start_ms, id_, method, name, channel, severity, text, score,
     threshold, end_ms, alarm, evidence) = row  # fmt: skip
    return _encode(
        Anomaly(
            site=site,
            id=id_,
            revision=revision,
            device=device,
            asset=asset,
            method=method,
            name=name,
            channel=channel,
            severity=severity,
            text=text,
            score=score,
            threshold=threshold,
            start_ms=start_ms,
            end_ms=end_ms,
            alarm=alarm,
            evidence=_evidence(evidence),
        )
    )


def _alert(row: Row, site: str) -> bytes:
    id_, device, asset, time_ms, alarm, change, name, kind, severity, text, raised_ms, by = row
    return _encode(
        Alert(
            site=site,
            id=id_,
            alarm=alarm,
            device=device,
            asset=asset,
            change=change,
            time_ms=time_ms,
            name=name,
            kind=kind,
            severity=severity,
            text=text,
            raised_ms=raised_ms,
            by=by,
        )
    )


# In this order: who has a day's readings to catch up with is told of anomalies all the same.
TOPICS: Final = {
    topic.stream.name: topic
    for topic in (
        Topic(name="anomalies", stream=ANOMALIES, encode=_anomaly),
        Topic(name="alerts", stream=TRANSITIONS, encode=_alert),
        Topic(name="sensor-data", stream=ITEMS, encode=_sensor_data),
    )
}
