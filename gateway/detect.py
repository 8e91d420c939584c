"""Windows of readings out to the classifier, answers back in: what is judged, what is stale.

The decisions only: which windows are worth a judgement, what a diagnosis looks like, and when it
no longer speaks of the present. ``gateway.classifier`` does the asking.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from gateway.messages import Diagnosis, Prediction

STALE_AFTER_MS: Final = 5_000
MAX_WINDOW_ROWS: Final = 100  # what /predict/batch accepts


class Window(msgspec.Struct):
    """The last seconds of one device, oldest first; ``rows`` in the order of ``asset.required``."""

    device: str
    time_ms: list[int]
    rows: list[tuple[float, ...]]

    @property
    def newest_ms(self) -> int:
        return self.time_ms[-1]


def due(windows: Iterable[Window], *, judged_ms: Mapping[str, int]) -> list[Window]:
    """The newest window of each device, of those that show something not judged yet.

    While a judgement is under way windows pile up; only the newest of a device still matters.

    Args:
        windows: those taken since the last judgement, in any order.
        judged_ms: the newest time already judged, by device.
    """
    newest: dict[str, Window] = {}
    for window in windows:
        best = newest.get(window.device)
        if best is None or window.newest_ms >= best.newest_ms:
            newest[window.device] = window
    return [w for w in newest.values() if w.newest_ms > judged_ms.get(w.device, -1)]


def diagnosis_of(window: Window, prediction: Prediction, *, judged_ms: int) -> Diagnosis:
    """What ``prediction`` says about the device of ``window``."""
    return Diagnosis(
        device=window.device,
        time_ms=window.newest_ms,
        judged_ms=judged_ms,
        stale=False,
        **msgspec.structs.asdict(prediction),
    )


def is_stale(*, judged_time_ms: int, newest_ms: int) -> bool:
    """Whether a diagnosis of ``judged_time_ms`` lags a device whose newest reading is given."""
    return newest_ms - judged_time_ms > STALE_AFTER_MS


def stale_diagnosis(diagnosis: Diagnosis, *, newest_ms: int) -> Diagnosis | None:
    """The same diagnosis marked stale, when it has just become so; None while it has not."""
    if diagnosis.stale or not is_stale(judged_time_ms=diagnosis.time_ms, newest_ms=newest_ms):
        return None
    return msgspec.structs.replace(diagnosis, stale=True)
