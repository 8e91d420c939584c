"""A machine of the fleet in; what it is asked with how long anybody looked at it out."""

from gateway.api.queries.usage import Meter
from gateway.api.queries.watched import Subject
from gateway.twin.fleet import Device


def subject(device: Device, meter: Meter) -> Subject:
    """``meter``: of the same range."""
    last = device.judged or device.diagnosis
    return Subject(meter, device.first_seen_ms, 0 if last is None else last.time_ms)
