"""Machines and a range in; what each used in it, as of now or as of another time, out."""

from collections.abc import Sequence

import apsw
import msgspec

from contract.buckets import Interval
from gateway.api.queries import usage
from gateway.api.queries.known import Then, as_known, open_then
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Meter, Range, Usage


def used_by(
    connection: apsw.Connection, meters: Sequence[Meter], span: Range, then: Then | None
) -> dict[str, dict[Interval, Usage]]:
    """By name; of those that tell no energy as well: for how long they were measured."""
    runs, buckets = usage.Runs(span), span.buckets
    used: dict[str, dict[Interval, Usage]] = {}
    with as_known(connection, [each.device_id for each in meters], then) as was:
        stored = Stored(connection, buckets.site, by_minute=buckets.by_minute, was=was)
        for meter in meters:
            is_open = open_then(was, meter.device_id, meter.open_minute)
            known = msgspec.structs.replace(meter, open_minute=is_open)
            used[meter.device] = usage.usage(stored, known, span, runs)
    return used
