"""Energy meters on a serial line: whole answers count, all else is named and costs one reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device.sensors import modbus
from firmware.device.sensors.pzem004t import QUANTITIES, Pzem004t
from tests.firmware.device.sensors.wires import Clock, Meter, Uart

ALL = {"v": "voltage", "a": "current", "w": "power", "wh": "energy", "kwh": "energy_kwh"}
ALL |= {"hz": "frequency", "pf": "power_factor"}


class Line:
    """Meters on a line, their drivers, and a board that looks fifty times a second."""

    def __init__(self, *addresses: int, asked: tuple[int, ...] = ()) -> None:
        self.clock = Clock()
        self.meters = [Meter(address) for address in addresses]
        self.uart = Uart(*self.meters)
        self.master = modbus.Master(uart=self.uart, ticks_ms=self.clock.ms)
        self.drivers = [
            Pzem004t(master=self.master, ticks_ms=self.clock.ms, channels=ALL, address=address)
            for address in asked or addresses
        ]

    def pass_ms(self, ms: int) -> None:
        for _look in range(ms // 20):
            self.clock.pass_ms(20)
            self.master.tend()

    def readings(self, count: int = 1, *, period_ms: int = 200) -> list[object]:
        """What the last driver gives, reading for reading: values, or the reason for none."""
        found: list[object] = []
        for _reading in range(count):
            self.pass_ms(period_ms)
            for driver in self.drivers:
                try:
                    last: object = driver.read()
                except OSError as error:
                    last = str(error)
            found.append(last)
        return found


def test_crc_is_that_of_the_standards_example() -> None:
    """Modbus over serial line V1.02, 6.2.2: 02 07 is followed by 41 12."""
    assert modbus.frame(b"\x02\x07") == b"\x02\x07\x41\x12"


def test_all_that_it_measures_is_read_exactly() -> None:
    line = Line(1)
    first, second = line.readings(2)
    assert first == "PZEM-004T: the first answer has not come"
    assert second == {
        "v": (2301, 1),
        "a": (1234, 3),
        "w": (987, 1),
        "wh": (4711, 0),
        "kwh": (4711, 3),
        "hz": (500, 1),
        "pf": (35, 2),
    }
    assert set(ALL.values()) == set(QUANTITIES)


def test_numbers_of_32_bits_come_with_the_low_half_first() -> None:
    line = Line(1)
    meter = line.meters[0]
    meter.amperes, meter.watts, meter.watt_hours = 99.999, 22_999.9, 9_999_999
    reading = line.readings(2)[-1]
    assert isinstance(reading, dict)
    assert (reading["a"], reading["w"]) == ((99_999, 3), (229_999, 1))
    assert reading["wh"] == (9_999_999, 0)


def test_its_counter_goes_round_and_is_put_back_as_it_says() -> None:
    line = Line(1)
    line.readings(2)
    seen = []
    for watt_hours in (9_999_999, 10_000_000, 10_000_001, 0):
        line.meters[0].watt_hours = watt_hours
        reading = line.readings(2)[-1]
        assert isinstance(reading, dict)
        seen.append(reading["wh"][0])
    assert seen == [9_999_999, 0, 1, 0]


def test_the_general_address_is_answered_by_whichever_meter_is_there() -> None:
    line = Line(7, asked=(0xF8,))
    assert isinstance(line.readings(2)[-1], dict)


def test_an_answer_that_comes_in_pieces_is_put_together() -> None:
    line = Line(1)
    whole = line.meters[0].answer(modbus.frame(bytes((1, 4, 0, 0, 0, 10))))
    line.uart.spoil = lambda _data: b""
    line.drivers[0].prepare()
    for byte in whole:
        line.uart.arriving += bytes((byte,))
        line.pass_ms(20)
    assert line.drivers[0].read()["v"] == (2301, 1)


@pytest.mark.parametrize("before", [b"\x00", b"\xff\x00\x01", b"\x01\x04", b"\x01\x04\x14" * 3])
def test_noise_before_an_answer_is_passed_over(before: bytes) -> None:
    line = Line(1)
    line.uart.spoil = lambda data: before + data
    assert isinstance(line.readings(4)[-1], dict)


def test_its_own_question_that_the_line_echoes_is_passed_over() -> None:
    line = Line(1)
    line.uart.spoil = lambda data: modbus.frame(bytes((1, 4, 0, 0, 0, 10))) + data
    assert isinstance(line.readings(4)[-1], dict)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda _data: b"", "no answer; check its wires"),
        (lambda data: data[:4], "a part of an answer only"),
        (lambda data: data[:20], "damaged or cut off"),
        (lambda data: data[:9] + bytes((data[9] ^ 1,)) + data[10:], "damaged or cut off"),
        (lambda data: b"\x02" + data[1:], "damaged or cut off"),
    ],
)
def test_what_is_no_whole_answer_is_named_and_the_next_one_counts(spoil, words: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - functions in a table
    line = Line(1)
    line.readings(2)
    line.uart.spoil = spoil
    assert words in str(line.readings(4)[-1])
    line.uart.spoil = lambda data: data
    assert isinstance(line.readings(5)[-1], dict)


def test_an_exception_is_named_with_its_code() -> None:
    line = Line(1)
    line.meters[0].refuses = 2
    assert line.readings(2)[-1] == "PZEM-004T: it refuses the question, with code 2"


def test_another_device_at_the_address_is_no_meter() -> None:
    line = Line(1)
    line.meters[0].power_factor = 2.0
    assert "is none" in str(line.readings(2)[-1])


def test_meters_on_one_line_take_turns_and_one_that_is_silent_costs_itself_alone() -> None:
    line = Line(1, 2, 3)
    line.uart.meters = [line.meters[0], line.meters[2]]
    line.readings(20)
    assert isinstance(line.drivers[0].read(), dict)
    with pytest.raises(OSError, match="no answer"):
        line.drivers[1].read()
    assert isinstance(line.drivers[2].read(), dict)
    asked = [question[0] for question in line.uart.asked]
    assert asked.count(2) <= min(asked.count(1), asked.count(3)) + 1


def test_a_rare_reading_is_of_now_when_it_was_told_before() -> None:
    line = Line(1)
    driver = line.drivers[0]
    for watt_hours in (100, 200):
        line.meters[0].watt_hours = watt_hours
        driver.prepare()
        line.pass_ms(1000)
        assert driver.read()["wh"] == (watt_hours, 0)
        line.pass_ms(60_000)


def test_what_is_old_is_not_told_as_of_now() -> None:
    line = Line(1)
    line.readings(2)
    line.meters[0].watt_hours += 1
    line.clock.pass_ms(10_000)  # the board is held up, and its question of before is answered
    with pytest.raises(OSError, match="no fresh answer"):
        line.drivers[0].read()
    reading = line.readings(2)[-1]
    assert isinstance(reading, dict)
    assert reading["wh"] == (4712, 0)


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_whatever_arrives_is_an_answer_or_a_reason(noise: bytes, tail: bytes) -> None:
    line = Line(1)
    line.uart.spoil = lambda data: noise + data + tail
    for reading in line.readings(8):
        assert isinstance(reading, dict) or str(reading).startswith("PZEM-004T: ")


def test_a_quantity_that_it_does_not_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="does not measure phase"):
        Pzem004t(master=Line(1).master, ticks_ms=lambda: 0, channels={"x": "phase"})
