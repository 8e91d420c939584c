"""A board without a spool: it sends each reading once, at QoS 1, and writes down that it did."""

import json
import time
from collections.abc import Sequence
from typing import Any

from tests.end_to_end.workshop import SITE, Workshop

EPOCH = "0badcafe-1"


class Witness:
    """``fan-77``; its log has the shape of the other devices' logs."""

    name = "fan-77"

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._seq = 0
        workshop.audit_dir.mkdir(parents=True, exist_ok=True)

    def introduce(self) -> None:
        """Say what it is."""
        self._workshop.publish(self.name, "birth", {"asset": "fan", "epoch": EPOCH})

    def accept(self, times_ms: Sequence[int]) -> list[dict[str, Any]]:
        """Take readings of these times without sending them yet."""
        return [self._reading(time_ms) for time_ms in times_ms]

    def send(self, count: int) -> None:
        """Publish ``count`` readings of now and wait until the broker has them all."""
        self.publish(self.accept([time.time_ns() // 1_000_000] * count))

    def happen(self, event: str) -> None:
        """Publish an event of now and wait until the broker has it."""
        self._seq += 1
        time_ms = time.time_ns() // 1_000_000
        said = {"epoch": EPOCH, "seq": self._seq, "time_ms": time_ms, "event": event}
        self.publish([said | {"values": {"by": "u7", "number": float(self._seq)}}])

    def publish(self, readings: Sequence[dict[str, Any]]) -> None:
        """Publish ``readings`` and wait until the broker has them all."""
        client = self._workshop.client()
        log = (self._workshop.audit_dir / f"{self.name}.jsonl").open("a", encoding="utf-8")
        with log:
            for reading in readings:
                log.write(json.dumps({"reading": reading}) + "\n")
                topic = f"edgetwin/v1/{SITE}/{self.name}/telemetry"
                client.publish(topic, json.dumps(reading), 1).wait_for_publish(60)
        client.disconnect()
        client.loop_stop()

    def _reading(self, time_ms: int) -> dict[str, Any]:
        self._seq += 1
        current = 0.5 + self._seq % 7 / 10
        values = {"temperature": 40.0, "rpm": 1200.0, "current": current, "vibration": 0.8}
        return {"epoch": EPOCH, "seq": self._seq, "time_ms": time_ms, "values": values}
