"""Everything that can go wrong in the gateway, split by who must act.

GatewayError
  * Rejected       the message is bad: quarantine it with its reason, count it, go on
  * Refused        the caller asked for something that cannot be: tell the caller (an HTTP 4xx)
      * NotFound   ... because there is no such thing
      * Conflict   ... because of the state it is in now
      * WrongType  ... because what describes a type of machine cannot be right
  * Unavailable    a peer is down or slow: retry, degrade, say so
      * Unreadable     a file of the archive cannot be read: the journal is none the worse
      * TimedOut       it did not answer in time
      * NotServed      it answers, and does not serve this one kind of thing: others go on
      * StorageFull    the disk is full: acknowledge nothing until there is room
  * Damaged        what the journal holds cannot be read: acknowledge nothing, set it aside, go on
  * Unusable       the journal cannot be opened, or its disk fails: stop, and try again
  * Outdated       what was stored cannot be read by this version: build it anew from the journal
  * Misconfigured  the operator must change a setting: stop at start-up and name it
"""

from typing import Final, Literal

# Why a message is in quarantine: docs/architecture.md section 4 explains each.
Reason = Literal[
    "bad_birth",
    "bad_epoch",
    "bad_event",
    "bad_reported",
    "bad_result",
    "bad_seq",
    "bad_status",
    "bad_time",
    "bad_topic",
    "conflict",
    "duplicate_key",
    "influxdb_refused",
    "internal_error",
    "missing_channel",
    "not_a_number",
    "not_a_text",
    "not_json",
    "not_utf8",
    "out_of_range",
    "over_budget",
    "removed",
    "replaced",
    "retained",
    "too_large",
    "too_long",
    "too_many",
    "too_many_devices",
    "too_many_epochs",
    "too_many_holes",
    "unknown_asset",
    "unknown_device",
    "unknown_state",
    "wrong_shape",
]

# Refused for their number alone.
TOO_MUCH: Final[frozenset[Reason]] = frozenset({"over_budget", "too_many_epochs", "too_many_holes"})
# For their number, or for who sends them: the device keeps them and sends them again, so they
# settle nothing; they are counted, and but for a few not kept.
UNSETTLED: Final[frozenset[Reason]] = TOO_MUCH | {"removed", "replaced"}


class GatewayError(Exception):
    """Base of every error the gateway raises on purpose."""


class Rejected(GatewayError):
    """A device message that cannot be used.

    Attributes:
        reason: a short stable code, by which rejections are counted.
        detail: one sentence for a person.
        epoch, seq: the reading's key where it could be read; it settles the watermark.
    """

    def __init__(
        self, reason: Reason, detail: str, *, epoch: str | None = None, seq: int | None = None
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail
        self.epoch = epoch
        self.seq = seq


class Refused(GatewayError):
    """A request that cannot be carried out; the message says why and what would do."""


class NotFound(Refused):
    """The device, alarm or row that was asked for does not exist."""


class Conflict(Refused):
    """The device is offline, the alarm acknowledged: another time the same request may do."""


class WrongType(Refused):
    """What describes a type of machine cannot be right: a name, a unit, a formula of it.

    Attributes:
        is_placed: the text says already which formula of which type it is about.
    """

    def __init__(self, text: str, *, is_placed: bool = False) -> None:
        super().__init__(text)
        self.is_placed = is_placed


class Unavailable(GatewayError):
    """A peer (broker, inference, InfluxDB, disk) does not serve; the text names it."""


class Unreadable(Unavailable):
    """A file of the archive is missing, or is not what was written; the text names it."""


class TimedOut(Unavailable):
    """A peer took the request and did not answer in time."""


class NotServed(Unavailable):
    """The inference service answers, and judges no machine of this type.

    Attributes:
        retry_s: how long not to ask again.
    """

    def __init__(self, text: str, *, retry_s: float) -> None:
        super().__init__(text)
        self.retry_s = retry_s


class StorageFull(Unavailable):
    """The journal's disk is full."""


class Damaged(GatewayError):
    """What the journal holds is not what was written; going on in it would make it worse."""


class Unusable(GatewayError):
    """The journal cannot be opened or written; what it holds may be as good as ever."""


class Outdated(GatewayError):
    """A stored state is of another version or damaged; the journal can replace it."""


class Misconfigured(GatewayError):
    """A setting is missing or contradicts another; the text names it."""


def reason(error: BaseException) -> str:
    """An error of the operating system or a library as a person would say it."""
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
