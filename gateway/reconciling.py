"""``python -m gateway reconcile``: what InfluxDB lacks of the journal, found and written again."""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from typing import Final

import apsw

from contract.errors import Refused
from contract.settings import Settings
from gateway import build
from gateway.api.exporting import open_journal
from gateway.api.instants import iso, moment_ms
from gateway.api.queries.registry import tariffs_in, wall_ms
from gateway.api.relative import EXAMPLES, Clock
from gateway.journal.rows import Quarantined
from gateway.journal.trouble import translated
from gateway.sinks.follower import Follower
from gateway.sinks.influxdb.points import MEASUREMENTS
from gateway.sinks.sink import Difference

COMMAND: Final = "reconcile"

_HOUR_MS: Final = 3_600_000
_AT_ONCE_MS: Final = 7 * 24 * _HOUR_MS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Compares the journal with InfluxDB by machine and hour, and writes again each hour of"
        " which InfluxDB has less. Works beside a running gateway, and without one. What the"
        " gateway has not delivered yet is no difference: it does that by itself."
    )
    parser.add_argument(
        "--from",
        dest="from_",
        metavar="TIME",
        help=f"start: Unix ms, ISO 8601, or from now on ({EXAMPLES}: --from=-24h);"
        " all that is kept",
    )
    parser.add_argument("--to", metavar="TIME", help="end, likewise (now)")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Compare, write again, and tell; 0: both sides are equal now.

    Raises:
        NotFound: there is no journal. Refused: a time cannot be read.
        Misconfigured: there is no InfluxDB, or it lets nobody in. Unavailable: it is away.
    """
    clock, path = Clock(settings.site_time, wall_ms), settings.journal_path
    with translated(path), contextlib.closing(open_journal(path)) as connection:
        from_ms = moment_ms(args.from_, clock) if args.from_ else _oldest_ms(connection)
        tariffs = tariffs_in(connection, settings)
    to_ms = moment_ms(args.to, clock, is_end=True) if args.to else wall_ms() + _HOUR_MS
    if from_ms > to_ms:
        raise Refused(f"--from ({iso(from_ms)}) is later than --to ({iso(to_ms)}).")
    refused: list[Quarantined] = []
    follower = build.influxdb_follower(
        settings, tariffs=tariffs, quarantine=refused.append, now_ms=wall_ms
    )
    found = list(_compared(follower, from_ms, to_ms, clock))
    _tell(found, refused)
    return 1 if refused else 0


def _compared(follower: Follower, from_ms: int, to_ms: int, clock: Clock) -> Iterator[Difference]:
    for start_ms in range(from_ms, to_ms, _AT_ONCE_MS):
        print(f"from {clock.site.iso(start_ms, timespec='minutes')} …", file=sys.stderr)  # noqa: T201 - progress, for a person
        yield from follower.compare(from_ms=start_ms, to_ms=min(start_ms + _AT_ONCE_MS, to_ms))


def _tell(found: list[Difference], refused: list[Quarantined]) -> None:
    for name in MEASUREMENTS:
        those = [each for each in found if each.stream == name]
        devices = sorted({each.device for each in those})
        told = f"{len(those)} hours written again ({', '.join(devices)})" if those else "equal"
        print(f"{name:<10} {told}")  # noqa: T201 - for a person
    for item in refused:
        print(f"refused again: {item.topic} of {item.device}: {item.detail}", file=sys.stderr)  # noqa: T201 - for a person


def _oldest_ms(connection: apsw.Connection) -> int:
    """The event time of the first there is to compare."""
    times = [
        connection.execute(f"SELECT min({stream.time}) FROM {stream.table} t").get  # noqa: S608 - columns of ours
        for stream in (measurement.stream for measurement in MEASUREMENTS.values())
    ]
    return min((int(time_ms) for time_ms in times if time_ms is not None), default=wall_ms())
