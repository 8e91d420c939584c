"""What was decided about a device at the command line, on its way into the registry: one file each.

It holds from that moment on, and is entered when a gateway runs.
"""

from typing import Final

import msgspec

from gateway.registry.waiting import Waiting

FOLDER: Final = "registry"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The asset type of a device, by whose word."""

    asset: str
    by: str
    time_ms: int


_files: Final = Waiting(FOLDER, Decision, about="a device's type")
leave: Final = _files.leave
left: Final = _files.left
waiting: Final = _files.waiting
entered: Final = _files.entered
drop: Final = _files.drop
