"""A real machine: drivers in, one set of channels out; simulated ones only where the site says so.

For the program it is machine and model at once: ``CHANNELS``, ``MODEL``, ``FAULTS``, ``RATE_HZ``
and ``step``.
"""


class Sensed:
    """``sensors`` gives each measured channel its driver, anything with ``read()``.

    ``channels`` are names and units in the asset type's order. ``stand_in`` is a virtual machine
    for the channels in ``simulated``, and None where there are none.
    """

    FAULTS = ()

    def __init__(
        self, *, asset: str, channels, sensors, rate_hz: float = 5.0, stand_in=None, simulated=()
    ) -> None:
        for name, _unit in channels:
            if (name in sensors) == (name in simulated):
                raise ValueError("channel %s must be measured or simulated" % name)
        self.RATE_HZ = rate_hz
        self.CHANNELS = tuple(channels)
        self.MODEL = asset + " with sensors"
        if simulated:
            self.MODEL += "; simulated: " + ", ".join(simulated)
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

    def step(self, elapsed_s: float) -> dict[str, float]:
        """``{channel: value}`` now.

        Raises:
            OSError: sensors do not answer; the text names each and why. All were asked, because
                those that count or collect must be read in time.
        """
        values, failures = {}, []
        for name, sensor in self._sensors.items():
            try:
                values[name] = sensor.read()
            except OSError as error:
                failures.append("%s: %s" % (name, error))
        if self._simulated:
            imagined = self._stand_in.step(elapsed_s)
            for name in self._simulated:
                values[name] = imagined[name]
        if failures:
            raise OSError("; ".join(failures))
        return values

    def set_point(self, _value: float) -> None:
        raise ValueError("this machine's set point is not controlled from here")
