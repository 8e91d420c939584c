"""A real machine: drivers in, one set of channels out; simulated ones only where the site says so.

For the program it is machine and model at once: ``CHANNELS`` and what is said of them, ``MODEL``,
``FAULTS``, ``RATE_HZ`` and ``step``.
"""

from firmware import models

# Where neither site.json nor a model says: the fan's rate, and what all channels once had.
RATE_HZ, _DECIMALS = 5.0, 3


def measured(settings) -> list[tuple[str, str, str, int]]:
    """Name, unit, kind and decimals of a board's channels, by its ``site.json``.

    One of a program from before they stood there has the model's, less those that are left out.
    """
    if "channels" in settings:
        return [tuple(channel) for channel in settings["channels"]]
    model = models.module(settings["asset"])
    decimals = getattr(model, "DECIMALS", {})
    return [
        (name, unit, "measurement", decimals.get(name, _DECIMALS))
        for name, unit in model.CHANNELS
        if name not in settings["leave_out"]
    ]


class Sensed:
    """``sensors`` names drivers, anything with ``read()``.

    A driver that measures several channels has their names in ``channels`` and reads a dict; the
    name of any other is that of its channel. ``channels`` are names, units, kinds (measurement,
    state, counter) and decimals in the order of the wire. ``stand_in`` is a virtual machine for the
    channels in ``simulated``, and None where there are none.
    """

    FAULTS = ()

    def __init__(
        self,
        *,
        asset: str,
        channels,
        sensors,
        rate_hz: float = RATE_HZ,
        stand_in=None,
        simulated=(),
    ) -> None:
        given = [name for key in sensors for name in _given(key, sensors[key])]
        for channel in channels:
            name = channel[0]
            if given.count(name) + list(simulated).count(name) != 1:
                raise ValueError("channel %s must be measured or simulated" % name)
        self.RATE_HZ = rate_hz
        self.CHANNELS = tuple([(channel[0], channel[1]) for channel in channels])
        self.STATES = tuple([channel[0] for channel in channels if channel[2] == "state"])
        self.COUNTERS = tuple([channel[0] for channel in channels if channel[2] == "counter"])
        self.DECIMALS = {channel[0]: channel[3] for channel in channels}
        self.MODEL = asset + " with sensors"
        if simulated:
            self.MODEL += "; simulated: " + ", ".join(simulated)
        self.trouble = ""  # which sensors gave nothing at the last step, and why
        self._sensors = sensors
        self._stand_in = stand_in
        self._simulated = tuple(simulated)

    def prepare(self) -> None:
        """A reading follows within a second, the first for long: begin what takes a moment.

        What fails now is said when the reading is taken.
        """
        for sensor in self._sensors.values():
            if hasattr(sensor, "prepare"):
                try:
                    sensor.prepare()
                except OSError:
                    pass

    def step(self, elapsed_s: float):
        """``{channel: value}`` now. A sensor that fails costs its own channels; see ``trouble``.

        All are asked whatever happens, because those that count or collect must be read in time.

        Raises:
            OSError: none answers; the text names each and why.
        """
        values, failures = {}, []
        for name, sensor in self._sensors.items():
            try:
                value = sensor.read()
            except OSError as error:
                failures.append("%s: %s" % (", ".join(_given(name, sensor)), error))
            else:
                values.update(value if isinstance(value, dict) else {name: value})
        imagined = self._stand_in.step(elapsed_s) if self._simulated else {}
        self.trouble = "; ".join(failures)
        if not values:
            raise OSError(self.trouble)
        for name in self._simulated:
            values[name] = imagined[name]
        return values

    def set_point(self, _value: float) -> None:
        raise ValueError("this machine's set point is not controlled from here")


def _given(name: str, sensor):
    """The channels that the driver called ``name`` measures."""
    return getattr(sensor, "channels", (name,))
