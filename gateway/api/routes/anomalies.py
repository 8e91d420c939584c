"""What is unlike a machine's normal: as it was kept, or looked for now by a method."""

from collections.abc import Sequence
from typing import Any, Final

import apsw
import msgspec
from fastapi import APIRouter, Request, Response

from contract.errors import Refused
from contract.normality import LEARNED_ROWS, PROVEN_ROWS
from gateway.api import anomaly_search, examples, schema
from gateway.api.anomaly_figures import figures
from gateway.api.context import Context, Ctx, json_response
from gateway.api.meters import Meters
from gateway.api.openapi import answers
from gateway.api.params import AnomaliesQuery, DeviceName, Query
from gateway.api.queries.anomalies import kept, learned, stood
from gateway.api.queries.counting import ALL
from gateway.api.queries.history import History
from gateway.api.queries.history import history as read_history
from gateway.api.queries.usage import Range
from gateway.api.queries.watched import By, Subject, Watched, Watching
from gateway.api.ranges import as_one
from gateway.api.spans import Span, last
from gateway.api.watching import subject
from gateway.journal.anomalies import Anomaly, Stood
from gateway.twin.anomaly_kinds import kind_of
from gateway.twin.causes import causes_of
from gateway.twin.fleet import Device
from hosting.guard.leaving import until_left

router = APIRouter(tags=["Events"])
_DAY_MS: Final = 86_400_000
_USUAL_DEVIATION: Final = 6.0  # robust standard deviations
_SEARCHES: Final = ("rolling", "joint")


@router.get(
    "/devices/{device}/anomalies",
    summary="What was unlike its normal",
    responses=answers(schema.Anomalies, examples.ANOMALIES, 404),
)
async def anomalies(
    device: DeviceName, query: Query[AnomaliesQuery], request: Request, context: Ctx
) -> Response:
    """Anomalies that reach into the range, newest first; without a range the last 24 hours.

    Without `method`: all that was kept as it happened. `limits` (a limit, silence) and
    `classified` (what its type knows to go wrong, with the classifier's reasons) are those of it;
    `rolling` and `joint` are looked for now, in the readings of the range: `rolling` compares each
    look at a channel with the `window` looks before it, `joint` asks the inference service about
    all channels together (`model`), by what is normal of this machine in as long before the range.

    `evidence` says which channels departed, by how much, and from what; `weight` is the share that
    each has. `kind` is what it is across types: of a limit over_temperature, high_consumption,
    low_level …, `inactivity` (it is silent, or nobody has used it for long), of a fault leakage,
    sensor_error, overuse, wear, blockage, overheating, overload, shortage, breakdown or other.

    An anomaly that shares its cause with an alarm names it (`alarm`). `mtba` is the mean time
    between anomalies that began, in hours in which it was judged (`judged_ms`: by its type's model,
    or by its own normal once that is known; with `method` by that), `response_index` how many
    minutes they took to recover: each `null` with its reason where it cannot be told.

    ```sh
    curl -s 'http://127.0.0.1:8000/devices/fan-01/anomalies?method=rolling&window=60&threshold=6'
    ```
    """
    found = context.services.fleet.get(device)
    span = last(query, now_ms=context.services.now_ms(), usual_ms=_DAY_MS)
    _check(query, found)
    return await until_left(request, _answer(found, query, span, context))


async def _answer(found: Device, query: AnomaliesQuery, span: Span, context: Context) -> Response:
    listed, stretches = await _found(found, query, span, context)
    whole = as_one(span, context)
    meter = msgspec.structs.replace(Meters(whole, context).of(found), counting=ALL)
    by: By = "search" if query.method in _SEARCHES else query.method
    watched = await context.readers.run(_watched, subject=subject(found, meter), span=whole, by=by)
    known = await context.readers.run(learned, device_id=found.id)
    return json_response(
        {
            "device": found.name,
            "method": query.method,
            "from_ms": span.from_ms,
            "to_ms": span.to_ms,
            "anomalies": [told(each, found) for each in listed[: query.limit]],
            **figures(stretches, begun=watched.begun(stretches), watched=watched),
            "learning": learning(None if known is None else known.rows),
        }
    )


def _watched(connection: apsw.Connection, *, subject: Subject, span: Range, by: By) -> Watched:
    return Watching(connection, span=span, by=by).of(subject)


def learning(rows: int | None) -> dict[str, Any]:
    """How far it is known what is normal of a machine."""
    rows = rows or 0
    begun = "tried" if rows >= LEARNED_ROWS else "learning"
    stage = "learned" if rows >= PROVEN_ROWS else begun
    share = min(1.0, rows / PROVEN_ROWS)
    return {"stage": stage, "share": share, "looks": rows, "needed": PROVEN_ROWS}


def told(anomaly: Anomaly, device: Device) -> dict[str, Any]:
    """An anomaly with its kind, and with its channel where its name says which."""
    named = causes_of(device.asset).get(anomaly.name, frozenset())
    channel = anomaly.channel or (next(iter(named)) if len(named) == 1 else None)
    if channel is None and anomaly.evidence:
        channel = max(anomaly.evidence, key=lambda reason: reason.weight).channel
    return {
        "id": anomaly.id or None, "method": anomaly.method, "name": anomaly.name,
        "kind": kind_of(device.asset, anomaly.name), "channel": channel,
        "severity": anomaly.severity, "text": anomaly.text,
        "score": anomaly.score, "threshold": anomaly.threshold,
        "start_ms": anomaly.start_ms, "end_ms": anomaly.end_ms, "alarm": anomaly.alarm,
        "evidence": anomaly.evidence,
    }  # fmt: skip


def _check(query: AnomaliesQuery, device: Device) -> None:
    """Raises Refused: it has no such channel, or the method knows no such word."""
    words = {
        "channel": query.channel, "window": query.window, "threshold": query.threshold,
        "robust": query.robust, "model": query.model,
    }  # fmt: skip
    known = {
        "rolling": {"channel", "window", "threshold", "robust"}, "joint": {"threshold", "model"}
    }.get(query.method or "", set[str]())  # fmt: skip
    for word, value in words.items():
        if value is not None and word not in known:
            owner = "joint" if word == "model" else "rolling"
            raise Refused(f"{word} is a word of method={owner}; here it would do nothing.")
    if query.channel is not None and query.channel not in device.asset.by_name:
        has = ", ".join(device.asset.by_name) or "none"
        raise Refused(f"{device.name} has no channel {query.channel[:40]!r}; it has {has}.")


async def _found(
    device: Device, query: AnomaliesQuery, span: Span, context: Context
) -> tuple[list[Anomaly], Sequence[Anomaly] | Sequence[Stood]]:
    """The newest, and when all of them stood."""
    if query.method in _SEARCHES:
        search = _rolling if query.method == "rolling" else _joint
        every = await search(device, query, span, context)
        return every, every
    listed = await context.readers.run(
        kept, device_id=device.id, from_ms=span.from_ms, to_ms=span.to_ms,
        method=query.method, limit=query.limit,
    )  # fmt: skip
    stretches = await context.readers.run(
        stood, device_id=device.id, from_ms=span.from_ms, to_ms=span.to_ms, method=query.method
    )
    return listed, stretches


async def _rolling(
    device: Device, query: AnomaliesQuery, span: Span, context: Context
) -> list[Anomaly]:
    channels = [query.channel] if query.channel else list(device.asset.by_name)
    history = await _history(device, span, channels, context)
    return anomaly_search.by_rolling(
        history,
        device,
        window=query.window or 60,
        threshold=query.threshold or _USUAL_DEVIATION,
        robust=query.robust is not False,
    )


async def _joint(
    device: Device, query: AnomaliesQuery, span: Span, context: Context
) -> list[Anomaly]:
    channels = [channel.name for channel in device.asset.watched]
    before = Span(max(0, 2 * span.from_ms - span.to_ms), span.from_ms)
    known = await _history(device, before, channels, context)
    asked = await _history(device, span, channels, context)
    model = query.model or "baseline"
    question = anomaly_search.question(known, asked, model=model)
    answer = await context.services.ask_normality(question)
    return anomaly_search.by_joint(
        asked, device, answer, model=model, threshold=query.threshold or 1.0
    )


async def _history(device: Device, span: Span, channels: list[str], context: Context) -> History:
    return await context.readers.run(
        read_history, device_id=device.id, device=device.name, asset=device.asset,
        from_ms=span.from_ms, to_ms=span.to_ms, points=2_000, channels=channels,
        site=context.services.settings.site_time,
    )  # fmt: skip
