"""What is wired to an ESP32: options of site.json in, drivers on its pins and buses out."""

import asyncio
import time

import machine

from firmware.device.counts import Counts

_LOOK_S = 0.02
_I2C_HZ = 400000
_FIRST_UART = 1  # 0 is the console
_FULL_SCALE_UV = 3300000
_FULL_SCALE = 65535
_COUNTS = "/counts"


class Wired:
    """Buses, serial lines and counters of one ``board``, each made when a driver first needs it."""

    def __init__(self, *, board) -> None:
        self.board = board
        self._i2c: dict[tuple[int, int], machine.I2C] = {}
        self._masters: dict[tuple[int, int], object] = {}
        self._counts: Counts | None = None
        self._tended: list[object] = []

    def sensor(self, name: str, options):
        """The driver that ``options`` describe: ``{"driver": "ds18b20", "pin": 4}``.

        Raises:
            ValueError: there is no such pin on this chip, or no such bus.
        """
        options = dict(options)
        driver = _DRIVERS[options.pop("driver")](self, name, options)
        if hasattr(driver, "tend"):
            self._tended.append(driver)
        return driver

    # ------------------------------------------------------------- what goes on

    @property
    def works(self):
        """Coroutines that go on beside the program; none where nothing has to be looked after."""
        return (self._tend(),) if self._tended or self._masters else ()

    async def _tend(self) -> None:
        """Contacts that bounce, answers that arrive and counts to be kept wait for no reading."""
        tended = self._tended + list(self._masters.values())
        if self._counts is not None:
            tended.append(self._counts)
        while True:
            for each in tended:
                each.tend()  # type: ignore[attr-defined]
            await asyncio.sleep(_LOOK_S)

    def keep(self) -> None:
        """The board is about to restart."""
        for driver in self._tended:
            driver.tend()  # type: ignore[attr-defined]
        if self._counts is not None:
            self._counts.keep()

    # ------------------------------------------------------------- shared

    def bus(self, scl: int, sda: int) -> machine.I2C:
        """One bus for all sensors on the same two pins."""
        if (scl, sda) not in self._i2c:
            number = len(self._i2c)
            self._i2c[scl, sda] = machine.I2C(
                number, scl=machine.Pin(scl), sda=machine.Pin(sda), freq=_I2C_HZ
            )
        return self._i2c[scl, sda]

    def master(self, tx: int, rx: int, baud: int):
        """One master for all meters on the same line."""
        if (tx, rx) not in self._masters:
            from firmware.device.sensors.modbus import Master  # noqa: PLC0415

            number = _FIRST_UART + len(self._masters)
            uart = machine.UART(number, baudrate=baud, tx=tx, rx=rx, timeout=0)
            self._masters[tx, rx] = Master(uart=uart, ticks_ms=self.board.ticks_ms)
        return self._masters[tx, rx]

    @property
    def counts(self) -> Counts:
        """One file for all counters of the board: it is the flash that wears."""
        if self._counts is None:
            board = self.board
            path = board.directory + _COUNTS
            self._counts = Counts(path, ticks_ms=board.ticks_ms, say=board.say)
        return self._counts


class _Adc:
    """An ADC by the chip's own calibration: the raw one is bent, and full before 3.3 V."""

    def __init__(self, pin: int) -> None:
        self._adc = machine.ADC(machine.Pin(pin), atten=machine.ADC.ATTN_11DB)

    def read_u16(self) -> int:
        """Of 3.3 V; at the limits what the converter gives, so that a cut wire is seen."""
        raw: int = self._adc.read_u16()
        if raw in (0, _FULL_SCALE):
            return raw
        calibrated: int = self._adc.read_uv() * _FULL_SCALE // _FULL_SCALE_UV
        return min(_FULL_SCALE, calibrated)


class _TicksUs:
    """Microseconds that only grow: MicroPython's wrap after 18 minutes."""

    def __init__(self) -> None:
        self._last = time.ticks_us()  # type: ignore[attr-defined]
        self._elapsed = 0

    def __call__(self) -> int:
        now = time.ticks_us()  # type: ignore[attr-defined]
        self._elapsed += time.ticks_diff(now, self._last)  # type: ignore[attr-defined]
        self._last = now
        return self._elapsed


def _input(number: int, pull: str) -> machine.Pin:
    if pull == "none":
        return machine.Pin(number, machine.Pin.IN)
    return machine.Pin(
        number, machine.Pin.IN, machine.Pin.PULL_UP if pull == "up" else machine.Pin.PULL_DOWN
    )


# ---------------------------------------------------------------- drivers

# Imported when they are used: a board has memory for those it has only.


def _ds18b20(wired: Wired, _name: str, options):
    import onewire  # noqa: PLC0415 - frozen into MicroPython

    from firmware.device.sensors.ds18b20 import Ds18b20  # noqa: PLC0415

    bus = onewire.OneWire(machine.Pin(options["pin"]))
    return Ds18b20(bus=bus, ticks_ms=wired.board.ticks_ms)


def _ntc(_wired: Wired, _name: str, options):
    from firmware.device.sensors.ntc import Ntc  # noqa: PLC0415

    return Ntc(adc=_Adc(options.pop("pin")), **options)


def _tachometer(_wired: Wired, _name: str, options):
    from firmware.device.sensors.tachometer import Tachometer  # noqa: PLC0415

    pin = _input(options.pop("pin"), "up")
    return Tachometer(pin=pin, falling=machine.Pin.IRQ_FALLING, ticks_us=_TicksUs(), **options)


def _acs712(_wired: Wired, _name: str, options):
    from firmware.device.sensors.acs712 import Acs712  # noqa: PLC0415

    return Acs712(adc=_Adc(options.pop("pin")), **options)


def _ina219(wired: Wired, _name: str, options):
    from firmware.device.sensors.ina219 import Ina219  # noqa: PLC0415

    bus = wired.bus(options.pop("scl"), options.pop("sda"))
    return Ina219(i2c=bus, say=wired.board.say, **options)


def _mpu6050(wired: Wired, _name: str, options):
    from firmware.device.sensors.mpu6050 import Mpu6050  # noqa: PLC0415

    return Mpu6050(i2c=wired.bus(options.pop("scl"), options.pop("sda")), **options)


def _adxl345(wired: Wired, _name: str, options):
    from firmware.device.sensors.adxl345 import Adxl345  # noqa: PLC0415

    return Adxl345(i2c=wired.bus(options.pop("scl"), options.pop("sda")), **options)


def _digital(wired: Wired, _name: str, options):
    from firmware.device.sensors.digital import Digital  # noqa: PLC0415

    pull = options.pop("pull")
    inputs = [(_input(each["pin"], pull), each["state"]) for each in options.pop("inputs")]
    return Digital(inputs=inputs, ticks_ms=wired.board.ticks_ms, **options)


def _pulses(wired: Wired, name: str, options):
    from firmware.device.sensors.pulses import Pulses  # noqa: PLC0415

    return Pulses(
        pin=_input(options.pop("pin"), options.pop("pull")),
        edges=machine.Pin.IRQ_FALLING | machine.Pin.IRQ_RISING,
        ticks_us=time.ticks_us,  # type: ignore[attr-defined]
        ticks_diff=time.ticks_diff,  # type: ignore[attr-defined]
        counts=wired.counts,
        name=name,
        **options,
    )


def _voltage_input(_wired: Wired, _name: str, options):
    from firmware.device.sensors.voltage_input import VoltageInput  # noqa: PLC0415

    return VoltageInput(adc=_Adc(options.pop("pin")), **options)


def _current_loop(_wired: Wired, _name: str, options):
    from firmware.device.sensors.current_loop import CurrentLoop  # noqa: PLC0415

    return CurrentLoop(adc=_Adc(options.pop("pin")), **options)


def _pzem004t(wired: Wired, _name: str, options):
    from firmware.device.sensors.pzem004t import BAUD, Pzem004t  # noqa: PLC0415

    master = wired.master(options.pop("tx"), options.pop("rx"), BAUD)
    return Pzem004t(master=master, ticks_ms=wired.board.ticks_ms, **options)


_DRIVERS = {
    "ds18b20": _ds18b20,
    "ntc": _ntc,
    "tachometer": _tachometer,
    "acs712": _acs712,
    "ina219": _ina219,
    "mpu6050": _mpu6050,
    "adxl345": _adxl345,
    "digital": _digital,
    "pulses": _pulses,
    "voltage_input": _voltage_input,
    "current_loop": _current_loop,
    "pzem004t": _pzem004t,
}
