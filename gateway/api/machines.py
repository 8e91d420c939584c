"""A device and a range in; what its sums are read with out."""

from gateway.api.context import Context
from gateway.api.queries.pieces import Machine
from gateway.api.queries.usage import Range
from gateway.twin.fleet import Device


def machine_of(device: Device, span: Range, context: Context) -> Machine:
    """The device with its parameters, each from when it counted within the range."""
    stretches = context.services.registrar.register.params.over(
        device.asset, device=device.name, from_ms=span.from_ms, to_ms=span.to_ms
    )
    return Machine(device.id, device.name, device.asset, device.twin.open_minute(), stretches)
