"""What accelerometers with a FIFO share: they are set up, emptied, and set up anew when need be."""

from firmware.device.sensors.vibration import VelocityRms

_MOST_EMPTY = 3  # readings in a row: then it has lost power meanwhile, and sleeps


class Accelerometer:
    """A driver says how its chip is set up (``_configure``) and emptied (``_collect``)."""

    def __init__(self, *, i2c, address: int, sample_hz: float) -> None:
        self._i2c = i2c
        self._address = address
        self._ready = False
        self._empty = 0
        self._velocity = VelocityRms(sample_hz=sample_hz)

    def read(self) -> float:
        """Over the samples since the reading before, as far back as the FIFO goes."""
        if not self._ready:
            self._configure()
            self._ready = True
            self._empty = 0
            self._velocity.interrupt()
        try:
            samples = self._collect()
        except OSError:
            self._ready = False
            raise
        self._empty = 0 if samples else self._empty + 1
        if self._empty >= _MOST_EMPTY:
            self._ready = False
        return self._velocity.add(samples)

    def _configure(self) -> None:
        raise NotImplementedError

    def _collect(self) -> list[tuple[float, ...]]:
        """All samples in the FIFO in g, the oldest first; says so if some are missing before."""
        raise NotImplementedError

    def _write(self, register: int, value: int) -> None:
        self._i2c.writeto_mem(self._address, register, bytes((value,)))
