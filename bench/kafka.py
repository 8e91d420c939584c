"""10,000 readings a second of machine tools, from the broker to Kafka; and what Kafka costs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from bench import backlog, carried, ingest, tools
from bench.carried import Listener
from bench.ingest import stored_readings
from bench.programs import NotMeasured
from bench.report import Figure, Section
from bench.screen import Screen
from bench.sensors import Latencies
from bench.servers import Server, gateway, kafka, mosquitto, wait_until_connected
from bench.tools import DEVICES, RATE_HZ, Sent

Better = Literal["more", "less"]

_WARM_UP_S: Final = 10.0  # of what was published so early nothing is timed
_WITHIN_S: Final = 300.0
_ANOMALY_WITHIN_MS: Final = 1_000.0


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the whole path did with a steady load.

    Attributes:
        stored_s, carried_s: until the last item was stored, and in Kafka, from the first on.
        cpu_us: processor time an item, by program.
    """

    sent: Sent
    stored_s: float
    carried_s: float
    latencies: Latencies
    cpu_us: dict[str, float]


def measure(directory: Path, *, seconds: float, readings: int, screen: Screen) -> Section:
    """Publish for ``seconds``; then drain ``readings`` that are queued, with Kafka and without."""
    section = Section(title=f"To Kafka: {DEVICES:,} machine tools at {RATE_HZ:g} Hz")
    steady = directory / "steady"
    steady.mkdir()
    with screen.working(f"{DEVICES * RATE_HZ:,.0f} readings a second, {seconds:g} s"):
        found = watched(steady, seconds)
    fill(section, found)
    section.figures.append(_cost(directory, readings, screen))
    return section


def watched(directory: Path, seconds: float) -> Measured:
    """The whole path while the machines publish, and until all is carried."""
    with (
        mosquitto(directory) as broker,
        kafka(directory / "kafka") as server,
        gateway(
            directory, broker_port=broker.port, inference_port=None, kafka_port=server.port
        ) as ours,
    ):
        wait_until_connected(ours)
        return _watched(directory / "journal.db", broker, server, ours, seconds)


def _watched(
    journal: Path, broker: Server, server: Server, ours: Server, seconds: float
) -> Measured:
    programs = {"gateway": ours.program, "Kafka": server.program, "Mosquitto": broker.program}
    listener = Listener(server.port)
    before = {name: program.cpu_s() for name, program in programs.items()}
    sent = tools.run(broker_port=broker.port, seconds=seconds + _WARM_UP_S)
    stored_s = _await_stored(journal, sent.published, ours) - sent.started_s
    carried_s = _await_carried(server.port, sent.published, ours) - sent.started_s
    used = {name: program.cpu_s() - before[name] for name, program in programs.items()}
    listener.stop()
    return Measured(
        sent=sent,
        stored_s=stored_s,
        carried_s=carried_s,
        latencies=_latencies(listener, sent),
        cpu_us={name: cpu_s * 1e6 / sent.published for name, cpu_s in used.items()},
    )


def _await_stored(journal: Path, count: int, ours: Server) -> float:
    """When, by ``time.perf_counter``, so many were stored."""
    ours.program.wait_for(
        lambda: journal.exists() and stored_readings(journal) >= count,
        what=f"item {count} in the journal",
        within_s=_WITHIN_S,
    )
    return tools.now_s()


def _await_carried(port: int, count: int, ours: Server) -> float:
    """When Kafka held every item. Raises NotMeasured where one is there twice."""
    ours.program.wait_for(
        lambda: carried.held(port) >= count, what=f"item {count} in Kafka", within_s=_WITHIN_S
    )
    at_s, found = tools.now_s(), carried.held(port)
    if found != count:
        raise NotMeasured(f"Kafka holds {found} messages of {count} items")
    return at_s


def _latencies(listener: Listener, sent: Sent) -> Latencies:
    """Seconds from a reading that made an anomaly to that being heard of."""
    from_s = sent.started_s + _WARM_UP_S
    pairs = [(sent.sent_s.get(key, 0.0), at_s) for key, at_s in listener.heard_s.items()]
    found = sorted(at_s - sent_s for sent_s, at_s in pairs if sent_s >= from_s)
    if not found:
        raise NotMeasured("no anomaly was heard of")
    return Latencies(seconds=found, published=sent.published)


def _cost(directory: Path, readings: int, screen: Screen) -> Figure:
    """Processor time of the gateway for a queue of fans, with Kafka in that without."""
    with screen.working("a queue is drained without Kafka"):
        without_us = _drained(directory / "without", readings, None)
    with kafka(directory / "kafka") as server, screen.working("and with it"):
        with_us = _drained(directory / "with", readings, server.port)
    return Figure(
        what=f"CPU of the gateway a queued fan's reading with Kafka ({with_us:.1f} µs), in without",
        unit="×",  # noqa: RUF001
        ours=with_us / without_us,
        better="less",
    )


def _drained(directory: Path, readings: int, kafka_port: int | None) -> float:
    """Microseconds of the gateway's processor time a reading, until the last is delivered."""
    directory.mkdir()
    journal = directory / "journal.db"
    with mosquitto(directory) as broker:
        backlog.open_sessions(ingest.OURS, port=broker.port)
        backlog.fill(readings, port=broker.port, progress=lambda _: None)
        with gateway(
            directory, broker_port=broker.port, inference_port=None, kafka_port=kafka_port
        ) as ours:
            _await_stored(journal, 1, ours)
            begun, begun_s = stored_readings(journal), ours.program.cpu_s()
            _await_stored(journal, readings, ours)
            if kafka_port:
                _await_carried(kafka_port, readings, ours)
            return (ours.program.cpu_s() - begun_s) * 1e6 / (readings - begun)


def fill(section: Section, found: Measured) -> None:
    """Figures and notes of a steady load."""
    rate = DEVICES * RATE_HZ

    def add(what: str, unit: str, ours: float, better: Better, aim: float | None = None) -> None:
        section.figures.append(Figure(what=what, unit=unit, ours=ours, better=better, aim=aim))

    sent, times = found.sent, found.latencies
    add("published", "readings/s", sent.published / (sent.ended_s - sent.started_s), "more")
    add("stored durably", "readings/s", sent.published / found.stored_s, "more", 0.95 * rate)
    add("in Kafka", "readings/s", sent.published / found.carried_s, "more", 0.95 * rate)
    add("half of the anomalies in Kafka within", "ms", times.percentile_ms(50), "less")
    add("99 % within", "ms", times.percentile_ms(99), "less", _ANOMALY_WITHIN_MS)
    add("the slowest", "ms", times.seconds[-1] * 1e3, "less")
    for name, cpu_us in found.cpu_us.items():
        add(f"CPU of {name}", "µs/reading", cpu_us, "less")
    section.notes += _notes(found)


def _notes(found: Measured) -> list[str]:
    sent = found.sent
    return [
        (
            "One message a reading, QoS 1: six channels, a state and a counter; one item in "
            f"{tools.PART_EVERY} is a part. {len(found.latencies.seconds):,} anomalies (vibration "
            f"above its limit for 2 s) of {sent.published:,} items. From just before the reading "
            "that completes the 2 s is written to the publisher's socket to the receipt of its "
            "anomaly from Kafka's topic, on one clock."
        ),
        (
            "On the way: broker, checks, journal (synced to the disk), twins, KPIs and alarms, the "
            "follower, Kafka (one node, KRaft, `acks=all`, idempotent), a consumer; at the end "
            "Kafka held every item once. No model judges these machines here: inference is "
            "measured above. Publisher and consumer share the cores; the publisher was late by "
            f"{sent.late_s * 1e3:.0f} ms at most."
        ),
        "stored/s and in Kafka/s: all items by the time from the first sent to the last there.",
    ]
