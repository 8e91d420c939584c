"""What the devices say they did: accepted readings and received watermarks, from their own logs."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Key = tuple[str, int]


@dataclass
class DeviceLog:
    """One device: what it accepted by (epoch, seq), and how far each epoch was acknowledged."""

    device: str
    accepted: dict[Key, dict[str, Any]] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    contradictions: list[Key] = field(default_factory=list)

    def take(self, line: str) -> None:
        record = json.loads(line)
        if "reading" in record:
            reading = record["reading"]
            key = (reading["epoch"], reading["seq"])
            if self.accepted.setdefault(key, reading) != reading:
                self.contradictions.append(key)
        elif "ack" in record:
            epoch, seq = record["ack"]["epoch"], record["ack"]["seq"]
            self.acknowledged[epoch] = max(seq, self.acknowledged.get(epoch, 0))

    @property
    def promised(self) -> set[Key]:
        """Every key that a watermark has passed."""
        return {
            (epoch, seq) for epoch, mark in self.acknowledged.items() for seq in range(1, mark + 1)
        }

    @property
    def is_settled(self) -> bool:
        """Whether all that was accepted has been acknowledged."""
        return self.accepted.keys() <= self.promised


def read(directory: Path) -> list[DeviceLog]:
    """The logs in ``directory``, one ``<device>.jsonl`` each."""
    logs = []
    for path in sorted(directory.glob("*.jsonl")):
        log = DeviceLog(path.stem)
        complete, _, _torn = path.read_text(encoding="utf-8").rpartition("\n")
        for line in complete.splitlines():
            log.take(line)
        logs.append(log)
    return logs
