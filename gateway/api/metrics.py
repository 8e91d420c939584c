"""The gateway's live counters in, Prometheus metrics out."""

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.api.ports import Services

# Each device is a time series of its own in Prometheus, for ever: with many of them only totals.
MAX_LABELLED_DEVICES: Final = 500

_COUNTERS: Final = (
    ("messages", "MQTT messages received"),
    ("readings_stored", "Readings committed to the journal"),
    ("duplicates", "Readings that came again"),
    ("quarantined", "Messages or items that were refused"),
    ("over_budget", "Messages or items refused for their number alone, and not kept"),
    ("dropped", "MQTT messages of QoS 0 that came faster than they could be taken"),
    ("missing", "Readings that devices have reported gone"),
    ("commits", "Transactions committed"),
    ("commit_seconds", "Time spent waiting for commits"),
    ("publishes", "MQTT messages published"),
    ("diagnoses", "Windows judged by the classifier"),
    ("diagnosis_seconds", "Time spent waiting for the classifier"),
    ("follower_rows", "Rows delivered by followers: to InfluxDB, Kafka and people"),
)
_GAUGES: Final = (
    ("queue", "edgetwin_queue_messages", "Messages received and not yet committed"),
    ("journal_bytes", "edgetwin_journal_bytes", "Size of the journal"),
)


def registry_of(services: Services) -> CollectorRegistry:
    """What ``/metrics`` gives out; everything is read at each scrape."""
    registry = CollectorRegistry()
    registry.register(_GatewayCollector(services))
    ProcessCollector(registry=registry)
    return registry


class _GatewayCollector(Collector):
    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of the first scrape: the peers' names are only known then."""
        return ()

    def collect(self) -> Iterable[Metric]:
        yield from self._counters()
        yield from self._peers()
        yield from self._devices()

    def _counters(self) -> Iterable[Metric]:
        metrics = self._services.metrics()
        for field, text in _COUNTERS:
            yield CounterMetricFamily(f"edgetwin_{field}", text, value=getattr(metrics, field))
        for field, name, text in _GAUGES:
            yield GaugeMetricFamily(name, text, value=getattr(metrics, field))

    def _peers(self) -> Iterable[Metric]:
        up = GaugeMetricFamily("edgetwin_dependency_up", "1 while a peer serves", labels=["peer"])
        behind = GaugeMetricFamily(
            "edgetwin_follower_behind_rows", "Rows still to be delivered", labels=["peer"]
        )
        for name, peer in self._services.dependencies().items():
            if peer.status != "off":
                up.add_metric([name], float(peer.status == "ok"))
            if peer.behind is not None:
                behind.add_metric([name], peer.behind)
        return up, behind

    def _devices(self) -> Iterable[Metric]:
        devices = [device for device in self._services.fleet if not device.is_over]
        online = sum(device.status == "online" for device in devices)
        yield GaugeMetricFamily("edgetwin_devices", "Devices known", value=len(devices))
        yield GaugeMetricFamily("edgetwin_devices_online", "Devices online", value=online)
        alarms = sum(len(device.alarms) for device in devices)
        yield GaugeMetricFamily("edgetwin_open_alarms", "Alarms not cleared", value=alarms)
        if len(devices) >= MAX_LABELLED_DEVICES:
            return
        seen = GaugeMetricFamily(
            "edgetwin_device_last_seen_timestamp_seconds",
            "When a device's newest message came",
            labels=["device"],
        )
        stored = CounterMetricFamily(
            "edgetwin_device_readings_stored", "Readings stored of a device", labels=["device"]
        )
        for device in devices:
            seen.add_metric([device.name], device.last_seen_ms / 1000)
            stored.add_metric([device.name], device.counts.stored)
        yield from (seen, stored)
