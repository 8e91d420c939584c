"""Who may do what at the broker: names and roles in, Mosquitto's ACL file out, and back."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from contract import topics
from contract.topics import NAME_PATTERN

# What a device may say and hear, below its own name and nowhere else.
_DEVICE_WRITES: Final = (*topics.FROM_DEVICE, topics.FETCH)
_DEVICE_READS: Final = (topics.ACK, topics.COMMAND, topics.DESIRED, topics.CHUNK)
_HEAD: Final = "# Written by edgetwin; `python -m gateway device` and `reader` keep it."
_ENTRY: Final = re.compile(rf"^# (reader|writer)\nuser ({NAME_PATTERN})$", re.MULTILINE)


class Role(StrEnum):
    """What an account is for. A device has no entry: the patterns at the file's end are for it."""

    DEVICE = "device"
    READER = "reader"
    WRITER = "writer"


def acl(*, site: str, roles: Mapping[str, Role]) -> str:
    """The text of Mosquitto's ``acl_file``; without a name a client may do nothing.

    The patterns hold for every user, so a reader is denied the topics below its own name:
    Mosquitto looks at what is denied first, and at patterns last.
    """
    entries = (_ENTRIES[role](name) for name, role in sorted(roles.items()) if role in _ENTRIES)
    writes = (f"pattern write {topics.ROOT}/{site}/%u/{kind}" for kind in _DEVICE_WRITES)
    reads = (f"pattern read {topics.ROOT}/{site}/%u/{kind}" for kind in _DEVICE_READS)
    return "\n".join((_HEAD, "", *entries, *writes, *reads, ""))


def read_only() -> str:
    """The ACL of whoever comes through the local socket, which needs no name."""
    return f"{_HEAD}\ntopic read edgetwin/#\n"


def roles(text: str) -> dict[str, Role]:
    """The roles that ``acl`` has written down."""
    return {name: Role(role) for role, name in _ENTRY.findall(text)}


def _reader(name: str) -> str:
    own = f"{topics.ROOT}/+/{name}/#"
    return f"# reader\nuser {name}\ntopic deny {own}\ntopic read edgetwin/#\n"


def _writer(name: str) -> str:
    return f"# writer\nuser {name}\ntopic readwrite edgetwin/#\n"


_ENTRIES: Final = {Role.READER: _reader, Role.WRITER: _writer}
