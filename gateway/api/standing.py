"""Machines and where they are in their lives in; which of them count, and from when, out."""

from gateway.api.context import Context
from gateway.api.queries.usage import Range
from gateway.registry.stages import COMMISSIONING
from gateway.twin.fleet import Device

_MINUTE_MS = 60_000


def counted(span: Range, context: Context) -> list[Device]:
    """Who counts in sums of a range: of a machine that is retired what it did before that does."""
    register = context.services.registrar.register
    return [
        device
        for device in context.services.fleet
        if not device.is_over or (register.stage(device.name).since_ms or 0) > span.from_ms
    ]


def measured_in_earnest(device: Device, span: Range, context: Context) -> Range:
    """The part of a range that its figures are of: what lies behind its last commissioning."""
    stage = context.services.registrar.register.stage(device.name)
    if stage.name == COMMISSIONING:
        return span.since(span.to_ms)
    if stage.counts_from_ms is None:
        return span
    return span.since(-(-stage.counts_from_ms // _MINUTE_MS) * _MINUTE_MS)
