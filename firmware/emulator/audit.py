"""A second record of what a device did: accepted items and received watermarks, line by line.

A checker compares it with the gateway's journal. Each line is with the operating system before the
reading it tells of can be sent, so it survives the death of this process.

``{"reading":{...}}``, a reading or an event as it is sent; ``{"ack":{"epoch","seq"}}``;
``{"held":{"epoch","first","last"}}`` for what an earlier life left in the spool, with its last item
before it: that one may have been accepted and not recorded when the process died.
"""

import json
from pathlib import Path

from firmware.device.payload import Layout
from firmware.device.spool import Spool


class Audit:
    """The record of one device."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def found(self, spool: Spool) -> None:
        """Note what an earlier life of the device left behind."""
        for epoch, first, last in spool.earlier():
            records, layout = spool.read(epoch, last, 1)
            for record in records:
                self.accepted(epoch, last, record, layout)
            self._line("held", f'{{"epoch":"{epoch}","first":{first},"last":{last}}}')

    def accepted(self, epoch: str, seq: int, record: bytes, layout: Layout) -> None:
        self._line("reading", layout.encode(epoch=epoch, seq=seq, record=record))

    def acknowledged(self, epoch: str, seq: int) -> None:
        """Note it as it came, whatever letters the far side calls an epoch."""
        self._line("ack", json.dumps({"epoch": epoch, "seq": seq}, separators=(",", ":")))

    def _line(self, kind: str, body: str) -> None:
        self._file.write(f'{{"{kind}":{body}}}\n')

    def close(self) -> None:
        self._file.close()
