"""Readings of a range in; what of them is unlike what was before, by a method asked for."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from contract.errors import Refused
from gateway.api.queries.history import History
from gateway.journal.anomalies import Anomaly
from gateway.twin.departures import evidence, summary
from gateway.twin.fleet import Device
from gateway.twin.rolling import deviations, runs

_SOON: Final = 0.1  # of a range: whose readings begin so soon has them all along
_SEVERITY: Final = "Low"  # nobody has said what it means
LEAST_LEARNED: Final = 200  # half of them to try it on


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
            f"is long, {LEAST_LEARNED} looks are needed. {_advice(learned, asked)}"
        )
    return {
        "model": model,
        "channels": names,
        "learn": _rows(learned, names),
        "rows": _rows(asked, names),
        "times_s": [ms / 1_000 for ms in asked.time_ms],
    }


def _advice(learned: History, asked: History) -> str:
    """When there would be enough: of half of what there is the other half can be judged."""
    times_ms = [*learned.time_ms, *asked.time_ms]
    if not times_ms:
        return "There is no reading in either: ask for a range in which it measured."
    length_ms = asked.to_ms - asked.from_ms
    if times_ms[0] - learned.from_ms <= length_ms * _SOON:
        return "Ask for a longer range, or again later."
    if sum(learned.count) + sum(asked.count) < 2 * LEAST_LEARNED:
        return "Ask again when it has measured for longer."
    middle = datetime.fromtimestamp((times_ms[0] + times_ms[-1]) // 2_000, UTC)
    begun = datetime.fromtimestamp(times_ms[0] // 1_000, UTC)
    return f"Its readings there begin at {_iso(begun)}: ask for a range from {_iso(middle)} on."


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


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
        text = summary(device, channels[at])
        row = _anomaly("joint", (model, channels[at]), text, float(scores[at]), threshold)
        values = {name: band.mean[at] for name, band in history.channels.items()}
        row["evidence"] = evidence(device, answer["departed"][at], values)
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
