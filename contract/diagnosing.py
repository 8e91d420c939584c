"""Windows of readings out to the classifier, diagnoses back in, and when they are stale.

What is exchanged only: ``gateway.judging.diagnoser`` says which devices are judged and when, and
``gateway.judging.classifier`` does the asking.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from contract.messages import Diagnosis, Prediction, Value

# What inference calls its refusal of a type that it has no model of (RFC 9457).
NO_MODEL: Final = "urn:edgetwin:problem:no-model"

STALE_AFTER_MS: Final = 5_000
AGREE_WITHIN_MS: Final = 1_000
MAX_WINDOW_ROWS: Final = 100  # what /predict/batch accepts
JUMP_MS: Final = 3_000  # as long as a window: readings further apart than this share none
QUIET_MS: Final = 15_000  # a board may send as rarely as every 10 s
STORE_MS: Final = 60_000  # a class that stays is stored once a minute
# So long a stored class stands when no other row follows: those minutes, and a quiet board's wait.
IN_FORCE_MS: Final = STORE_MS + QUIET_MS
# What is usual of a channel is a mean over so many of its newest holds, and over all while there
# are fewer.
REMEMBERED: Final = 100


class Hold(msgspec.Struct, array_like=True, gc=False):
    """How one channel's value stands: ``gateway.twin.holds`` follows it.

    Attributes:
        held_ms: how long it has shown its present value.
        usual_ms: how long it showed each value before, on average; 0 where it never changed.
        changes: how often it was seen to change, ``REMEMBERED`` times at most.
    """

    held_ms: int = 0
    usual_ms: int = 0
    changes: int = 0


class Window(msgspec.Struct, omit_defaults=True):
    """The last of one device, oldest first; ``rows`` in the order of ``asset.columns``.

    ``holds`` is what is known of each of those columns from before, None where nothing is.
    """

    device: str
    time_ms: list[int]
    rows: Sequence[tuple[Value, ...]]
    holds: list[Hold] | None = None

    @property
    def newest_ms(self) -> int:
        return self.time_ms[-1]


def diagnosis_of(window: Window, prediction: Prediction, *, judged_ms: int) -> Diagnosis:
    """What ``prediction`` says about the device of ``window``."""
    return Diagnosis(
        device=window.device,
        time_ms=window.newest_ms,
        judged_ms=judged_ms,
        stale=False,
        **msgspec.structs.asdict(prediction),
    )


def is_certain(diagnosis: Diagnosis, *, previous: Diagnosis | None, told: Diagnosis | None) -> bool:
    """Whether ``diagnosis`` may be told, or its change of class awaits another window's word.

    Chance makes a healthy machine look odd for one window, several times an hour. Where readings
    come at least a second apart there is no time to wait: then every judgement is told.

    Args:
        diagnosis: the newest judgement.
        previous: the judgement before it, told or not.
        told: what was told last.
    """
    if told is None or told.stale or diagnosis.fault == told.fault:
        return True
    if diagnosis.time_ms - told.time_ms >= AGREE_WITHIN_MS:
        return True
    if previous is None or previous.time_ms >= diagnosis.time_ms:
        return False
    return previous.fault == diagnosis.fault


def is_stale(*, judged_time_ms: int, newest_ms: int) -> bool:
    """Whether a diagnosis of ``judged_time_ms`` lags a device whose newest reading is given."""
    return newest_ms - judged_time_ms > STALE_AFTER_MS


def stale_diagnosis(diagnosis: Diagnosis, *, newest_ms: int) -> Diagnosis | None:
    """The same diagnosis marked stale, when it has just become so; None while it has not."""
    if diagnosis.stale or not is_stale(judged_time_ms=diagnosis.time_ms, newest_ms=newest_ms):
        return None
    return msgspec.structs.replace(diagnosis, stale=True)


def is_hole(*, from_ms: int, to_ms: int, missed: bool) -> bool:
    """Whether nothing is known of the time between two judgements of a device.

    Args:
        from_ms: the time of the earlier one.
        to_ms: the time of the later one.
        missed: there are readings in between that nobody judged.
    """
    return to_ms - from_ms > (JUMP_MS if missed else QUIET_MS)


def ended(told: Diagnosis, *, time_ms: int) -> Diagnosis:
    """The row that says: being judged ended at ``time_ms``, with what was ``told`` then."""
    return msgspec.structs.replace(told, time_ms=max(time_ms, told.time_ms), stale=True)
