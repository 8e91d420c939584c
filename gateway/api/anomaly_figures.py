"""How rare anomalies are, and how soon they are over: figures with bounds. Pure."""

from collections.abc import Sequence
from math import sqrt
from typing import Any, Final

from gateway.api.queries.watched import Watched
from gateway.journal.anomalies import Anomaly, Stood

_HOUR_MS: Final = 3_600_000
_MINUTE_MS: Final = 60_000
UNJUDGED: Final = "it was not judged in this time"
_Z: Final = 1.96  # 95 %, both sides
_NONE_FOUND: Final = 3.0  # of none in T: at least T / 3, 95 % sure (Garwood 1936)


def figures(
    found: Sequence[Anomaly] | Sequence[Stood], *, begun: int, watched: Watched
) -> dict[str, Any]:
    """Mean time between anomalies (MTBA), in hours judged, and minutes to recovery.

    ``begun``: how many of them began while they were looked for.
    """
    over_ms = [each.end_ms - each.start_ms for each in found if each.end_ms is not None]
    return {
        "judged_ms": watched.judged_ms,
        "mtba": _between(begun, watched),
        "response_index": _response([max(0, ms) / _MINUTE_MS for ms in over_ms], len(found)),
    }


def _between(count: int, watched: Watched) -> dict[str, Any]:
    hours = watched.judged_ms / _HOUR_MS
    if hours <= 0.0:
        was_measured = watched.measured_ms > 0
        return _figure("h", 0, reason=UNJUDGED if was_measured else "nothing was measured")
    if count == 0:
        low = hours / _NONE_FOUND
        return _figure("h", 0, low=low, reason="no anomaly began in this time")
    most = _chi_square(2 * count + 2, _Z)
    least = _chi_square(2 * count, -_Z)
    return _figure(
        "h", count, hours / count, low=2 * hours / most, high=2 * hours / least if least else None
    )


def _response(minutes: Sequence[float], count: int) -> dict[str, Any]:
    if not minutes:
        why = "none of them is over" if count else "there was no anomaly in this time"
        return _figure("min", 0, reason=why)
    mean, of = sum(minutes) / len(minutes), len(minutes)
    if of == 1:
        return _figure("min", of, mean)
    spread = sqrt(sum((each - mean) ** 2 for each in minutes) / (of - 1) / of)
    return _figure("min", of, mean, low=max(0.0, mean - _Z * spread), high=mean + _Z * spread)


def _chi_square(degrees: int, z: float) -> float:
    """Quantile of the chi-squared distribution (Wilson and Hilferty 1931)."""
    part = 2.0 / (9.0 * degrees)
    return float(degrees * max(0.0, 1.0 - part + z * sqrt(part)) ** 3)


def _figure(
    unit: str,
    of: int,
    value: float | None = None,
    *,
    low: float | None = None,
    high: float | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    return {"unit": unit, "value": value, "low": low, "high": high, "of": of, "reason": reason}
