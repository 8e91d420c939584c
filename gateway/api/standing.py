"""Machines and where they are in their lives in; which of them count, and when, out."""

from gateway.api.ground import Ground
from gateway.api.queries.counting import ALL, Counting
from gateway.api.queries.usage import Range
from gateway.twin.fleet import Device


def counted(span: Range, context: Ground) -> list[Device]:
    """Who counts in sums of a range: of a machine that is retired what it did before that does."""
    register = context.services.registrar.register
    return [
        device
        for device in context.services.fleet
        if not device.is_over or (register.stage(device.name).since_ms or 0) > span.from_ms
    ]


def counting(device: Device, context: Ground) -> Counting:
    """Nothing of commissioning counts in a figure over time, whoever asks for which."""
    spans = context.services.registrar.register.commissioned(device.name)
    return Counting.but_for(spans) if spans else ALL
