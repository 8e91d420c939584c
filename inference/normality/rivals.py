"""What the learned baseline is measured against: isolation forest, autoencoder, windows.

Each learns from the same rows and gives one score a row, smoothed as the baseline's is; 1 is the
threshold, a margin above the 99th percentile of what was learned from.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from inference.errors import BadDataset
from inference.normality.normal import Array, scaled, smoothed
from inference.normality.settings import LEAST_ROWS, TUNING, Tuning

MARGIN: Final = 1.1
_LAGS: Final = 10
_CENTRES: Final = 8

Scores = Callable[[Array], Array]


def forest(rows: Array) -> Scores:
    """Isolation forest on single rows (Liu, Ting, Zhou 2008)."""
    from sklearn.ensemble import IsolationForest  # noqa: PLC0415  (serving loads no scikit-learn)

    model = IsolationForest(random_state=0, n_estimators=100).fit(rows)

    def scores(asked: Array) -> Array:
        found: Array = -model.score_samples(asked)
        return found

    return scores


def autoencoder(rows: Array) -> Scores:
    """The error of the network that types with that detector are watched by."""
    from inference.classifier import autoencoder_fit  # noqa: PLC0415  (as above)

    fitted = autoencoder_fit.fit(rows)

    def scores(asked: Array) -> Array:
        found: Array = np.sqrt(fitted.score(asked).error)
        return found

    return scores


def windows(rows: Array) -> Scores:
    """PCA of lagged windows and k-means of windows, fused by their rank among those learned."""
    from sklearn.cluster import KMeans  # noqa: PLC0415  (as above)

    known = _lagged(rows)
    centre = known.mean(axis=0)
    _, size, basis = np.linalg.svd(known - centre, full_matrices=False)
    kept = int(np.searchsorted(np.cumsum(size**2) / (size**2).sum(), 0.9)) + 1
    means = KMeans(_CENTRES, n_init=3, random_state=0).fit(known)

    def parts(asked: Array) -> Array:
        apart = asked - centre
        rest = apart - (apart @ basis[:kept].T) @ basis[:kept]
        return np.column_stack([(rest**2).sum(axis=1), means.transform(asked).min(axis=1) ** 2])

    usual = np.sort(parts(known), axis=0)

    def scores(asked: Array) -> Array:
        found = parts(_lagged(asked))
        ranks = [
            np.searchsorted(usual[:, each], found[:, each]) / len(usual)
            + np.maximum(0.0, np.log(found[:, each] / usual[-1, each] + 1e-12))
            for each in range(found.shape[1])
        ]
        found_in_all: Array = np.mean(ranks, axis=0)
        return found_in_all

    return scores


RIVALS: Final[dict[str, Callable[[Array], Scores]]] = {
    "forest": forest, "autoencoder": autoencoder, "windows": windows,
}  # fmt: skip


def judged(name: str, learned: Array, rows: Array, *, tuning: Tuning = TUNING) -> Array:
    """(N,) scores of ``rows``, which follow on ``learned``; beyond 1 is an anomaly.

    Raises:
        BadDataset: fewer than ``LEAST_ROWS`` rows to learn from.
    """
    if len(learned) < LEAST_ROWS:
        raise BadDataset(f"A model is learned from {LEAST_ROWS} rows or more, not {len(learned)}.")
    centre, deviation = learned.mean(axis=0), learned.std(axis=0)
    scale = np.where(deviation > 0.0, deviation, 1.0)
    known, asked = (scaled(each, centre, scale, tuning) for each in (learned, rows))
    raw = RIVALS[name](known)(np.concatenate([known, asked]))
    usual = float(np.median(raw[: len(known)]))
    smooth = smoothed((raw - usual)[:, None], tuning.span)[:, 0]
    far = float(np.quantile(smooth[tuning.span : len(known)], 0.99)) * MARGIN
    found: Array = smooth[len(known) :] / max(far, 1e-12)
    return found


def _lagged(rows: Array) -> Array:
    """(N, lags * C) each row with those before it; before the first it was as it is."""
    padded = np.concatenate([np.repeat(rows[:1], _LAGS - 1, axis=0), rows])
    return np.concatenate([padded[at : at + len(rows)] for at in range(_LAGS)], axis=1)
