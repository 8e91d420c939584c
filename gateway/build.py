"""Those parts of the gateway that settings shape: settings in, one part out of each function."""

import time
from collections.abc import Callable

from contract.settings import Settings
from gateway.clocks.clock import Clock
from gateway.ingest.admission import Admission
from gateway.ingest.budget import Allowance, Budgets
from gateway.journal import Journal
from gateway.journal.inspector import Inspector
from gateway.judging.classifier import Classifier
from gateway.mqtt.broker import Broker
from gateway.sinks.follower import Follower
from gateway.sinks.influxdb.sink import InfluxDb
from gateway.sinks.sink import Sink
from gateway.twin.fleet import Fleet
from gateway.twin.kpi import Factors

Work = Callable[[Journal], None]


def factors(settings: Settings) -> Factors:
    """What energy costs."""
    return Factors(
        co2_kg_per_kwh=settings.grid_co2_kg_per_kwh,
        price_per_kwh=settings.price_per_kwh,
        currency=settings.currency,
    )


def broker(settings: Settings) -> Broker:
    """The session with the broker."""
    return Broker(
        host=settings.host,
        port=settings.broker_port,
        client_id=f"edgetwin-gateway-{settings.site}",
        site=settings.site,
        username=settings.broker_username,
        password=settings.broker_password,
    )


def allowance(settings: Settings) -> Allowance:
    """What one board may send."""
    return Allowance(
        readings_per_s=settings.board_readings_per_s, bytes_a_day=settings.board_mb_a_day * 1e6
    )


def admission(settings: Settings, *, fleet: Fleet, journal: Journal, clock: Clock) -> Admission:
    """Who checks what comes."""
    return Admission(
        fleet=fleet,
        journal=journal,
        site=settings.site,
        factors=factors(settings),
        retention_ms=settings.retention_ms,
        max_devices=settings.max_devices,
        budgets=Budgets(allowance(settings), monotonic=time.monotonic),
        clock=clock,
    )


def classifier(settings: Settings) -> Classifier:
    """A connection to inference of its own, with breakers of its own."""
    return Classifier(url=settings.inference_url, token=settings.api_token)


def sinks(settings: Settings, *, now_ms: Callable[[], int]) -> list[Sink]:
    """Every system that follows the journal; one that is not set up says so in ``/health``."""
    return [
        InfluxDb(
            data_dir=settings.data_dir,
            url=settings.influxdb_url,
            token=settings.influxdb_token,
            org=settings.influxdb_org,
            bucket=settings.influxdb_bucket,
            factors=factors(settings),
            now_ms=now_ms,
        )
    ]


def followers(
    settings: Settings,
    *,
    write: Callable[[Work], None],
    inspector: Inspector,
    now_ms: Callable[[], int],
) -> list[Follower]:
    """Who carries the journal to each sink; ``write`` has the one writer do it, and waits."""
    return [
        Follower(
            sink,
            journal_path=settings.journal_path,
            set_cursor=lambda name, cursor: write(
                lambda journal: journal.set_follower_cursor(name, cursor)
            ),
            quarantine=lambda item: write(lambda journal: journal.add_quarantined([item])),
            suspect=inspector.suspect,
            condemn=inspector.condemn,
            now_ms=now_ms,
        )
        for sink in sinks(settings, now_ms=now_ms)
    ]
