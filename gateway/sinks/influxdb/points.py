"""Rows of the journal as points of InfluxDB: what measurement each stream becomes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from contract.messages import Diagnosis, Minute, Value
from gateway.journal.streams import ALARMS, DIAGNOSES, EVENTS, MINUTES, READINGS, Row, Stream
from gateway.sinks.influxdb import lines
from gateway.twin import kpi
from gateway.twin.kpi import Factors

_MINUTE_MS: Final = 60_000
_MS_PER_S: Final = 1_000
_OWN: Final = frozenset({"epoch", "seq", "time"})  # fields of an event that are called so get a _

FactorsAt = Callable[[str, int], Factors]  # what a kWh cost and emitted, for a device at a time

_values: Final = msgspec.json.Decoder(dict[str, Value]).decode
_minute: Final = msgspec.json.Decoder(Minute).decode
_diagnosis: Final = msgspec.json.Decoder(Diagnosis).decode


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What a stream becomes; it bears the stream's name.

    Attributes:
        kept: in the bucket of readings, or in that of history.
        marker, total: the field by which points are counted or summed to compare both sides, and
            the same in SQL. Rows that never change are counted; of others, revisions are summed.
        encode: a row to its line.
    """

    stream: Stream
    kept: Literal["raw", "history"]
    marker: str
    aggregate: Literal["count", "sum"]
    total: str
    encode: Callable[[Row, FactorsAt], str]


def lane(epoch: str, seq: int) -> str:
    """What keeps readings of equal time stamp apart: the epoch, and each million readings of it.

    With the place ``seq mod 10^6`` within the millisecond it is as good as (epoch, seq) itself,
    even of a board whose clock stands still or begins at the same instant after every start. It
    is the same however often the journal was begun anew.
    """
    lap = seq // lines.NS_PER_MS
    return f"{epoch}.{lap}" if lap else epoch


def _reading_line(row: Row, _factors_at: FactorsAt) -> str:
    _, device, asset, time_ms, epoch, seq, body, truth = row
    tags = (("asset", asset), ("device", device), ("lane", lane(epoch, seq)))
    head = lines.series("reading", tags)
    # Not lines.point: this is the one that runs fifty thousand times a second.
    measured = ",".join(
        [
            f"{lines.name(k)}={v!r}" if type(v) is float else f"{lines.name(k)}={lines.value(v)}"
            for k, v in _values(body).items()
        ]
    )
    known = f",truth={lines.value(truth)}" if truth else ""
    stamp = lines.time_ns(time_ms=time_ms, within_ms=seq)
    return f"{head} {measured},epoch={lines.value(epoch)},seq={seq}i{known} {stamp}"


def _event_line(row: Row, _factors_at: FactorsAt) -> str:
    _, device, asset, time_ms, epoch, seq, event, body = row
    fields: dict[str, lines.Field | None] = {
        f"{name}_" if name in _OWN else name: content for name, content in _values(body).items()
    }
    tags = {"asset": asset, "device": device, "event": event, "lane": lane(epoch, seq)}
    return lines.point(
        measurement="event",
        tags=tags,
        fields={**fields, "epoch": epoch, "seq": seq},
        time_ns=lines.time_ns(time_ms=time_ms, within_ms=seq),
    )


def _minute_line(row: Row, factors_at: FactorsAt) -> str:
    revision, device, _, start_ms, body = row
    factors = factors_at(device, start_ms)
    minute = _minute(body)
    fields: dict[str, lines.Field | None] = {
        **_energy(minute, factors),
        "running_s": minute.running_ms / _MS_PER_S,
        "coverage": kpi.coverage(minute.measured_ms, _MINUTE_MS),
        "count": minute.count,
        "revision": revision,
    }
    for channel, stats in minute.channels.items():
        fields[f"{channel}_min"] = stats.low
        fields[f"{channel}_mean"] = stats.total / stats.count if stats.count else None
        fields[f"{channel}_max"] = stats.high
    stamp = lines.time_ns(time_ms=start_ms, within_ms=0)
    return lines.point(measurement="minute", tags=_tags(row), fields=fields, time_ns=stamp)


def _energy(minute: Minute, factors: Factors) -> dict[str, lines.Field | None]:
    """Nothing of a machine whose energy nobody measures: no 0."""
    if minute.energy_j is None:
        return {}
    energy_wh = kpi.watt_hours(minute.energy_j)
    return {
        "energy_wh": energy_wh,
        "co2_g": kpi.co2_grams(energy_wh, factors.co2_kg_per_kwh),
        "cost": kpi.money(energy_wh, factors.price_per_kwh),
    }


def _diagnosis_line(row: Row, _factors_at: FactorsAt) -> str:
    _, _, _, time_ms, body = row
    found = _diagnosis(body)
    fields: dict[str, lines.Field | None] = {
        "fault": found.fault,
        "fault_code": found.fault_code,
        "fault_label": found.fault_label,
        "severity": found.severity,
        "confidence": float(found.confidence),
        "anomaly_score": float(found.anomaly_score),
        "model": found.model,
    }
    # Of one moment and class, InfluxDB keeps the judgement that was made last; -1 is "Unknown".
    place = 2 * (found.fault_code + 1) + found.stale
    stamp = lines.time_ns(time_ms=time_ms, within_ms=place)
    return lines.point(measurement="diagnosis", tags=_tags(row), fields=fields, time_ns=stamp)


def _alarm_line(row: Row, _factors_at: FactorsAt) -> str:
    (revision, _, _, raised_ms, id_, name, kind, severity, text, acknowledged_ms,
     acknowledged_by, cleared_ms, count, note, word_ms) = row  # fmt: skip
    # A field that is left out keeps its old value: an acknowledgement taken back says 0.
    is_taken_back = acknowledged_ms is None and word_ms is not None
    fields: dict[str, lines.Field | None] = {
        "id": id_,
        "severity": severity,
        "text": text,
        "acknowledged_ms": 0 if is_taken_back else acknowledged_ms,
        "acknowledged_by": "" if is_taken_back else acknowledged_by,
        "note": note or (None if word_ms is None else ""),
        # One that was opened again likewise.
        "cleared_ms": 0 if cleared_ms is None and count > 1 else cleared_ms,
        "count": count,
        "revision": revision,
    }
    stamp = lines.time_ns(time_ms=raised_ms, within_ms=0)
    tags = _tags(row, kind=kind, name=name)
    return lines.point(measurement="alarm", tags=tags, fields=fields, time_ns=stamp)


def _tags(row: Row, **more: str) -> dict[str, str]:
    _, device, asset, *_ = row
    return {"asset": asset, "device": device, **more}


# As many as there are points: see ``_diagnosis_line``.
_JUDGEMENTS: Final = (
    "count(DISTINCT t.time_ms || ' ' || t.fault || (t.body LIKE '%\"stale\":true%'))"
)

MEASUREMENTS: Final = {
    measurement.stream.name: measurement
    for measurement in (
        Measurement(
            stream=READINGS,
            kept="raw",
            marker="seq",
            aggregate="count",
            total="count(*)",
            encode=_reading_line,
        ),
        Measurement(
            stream=EVENTS,
            kept="raw",
            marker="seq",
            aggregate="count",
            total="count(*)",
            encode=_event_line,
        ),
        Measurement(
            stream=MINUTES,
            kept="history",
            marker="revision",
            aggregate="sum",
            total="sum(t.revision)",
            encode=_minute_line,
        ),
        Measurement(
            stream=DIAGNOSES,
            kept="history",
            marker="fault_code",
            aggregate="count",
            total=_JUDGEMENTS,
            encode=_diagnosis_line,
        ),
        Measurement(
            stream=ALARMS,
            kept="history",
            marker="revision",
            aggregate="sum",
            total="sum(t.revision)",
            encode=_alarm_line,
        ),
    )
}
