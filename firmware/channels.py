"""The channels of a board: what its type has, held against what is wired to it."""

from collections.abc import Iterator, Mapping
from typing import Any

from firmware import models
from firmware.drivers import Sensor
from firmware.drivers.base import Signal
from firmware.errors import SiteError

_UNSAID = 3  # decimals of a channel whose model does not say


class Channels:
    """Of a board of type ``asset``: ``sensors`` measure some, others are simulated or left out.

    A type that has a virtual machine knows its channels; any other has those that are measured.

    Raises:
        SiteError: they are not the type's, or not measured as the type has them.
    """

    def __init__(
        self, asset: str, sensors: Mapping[str, Sensor], simulate: list[str], leave_out: list[str]
    ) -> None:
        self._asset = asset
        self._sensors = sensors
        self._simulate = simulate
        self._leave_out = leave_out
        self._model = self._found()
        self._declared = dict(_declared(self._model)) if self._model else {}
        self._check_names()
        for name, sensor in sensors.items():
            for signal in sensor.signals(name):
                self._check_signal(name, signal)
        if sensors and self._model:
            self._check_complete()

    @property
    def told(self) -> list[list[Any]]:
        """Name, unit, kind and decimals of each, in the type's order."""
        measured = {signal.name: signal for _name, signal in self._measured()}
        known = self._declared or measured
        absent = set(known) - {*measured, *self._simulate}
        return [
            [signal.name, signal.unit, signal.kind, signal.decimals]
            for signal in known.values()
            if signal.name not in absent
        ]

    @property
    def nominal_hz(self) -> float:
        return models.rate_hz(self._model)

    def _found(self) -> Any:
        """The type's virtual machine; None where it has none and needs none."""
        try:
            return models.module(self._asset)
        except ValueError as error:
            if not self._sensors:
                raise SiteError(f"device.asset: {error}; a real one needs [sensors]") from None
            if self._simulate or self._leave_out:
                raise SiteError(
                    f"simulate and leave_out must be empty: {error}, so that it has the channels "
                    "that are measured"
                ) from None
            return None

    def _measured(self) -> Iterator[tuple[str, Signal]]:
        for name, sensor in self._sensors.items():
            for signal in sensor.signals(name):
                yield name, signal

    def _check_names(self) -> None:
        measured = [signal.name for _name, signal in self._measured()]
        named = [*measured, *self._simulate, *self._leave_out]
        for name in named:
            if self._model and name not in self._declared:
                raise SiteError(
                    f"a {self._asset} has no channel {name!r}, only {', '.join(self._declared)}"
                )
            if measured.count(name) > 1:
                raise SiteError(f"{name} is measured by two of the sensors")
            if named.count(name) > 1:
                raise SiteError(f"{name} must stand in one of sensors, simulate, leave_out")
        if named and not self._sensors:
            raise SiteError("simulate and leave_out are for boards with [sensors]")

    def _check_signal(self, name: str, signal: Signal) -> None:
        wanted = self._declared.get(signal.name)
        if wanted is None:
            return
        driver = f"sensors.{name}.driver = {self._sensors[name].__struct_config__.tag!r}"
        if signal.kind != wanted.kind:
            raise SiteError(f"{driver}: {signal.name} is a {wanted.kind}, not a {signal.kind}")
        if signal.unit != wanted.unit:
            raise SiteError(
                f"{driver}: it measures {signal.unit}, and {signal.name} is in {wanted.unit}"
            )
        for value in signal.values:
            if wanted.values and value not in wanted.values:
                raise SiteError(
                    f"sensors.{name}: {signal.name} of a {self._asset} is never {value!r}, only "
                    f"{', '.join(wanted.values)}"
                )

    def _check_complete(self) -> None:
        measured = {signal.name for _name, signal in self._measured()}
        for name in self._declared:
            if name not in {*measured, *self._simulate, *self._leave_out}:
                raise SiteError(
                    f"nothing measures {name}: give it a [sensors.{name}], or name it in simulate "
                    "or leave_out"
                )


def _declared(model: Any) -> Iterator[tuple[str, Signal]]:
    """What a model says of its channels, as docs/architecture.md section 8 has it."""
    decimals = getattr(model, "DECIMALS", {})
    for name, unit in model.CHANNELS:
        yield name, Signal(name, unit, "measurement", decimals.get(name, _UNSAID))
    for name, values in getattr(model, "STATES", ()):
        yield name, Signal(name, "", "state", 0, tuple(values))
    for name, unit in getattr(model, "COUNTERS", ()):
        yield name, Signal(name, unit, "counter", decimals.get(name, _UNSAID))
