"""``POST /anomalies``: what is unlike the normal of one machine, whatever its type.

Nothing is remembered here: what was learned goes back with the answer, and comes again.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
import numpy as np

from contract.misfits import unlike
from inference.errors import BadDataset, BadRequest
from inference.normality import rivals
from inference.normality.memory import Memory, recalled, remembered
from inference.normality.normal import Array
from inference.normality.proof import learned
from inference.normality.watch import Watch

MOST_ROWS: Final = 10_000
MOST_CHANNELS: Final = 64
MOST_APART: Final = 1e9  # standard deviations that are told apart
MOST_DEPARTED: Final = 3  # channels of a row
LEAST_SHARE: Final = 0.1  # of those after the first
MOST_VALUE: Final = 1e100  # the sum of its squares is a number still
# Rows to learn from times the square of the channels: a few seconds of a processor.
MOST_FOR_A_NETWORK: Final = 640_000
Model = Literal["baseline", "forest", "autoencoder"]
Rows = list[list[float | None]]


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """Rows of ``channels``, oldest first, null where nothing was measured.

    ``learn``: learn from these first. ``memory``: else go on from what an answer gave.
    """

    channels: list[str]
    rows: Rows = []
    times_s: list[float] | None = None
    learn: Rows | None = None
    first: Annotated[int, msgspec.Meta(ge=1)] | None = None
    memory: Memory | None = None
    model: Model = "baseline"


class Departed(msgspec.Struct):
    """A channel of an anomaly: its share of the score, and its usual value; null: not known."""

    channel: str
    share: float
    usual: float | None


class Answered(msgspec.Struct):
    """Of each row; a score beyond 1 is beyond the threshold of then, ``threshold`` is of the last.

    ``departed`` are the channels that make it an anomaly, most first; none where it is none.
    """

    model: Model
    scores: list[float]
    anomalies: list[bool]
    channels: list[str]
    departed: list[list[Departed]]
    memory: Memory | None
    threshold: float


DESCRIPTION: Final = """Judge rows of one machine by what is normal of it: learned from the rows
`learn`, or as `memory` has it, which an earlier answer gave. Scores beyond 1 are beyond the
threshold."""
_decode: Final = msgspec.json.Decoder(Asked).decode
_LEARNED: Final = [[41.0 + n * 7 % 5 / 10, 1200.0 + n * 3 % 7] for n in range(200)]
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["channels"],
    "properties": {
        "model": {"enum": ["baseline", "forest", "autoencoder"], "default": "baseline"},
        "channels": {"type": "array", "items": {"type": "string"}, "maxItems": MOST_CHANNELS},
        "rows": {"type": "array", "items": {"type": "array"}, "maxItems": MOST_ROWS},
        "times_s": {"type": ["array", "null"], "items": {"type": "number"}},
        "learn": {"type": ["array", "null"], "items": {"type": "array"}, "maxItems": MOST_ROWS},
        "first": {"type": ["integer", "null"], "minimum": 1},
        "memory": {"type": ["object", "null"], "description": "Of an earlier answer."},
    },
    "example": {
        "channels": ["temperature", "rpm"],
        "learn": _LEARNED,
        "rows": [[41.2, 1203.0], [78.0, 640.0]],
    },
}


def answered(body: bytes) -> Answered:
    """Judge rows of one machine, by what is learned from others of its own.

    Raises:
        BadRequest: what is wrong with it.
    """
    try:
        asked = _decode(body)
    except msgspec.ValidationError as error:
        raise BadRequest(f"{unlike(error)[:200]}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"{str(error)[:200]}.") from error
    rows = _array(asked, asked.rows, "rows")
    if asked.times_s is not None and len(asked.times_s) != len(rows):
        raise BadRequest(f"times_s: {len(rows)} rows want as many times.")
    try:
        if asked.model == "baseline":
            return _by_baseline(asked, rows)
        return _by_rival(asked, rows)
    except BadDataset as error:
        raise BadRequest(str(error)) from error


def _by_baseline(asked: Asked, rows: Array) -> Answered:
    watch = _watch(asked)
    times_s: Sequence[float | None] = asked.times_s or [None] * len(rows)
    found, departed = [], []
    for row, time_s in zip(rows, times_s, strict=True):
        one = watch.judged(row, time_s)
        found.append(one)
        departed.append(_departed(asked, one.shares, watch.usual()) if one.is_anomaly else [])
    return Answered(
        model=asked.model,
        scores=[one.score for one in found],
        anomalies=[one.is_anomaly for one in found],
        channels=[asked.channels[int(np.argmax(one.shares))] for one in found],
        departed=departed,
        memory=remembered(watch, asked.channels),
        threshold=watch.threshold,
    )


def _departed(asked: Asked, shares: Array, usual: Array) -> list[Departed]:
    first, *others = np.argsort(-shares, kind="stable")[:MOST_DEPARTED].tolist()
    return [
        Departed(
            channel=asked.channels[at],
            share=float(shares[at]),
            usual=float(usual[at]) if np.isfinite(usual[at]) else None,
        )
        for at in (first, *(each for each in others if shares[each] >= LEAST_SHARE))
    ]


def _watch(asked: Asked) -> Watch:
    if asked.learn is not None:
        known = _array(asked, asked.learn, "learn")
        return learned(known, first=asked.first or len(known))
    if asked.memory is None:
        raise BadRequest("Give learn, rows to learn from, or memory, what an answer gave.")
    if asked.memory.channels != asked.channels:
        raise BadRequest("memory is of other channels than channels.")
    return recalled(asked.memory)


def _by_rival(asked: Asked, rows: Array) -> Answered:
    if asked.learn is None:
        raise BadRequest(f"{asked.model} wants learn: rows to learn from.")
    known = _array(asked, asked.learn, "learn")
    if asked.model == "autoencoder" and len(known) * known.shape[1] ** 2 > MOST_FOR_A_NETWORK:
        raise BadRequest(
            f"learn: an autoencoder takes at most {MOST_FOR_A_NETWORK // known.shape[1] ** 2:,}"
            f" rows of {known.shape[1]} channels, not {len(known):,}."
        )
    usual = np.nan_to_num(np.nanmedian(known, axis=0)) if len(known) else 0.0
    known, rows = (np.where(np.isnan(each), usual, each) for each in (known, rows))
    scores = rivals.judged(asked.model, known, rows)
    deviation, mean = known.std(axis=0), known.mean(axis=0)
    apart = np.abs(rows - mean) / np.where(deviation > 0.0, deviation, 1.0)
    apart = np.minimum(apart, MOST_APART) ** 2
    shares = apart / np.maximum(apart.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    marks = (scores > 1.0).tolist()
    return Answered(
        model=asked.model,
        scores=scores.tolist(),
        anomalies=marks,
        channels=[asked.channels[at] for at in shares.argmax(axis=1)] if len(rows) else [],
        departed=[
            _departed(asked, each, mean) if mark else []
            for each, mark in zip(shares, marks, strict=True)
        ],
        memory=None,
        threshold=1.0,
    )


def _array(asked: Asked, rows: Rows, name: str) -> Array:
    count = len(asked.channels)
    if not 1 <= count <= MOST_CHANNELS:
        raise BadRequest(f"channels: 1 to {MOST_CHANNELS} of them, not {count}.")
    if len(rows) > MOST_ROWS:
        raise BadRequest(f"{name}: at most {MOST_ROWS} rows, not {len(rows)}.")
    wrong = next((at for at, row in enumerate(rows) if len(row) != count), None)
    if wrong is not None:
        raise BadRequest(f"{name}[{wrong}] has {len(rows[wrong])} values for {count} channels.")
    found = np.array(rows, dtype=np.float64).reshape(-1, count)
    if (np.abs(found) > MOST_VALUE).any():
        raise BadRequest(f"{name}: a value is beyond {MOST_VALUE:g}; leave it out, as null.")
    return found
