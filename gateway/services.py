"""What the running gateway lends its REST API: live objects to read and a few things to ask for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from gateway.fleet import Fleet
from gateway.messages import Alarm, Result
from gateway.settings import Settings


class DependencyStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a peer does. ``behind`` counts the journal's rows a follower has still to deliver."""

    status: Literal["ok", "down", "off"]
    detail: str
    since_ms: int
    behind: int | None = None


class GatewayMetrics(msgspec.Struct):
    """What the gateway has done since it started: counters that only grow, and two gauges."""

    messages: int = 0  # MQTT messages received
    readings_stored: int = 0
    duplicates: int = 0
    quarantined: int = 0
    missing: int = 0  # readings reported gone by their devices
    commits: int = 0
    commit_seconds: float = 0.0
    publishes: int = 0
    diagnoses: int = 0
    diagnosis_seconds: float = 0.0
    follower_rows: int = 0  # delivered to InfluxDB
    queue: int = 0  # gauge: messages received and not yet committed
    journal_bytes: int = 0  # gauge


@dataclass(frozen=True, kw_only=True)
class Services:
    """All that the API needs; the composition root fills it in.

    Every callable runs on the gateway's event loop. Times are Unix milliseconds.

    Attributes:
        dependencies: states of ``broker``, ``journal``, ``inference`` and ``influxdb``; the journal
            is ``down`` while it cannot be written.
        send_command: (device, name, args) to the device's answer. Raises NotFound, Conflict (the
            device is offline), TimedOut (no answer in time), Unavailable (the broker is away).
        acknowledge: (alarm id, by) to the alarm. Raises NotFound, Conflict (acknowledged already).
        metrics: the counters, read at each scrape.
        now_ms: the gateway's clock.
    """

    settings: Settings
    fleet: Fleet
    journal_path: Path
    started_ms: int
    now_ms: Callable[[], int]
    dependencies: Callable[[], dict[str, DependencyStatus]]
    send_command: Callable[[str, str, dict[str, Any]], Awaitable[Result]]
    acknowledge: Callable[[int, str], Awaitable[Alarm]]
    metrics: Callable[[], GatewayMetrics]
