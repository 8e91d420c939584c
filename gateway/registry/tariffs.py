"""What a kWh cost and emitted at a time, for a device: two parameters in, factors out."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

from contract.assets.words import (
    CO2_PER_KWH,
    DOWNTIME_COST,
    PRICE_PER_KWH,
    ROLLING_THRESHOLD,
    Asset,
    Channel,
    Param,
)
from contract.settings import Settings
from contract.site_time import LATEST_MS
from gateway.registry.own_limits import OwnLimits
from gateway.registry.params import SITE, ParamBook, Resolved, Version
from gateway.twin.kpi import Factors
from gateway.twin.own_channels import channels_with

NAMES: Final = (PRICE_PER_KWH.name, CO2_PER_KWH.name)
# What an operator sets in ``.env`` are the site's values until somebody dates others.
VARIABLES: Final = {
    PRICE_PER_KWH.name: "EDGETWIN_PRICE_PER_KWH",
    CO2_PER_KWH.name: "EDGETWIN_GRID_CO2_KG_PER_KWH",
}


def site_params(settings: Settings) -> tuple[Param, ...]:
    """The parameters that every device has, as the settings have them."""
    price = replace(PRICE_PER_KWH, unit=f"{settings.currency}/kWh")
    return (
        _set(price, settings.price_per_kwh),
        _set(CO2_PER_KWH, settings.grid_co2_kg_per_kwh),
        replace(DOWNTIME_COST, unit=f"{settings.currency}/h"),
        ROLLING_THRESHOLD,
    )


def _set(param: Param, value: float) -> Param:
    if value == param.default:
        return param
    source = f"set by the site in {VARIABLES[param.name]}"
    return replace(param, default=value, source=source, valid_from="")


class Tariff(NamedTuple):
    """What a kWh cost a device over some time; ``turns`` are when that may have changed."""

    at: Callable[[int], Factors]
    turns: tuple[int, ...]

    def ends_ms(self, time_ms: int) -> int:
        """When the value of that time may become another."""
        place = bisect_right(self.turns, time_ms)
        return self.turns[place] if place < len(self.turns) else LATEST_MS


class DeviceParams:
    """The parameters of one device at each time: ``gateway.twin.dated.Dated``."""

    def __init__(
        self,
        book: ParamBook,
        own: OwnLimits,
        *,
        device: str,
        asset: Asset,
        now_ms: Callable[[], int],
    ) -> None:
        declared = book.declared(asset)
        self._params = [declared[param.name] for param in asset.params]
        self._channels = asset.channels
        self._book, self._own, self._device, self._now_ms = book, own, device, now_ms

    def now(self) -> Mapping[str, float]:
        return self.at(self._now_ms())

    def at(self, time_ms: int) -> Mapping[str, float]:
        find, device = self._book.param_at, self._device
        return {each.name: find(each, time_ms, device=device).value for each in self._params}

    def ends_ms(self, time_ms: int) -> int:
        names = [param.name for param in self._params]
        return self._book.ends_ms(names, device=self._device, time_ms=time_ms)

    def channels_now(self) -> tuple[Channel, ...]:
        return self.channels_at(self._now_ms())

    def channels_at(self, time_ms: int) -> tuple[Channel, ...]:
        return channels_with(self._channels, self._own.at(self._device, time_ms))

    def channels_end_ms(self, time_ms: int) -> int:
        return self._own.ends_ms(self._device, time_ms)


class Tariffs:
    """Factors of each device at each time. Any thread may ask."""

    def __init__(
        self,
        params: ParamBook,
        *,
        currency: str,
        now_ms: Callable[[], int],
        own: OwnLimits | None = None,
    ) -> None:
        self._params = params
        self._own = OwnLimits() if own is None else own
        self._now_ms = now_ms
        self.currency = currency

    def now(self, device: str) -> Factors:
        return self.at(device, self._now_ms())

    def at(self, device: str, time_ms: int) -> Factors:
        return Factors(
            co2_kg_per_kwh=self.param_at(CO2_PER_KWH.name, time_ms, device=device)[1].value,
            price_per_kwh=self.param_at(PRICE_PER_KWH.name, time_ms, device=device)[1].value,
            currency=self.currency,
        )

    def param_at(self, name: str, time_ms: int, *, device: str = SITE) -> tuple[Param, Resolved]:
        """One of those that every device has, and what it was at a time."""
        param = self._params.declared()[name]
        return param, self._params.param_at(param, time_ms, device=device)

    def downtime_cost(self, device: str, time_ms: int) -> float:
        """Of an hour in which a fault keeps a device from running; 0: nobody has said."""
        return self.param_at(DOWNTIME_COST.name, time_ms, device=device)[1].value

    def rolling_threshold(self, device: str) -> float:
        """From so many spreads on readings are unlike those just before; 0: as its type says."""
        return self.param_at(ROLLING_THRESHOLD.name, self._now_ms(), device=device)[1].value

    def params(self, device: str, asset: Asset) -> "DeviceParams":
        """Whatever the type's formulas ask for, and the bands and limits of its channels."""
        return DeviceParams(
            self._params, self._own, device=device, asset=asset, now_ms=self._now_ms
        )

    def dated(self, *, from_ms: int, to_ms: int) -> tuple[int, ...]:
        """When a version of the site's begins to count within a time, whatever its bands."""
        return self._params.versions_turn(NAMES, device=SITE, from_ms=from_ms, to_ms=to_ms)

    def version(self, name: str, time_ms: int) -> Version | None:
        """The site's version of one of the two that counts at a time."""
        return self._params.timeline(SITE, name).at(time_ms)

    def over(self, device: str, *, from_ms: int, to_ms: int) -> Tariff:
        """What counts for a device within a time."""
        turns = self._params.turns(NAMES, device=device, from_ms=from_ms, to_ms=to_ms)
        return Tariff(partial(self.at, device), turns)
