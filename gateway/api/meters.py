"""Devices and a range in; what their energy is read with out."""

from contract.buckets import DAY_MS
from contract.language.meaning import ENERGY
from contract.language.program import program_of
from gateway.api.ground import Ground
from gateway.api.queries.usage import Meter, Range
from gateway.api.standing import counting
from gateway.registry.params import SITE
from gateway.registry.tariffs import Tariff
from gateway.twin.fleet import Device


class Meters:
    """Of one question: machines without a tariff of their own share the site's."""

    def __init__(self, span: Range, context: Ground) -> None:
        self._context = context
        self._tariffs = context.services.registrar.tariffs
        self._own = context.services.registrar.register.params.devices()
        self._from_ms = span.from_ms
        self._to_ms = min(span.to_ms, context.services.now_ms() + DAY_MS)
        self._known: dict[str, Tariff] = {}

    def of(self, device: Device) -> Meter:
        has_energy = ENERGY in program_of(device.asset).formulas.standing
        tariff = self._tariff(device.name if device.name in self._own else SITE)
        return Meter(
            device.id,
            device.name,
            device.twin.open_minute(),
            tariff,
            has_energy,
            counting(device, self._context),
        )

    def _tariff(self, owner: str) -> Tariff:
        if owner not in self._known:
            self._known[owner] = self._tariffs.over(owner, from_ms=self._from_ms, to_ms=self._to_ms)
        return self._known[owner]
