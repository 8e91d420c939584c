"""Verdicts as CSV, and the readings around each alarm as another: what is learned from. Pure.

No name of a person is in it: who gave a verdict stays in the journal. A note is as it was written.
"""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from contract.messages import Value
from gateway.api.csv_form import FORMULA
from gateway.api.queries.verdicts import Judged
from gateway.journal.excerpts import Excerpt, rows_of
from gateway.twin.causes import FAULT_PREFIX

COLUMNS: Final = (
    "alarm_id", "device_id", "asset", "kind", "cause", "verdict", "true_cause", "raised_at",
    "cleared_at", "decided_at", "note", "readings",
)  # fmt: skip
FOLDER: Final = "readings"

Responses = dict[int | str, dict[str, Any]]


def readings_name(alarm: int) -> str:
    """The file of an alarm's readings, as the table names it: a number, whatever anybody wrote."""
    return f"{FOLDER}/{alarm:d}.csv"


def table(judged: Iterable[tuple[Judged, bool]]) -> str:
    """Verdicts as CSV, each with whether readings are kept of it."""
    return _csv(COLUMNS, (_row(each, has_readings) for each, has_readings in judged))


def _row(judged: Judged, has_readings: bool) -> tuple[str, ...]:  # noqa: FBT001
    of, said = judged.of, judged.verdict
    cause = of.cause.removeprefix(FAULT_PREFIX)
    return (
        str(of.alarm), of.device, of.asset, of.kind, cause, said.verdict, _words(said.cause),
        _utc(of.raised_ms), _utc(of.cleared_ms), _utc(said.decided_ms), _words(said.note),
        readings_name(of.alarm) if has_readings else "",
    )  # fmt: skip


def readings(excerpt: Excerpt) -> str:
    """Readings as CSV: the time, each channel, state and counter; an empty cell: not measured."""
    rows = ((_utc(time_ms), *map(_cell, values)) for time_ms, values in rows_of(excerpt))
    return _csv(("time", *excerpt.channels), rows)


def _csv(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _cell(value: Value | None) -> str:
    return _words(value) if isinstance(value, str) or value is None else repr(value)


def _words(text: str | None) -> str:
    """A person's words, which no spreadsheet is to run."""
    return f"'{text}" if text and text.startswith(FORMULA) else text or ""


def _utc(time_ms: int | None) -> str:
    if time_ms is None:
        return ""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


def shown(judged: Judged) -> dict[str, Any]:
    """A verdict and its alarm, as answers have it."""
    of = msgspec.structs.asdict(judged.of)
    for inner in ("device_id", "part_of"):
        del of[inner]
    return {"id": judged.id, **of, "verdict": judged.verdict}


def _answer(description: str, example: str) -> Responses:
    content = {"text/csv": {"example": example}}
    return {200: {"description": description, "content": content}}


OF_VERDICTS: Final = _answer(
    "Verdicts, the newest first.",
    f"{','.join(COLUMNS)}\n12,fan-01,fan,fault,overcurrent,cause,thermal_drift,"
    "2025-11-20T11:59:56.000Z,2025-11-20T12:04:10.000Z,2025-11-20T12:30:00.000Z,Filter.,"
    "readings/12.csv\n",
)
OF_READINGS: Final = _answer(
    "Readings in order of time.",
    "time,temperature,rpm,current,vibration,ambient\n"
    "2025-11-20T11:58:56.123Z,41.2,1187.0,1.08,0.82,\n",
)
