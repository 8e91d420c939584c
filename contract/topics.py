"""Topic names, ``edgetwin/v1/<site>/<device>/<kind>``: built and cut here and nowhere else."""

import re
from typing import Final, NamedTuple

from contract.errors import Rejected

ROOT: Final = "edgetwin/v1"

BIRTH: Final = "birth"
STATUS: Final = "status"
TELEMETRY: Final = "telemetry"
ACK: Final = "ack"
COMMAND: Final = "command"
RESULT: Final = "result"
DESIRED: Final = "desired"
REPORTED: Final = "reported"
STATE: Final = "state"
DIAGNOSIS: Final = "diagnosis"
ALARM: Final = "alarm"
# Between a board and whoever updates it; the gateway does not listen.
FETCH: Final = "fetch"
CHUNK: Final = "chunk"

# The gateway speaks of itself (a full disk) as if it were a device of this name; none may be.
GATEWAY: Final = "gateway"
# Logins of our own processes: a board of such a name would speak and be audited as one of them.
DASHBOARD: Final = "dashboard"
UPDATER: Final = "updater"  # python -m firmware update
OURS: Final = frozenset({GATEWAY, DASHBOARD, UPDATER})

# What a device publishes and the gateway listens to.
FROM_DEVICE: Final = (BIRTH, STATUS, TELEMETRY, RESULT, REPORTED)

# Letters that are safe in a topic, an ACL pattern, a file name, a URL and an InfluxDB tag.
NAME_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_NAME: Final = re.compile(NAME_PATTERN)
_DEPTH: Final = 5


class Topic(NamedTuple):
    """The parts of one topic."""

    site: str
    device: str
    kind: str


def is_name(text: str) -> bool:
    """Whether ``text`` may be a site or a device id."""
    return _NAME.fullmatch(text) is not None


def build(*, site: str, device: str, kind: str) -> str:
    return f"{ROOT}/{site}/{device}/{kind}"


def subscription(*, site: str, kind: str) -> str:
    """The filter that brings ``kind`` from every device of ``site``."""
    return f"{ROOT}/{site}/+/{kind}"


def parse(topic: str) -> Topic:
    """Cut a topic into its parts.

    Raises:
        Rejected: ``bad_topic`` when it has another shape or a name with unsafe letters.
    """
    parts = topic.split("/")
    if len(parts) != _DEPTH or f"{parts[0]}/{parts[1]}" != ROOT:
        raise Rejected("bad_topic", f"expected {ROOT}/<site>/<device>/<kind>, got {topic!r}")
    if not (is_name(parts[2]) and is_name(parts[3])):
        raise Rejected("bad_topic", f"site and device must match {NAME_PATTERN}, got {topic!r}")
    return Topic(parts[2], parts[3], parts[4])
