"""Devices and a range in; what their sums are read with out."""

from contract.assets.words import Param
from contract.buckets import DAY_MS, Interval
from gateway.api.ground import Ground
from gateway.api.queries.pieces import Machine, Terms
from gateway.api.queries.usage import Range
from gateway.api.standing import counting
from gateway.registry.params import ParamBook
from gateway.twin.fleet import Device


class Machines:
    """Of one question: machines whose parameters are the same share their terms."""

    def __init__(self, span: Range, context: Ground) -> None:
        # Where a tariff has bands, another set begins several times a day for ever.
        end_ms = min(span.to_ms, context.services.now_ms() + DAY_MS)
        self._context = context
        self._span = Interval(min(span.from_ms, end_ms), end_ms)
        self._book: ParamBook = context.services.registrar.register.params
        self._own = self._book.devices()  # have parameters of their own
        self._known: dict[tuple[str, tuple[Param, ...]], Terms] = {}

    def of(self, device: Device) -> Machine:
        """The device with its parameters, each from when it counted within the range."""
        owner = device.name if device.name in self._own else ""
        key = owner, device.asset.params
        if key not in self._known:
            self._known[key] = self._terms(device, self._span)
        terms = self._known[key]
        return Machine(
            device.id,
            device.name,
            device.asset,
            device.twin.open_minute(),
            terms,
            counting(device, self._context),
        )

    def _terms(self, device: Device, span: Interval) -> Terms:
        return Terms(
            self._book.over(
                device.asset, device=device.name, from_ms=span.start_ms, to_ms=span.end_ms
            )
        )
