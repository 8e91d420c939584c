"""One entry of the audit trail, and what may be entered."""

from enum import StrEnum
from typing import Final

import msgspec

_LONGEST: Final = {"who": 64, "origin": 64, "detail": 256}
NOBODY: Final = "unknown"


class What(StrEnum):
    """What is entered. Strangers cause the first group, people who are let in the second."""

    LOGIN_REFUSED = "login_refused"
    PUBLISH_DENIED = "publish_denied"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - no secret
    PASSWORD_REFUSED = "password_refused"  # noqa: S105 - no secret
    TAKEN_OVER = "taken_over"

    COMMAND = "command"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    VERDICT_GIVEN = "verdict_given"
    VERDICT_TAKEN_BACK = "verdict_taken_back"
    DEVICE_ADDED = "device_added"
    DEVICE_RENEWED = "device_renewed"
    DEVICE_REMOVED = "device_removed"
    DEVICE_REPLACED = "device_replaced"
    READINGS_DELETED = "readings_deleted"
    DELETION_WAITS = "deletion_waits"
    STAGE_CHANGED = "stage_changed"
    READER_ADDED = "reader_added"
    READER_RENEWED = "reader_renewed"
    READER_REMOVED = "reader_removed"
    NOTIFICATION_TESTED = "notification_tested"
    SETTINGS_CHANGED = "settings_changed"
    REGISTRY_CHANGED = "registry_changed"
    PARAMS_CHANGED = "params_changed"
    LIMITS_CHANGED = "limits_changed"
    PHOTO_CHANGED = "photo_changed"
    LOG_CHANGED = "log_changed"
    DEVICE_SETTINGS_CHANGED = "device_settings_changed"
    MAINTENANCE_ADDED = "maintenance_added"
    MAINTENANCE_REMOVED = "maintenance_removed"
    GATEWAY_STARTED = "gateway_started"
    GATEWAY_STOPPED = "gateway_stopped"
    JOURNAL_SET_ASIDE = "journal_set_aside"
    IMPORTED = "imported"
    BACKED_UP = "backed_up"
    RESTORED = "restored"
    RESTATED = "restated"


# Of these a stranger makes as many as he likes: repeats count as one, whatever they are about.
BY_STRANGERS: Final = frozenset(
    {
        What.LOGIN_REFUSED,
        What.PUBLISH_DENIED,
        What.TOKEN_REFUSED,
        What.PASSWORD_REFUSED,
        What.TAKEN_OVER,
    }
)
OF_DEVICES: Final = frozenset({What.DEVICE_ADDED, What.DEVICE_RENEWED, What.DEVICE_REMOVED})
GUESSES: Final = frozenset({What.LOGIN_REFUSED, What.TOKEN_REFUSED, What.PASSWORD_REFUSED})

Key = tuple[str, str, str, str]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """``count`` times the same within a minute; ``time_ms`` is of the first."""

    time_ms: int
    who: str
    origin: str
    what: What
    detail: str = ""
    count: int = 1

    @property
    def key(self) -> Key:
        """What two entries have in common that are counted as one."""
        detail = "" if self.what in BY_STRANGERS else self.detail
        return (self.who, self.origin, self.what, detail)

    def bounded(self) -> "Event":
        """With texts that are short and printable, whatever a stranger put into them."""
        texts = {name: _plain(getattr(self, name), most) for name, most in _LONGEST.items()}
        return msgspec.structs.replace(self, **texts)

    def of_others(self) -> "Event":
        """The same without a name: for when there are too many different ones."""
        return msgspec.structs.replace(self, who="others", origin="several", detail="")


def _plain(text: str, most: int) -> str:
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[: most + 1])
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
