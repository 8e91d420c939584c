"""Machines and a range in; what each used in it, as of now or as of another time, out."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import apsw
import msgspec

from contract.buckets import Interval
from gateway.api.queries import usage
from gateway.api.queries.began import counted_from
from gateway.api.queries.counting import Counting
from gateway.api.queries.known import Then, Was, as_known, open_then
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Meter, Range, Usage


class Metered(NamedTuple):
    """What was used, by name, and which of the time counts: what of it was measured is known."""

    used: Mapping[str, Mapping[Interval, Usage]]
    counting: Mapping[str, Counting]


def used_by(
    connection: apsw.Connection, meters: Sequence[Meter], span: Range, then: Then | None
) -> Metered:
    """Of those that tell no energy as well: for how long they were measured."""
    runs, buckets = usage.Runs(span), span.buckets
    with as_known(connection, [each.device_id for each in meters], then) as was:
        stored = Stored(connection, buckets.site, by_minute=buckets.by_minute, was=was)
        known = [as_known_of(connection, each, was, then) for each in meters]
        used = {each.device: usage.usage(stored, each, span, runs) for each in known}
    return Metered(used, {each.device: each.counting for each in known})


def as_known_of(connection: apsw.Connection, meter: Meter, was: Was, then: Then | None) -> Meter:
    """A meter with what is known of it."""
    is_open = open_then(was, meter.device_id, meter.open_minute)
    counting = counted_from(connection, meter.device_id, meter.counting, is_open, then)
    return msgspec.structs.replace(meter, open_minute=is_open, counting=counting)
