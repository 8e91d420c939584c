"""Readings of a range in; what of them is unlike what was before, by a method asked for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from contract.errors import Refused
from contract.messages import Reason
from gateway.api.queries.history import History
from gateway.journal.anomalies import Anomaly
from gateway.twin.fleet import Device
from gateway.twin.rolling import deviations, runs

_SEVERITY: Final = "Low"  # nobody has said what it means
LEAST_LEARNED: Final = 100


def by_rolling(
    history: History, device: Device, *, window: int, threshold: float, robust: bool
) -> list[Anomaly]:
    """Stretches in which a channel is further than ``threshold`` from the ``window`` before."""
    found: list[dict[str, Any]] = []
    for name, band in history.channels.items():
        channel = device.asset.by_name[name]
        least = max(channel.accuracy / 2.0, 0.5 * 10.0**-channel.decimals)
        scores = deviations(band.mean, window=window, robust=robust, least=least)
        for first, last in runs([s is not None and abs(s) > threshold for s in scores]):
            at = max(range(first, last + 1), key=lambda each: abs(scores[each] or 0.0))
            score, value = scores[at] or 0.0, band.mean[at]
            side = "above" if score > 0 else "below"
            text = (
                f"{channel.title} is {value:.{channel.decimals}f} {channel.unit}, "
                f"{abs(score):.1f} times its usual spread {side} the {window} looks before."
            )
            found.append(
                _anomaly("rolling", (f"rolling_{name}", name), text, abs(score), threshold)
                | _times(history, first, last)
            )
    return [Anomaly(**each) for each in sorted(found, key=_start, reverse=True)]


def question(learned: History, asked: History, *, model: str) -> dict[str, Any]:
    """What inference is asked. Raises Refused: there is too little to learn from."""
    names = list(asked.channels)
    if len(learned.time_ms) < LEAST_LEARNED:
        raise Refused(
            f"Nothing is learned from {len(learned.time_ms)} looks: as long before the range as it "
            f"is long, {LEAST_LEARNED} looks are needed. Ask for a longer or a later range."
        )
    return {
        "model": model,
        "channels": names,
        "learn": _rows(learned, names),
        "rows": _rows(asked, names),
        "times_s": [ms / 1_000 for ms in asked.time_ms],
    }


def by_joint(
    history: History, device: Device, answer: Mapping[str, Any], *, model: str, threshold: float
) -> list[Anomaly]:
    """Stretches that the model marks, or where its score is beyond a ``threshold`` above 1."""
    scores, channels = answer["scores"], answer["channels"]
    marks = [
        bool(mark) and (threshold <= 1.0 or score > threshold)
        for mark, score in zip(answer["anomalies"], scores, strict=True)
    ]
    found = []
    for first, last in runs(marks):
        at = max(range(first, last + 1), key=lambda each: float(scores[each]))
        title = device.asset.by_name[channels[at]].title
        text = f"All channels together are unlike this machine's normal, {title} most of all."
        row = _anomaly("joint", (model, channels[at]), text, float(scores[at]), threshold)
        row["evidence"] = [Reason(channels[at], 1.0, text)]
        found.append(row | _times(history, first, last))
    return [Anomaly(**each) for each in sorted(found, key=_start, reverse=True)]


def _anomaly(
    method: str, where: tuple[str, str], text: str, score: float, threshold: float
) -> dict[str, Any]:
    name, channel = where
    return {
        "method": method, "name": name, "channel": channel, "severity": _SEVERITY, "text": text,
        "score": score, "threshold": threshold,
    }  # fmt: skip


def _times(history: History, first: int, last: int) -> dict[str, Any]:
    end_ms = history.time_ms[last] + history.bucket_ms
    lasts = last == len(history.time_ms) - 1
    return {"start_ms": history.time_ms[first], "end_ms": None if lasts else end_ms}


def _start(row: Mapping[str, Any]) -> int:
    return int(row["start_ms"])


def _rows(history: History, names: Sequence[str]) -> list[list[float | None]]:
    return [list(row) for row in zip(*(history.channels[name].mean for name in names), strict=True)]
