"""What the gateway counts of its own work, for ``/metrics``."""

import msgspec


class GatewayMetrics(msgspec.Struct):
    """What the gateway has done since it started: counters that only grow, and some gauges."""

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
    follower_rows: int = 0  # delivered by all followers
    dropped: int = 0  # messages of QoS 0 that came faster than they could be taken
    over_budget: int = 0  # messages or items refused for their number, and not kept
    queue: int = 0  # gauge: messages received and not yet committed
    journal_bytes: int = 0  # gauge
