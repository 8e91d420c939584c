"""Readings as fixed-size records for the spool, and records as the JSON the gateway reads.

A record holds each value in thousandths, as an integer. So the JSON of a reading is the same, byte
for byte, each time it is sent, whether floats have 32 bits (ESP32) or 64. How often the board
measured is the same for many readings in a row: it stands in their layout, not in each record.
"""

import json
import struct

MAX_READINGS = 20  # in one message: docs/architecture.md section 3
_HEAD = "<IHB"  # time_ms low and high (both 0: clock not set), index of the truth
_HEAD_BYTES = 7
_NO_TRUTH = 255
_LIMIT = 0x7FFFFFFF


class Layout:
    """What a record of one device holds: which channels, and which words for the truth.

    ``period_ms`` is how often the board measured, or 0 for its type's nominal rate.
    """

    def __init__(
        self, channels: tuple[str, ...], truths: tuple[str, ...], period_ms: int = 0
    ) -> None:
        if not channels or len(truths) >= _NO_TRUTH:
            raise ValueError("a layout has 1 or more channels and fewer than 255 truths")
        if not isinstance(period_ms, int) or period_ms < 0:
            raise ValueError("the period of a layout is an integer from 0")
        self.channels = channels
        self.truths = truths
        self.period_ms = period_ms
        self.size = _HEAD_BYTES + 4 * len(channels)
        self.width = 2 + len(channels)  # how many ``fields`` there are
        self._format = _HEAD + "%di" % len(channels)
        self._values = ",".join('"%s":%%s' % name for name in channels)
        self._period = ',"period_ms":%d' % period_ms if period_ms else ""

    def at(self, period_ms: int) -> "Layout":
        """The same at another rate."""
        return Layout(self.channels, self.truths, period_ms)

    def describe(self) -> dict[str, object]:
        """What ``restore`` needs; it stands in every segment of the spool.

        Programs from before there were periods read it too: they send their readings without.
        """
        described: dict[str, object] = {
            "channels": list(self.channels),
            "truths": list(self.truths),
        }
        if self.period_ms:
            described["period_ms"] = self.period_ms
        return described

    def pack(self, *, time_ms: int, values: dict[str, float], truth: str | None) -> bytes:
        """One record; ``time_ms`` is 0 while the clock is not set.

        Raises:
            ValueError: a channel is missing, not a number, or beyond 2,147,483.
        """
        thousandths = []
        for name in self.channels:
            value = values.get(name)
            if value is None or value != value or abs(value) > _LIMIT // 1000:  # noqa: PLR0124 - NaN
                raise ValueError("the sensor of %s gave %s" % (name, value))
            thousandths.append(round(value * 1000))
        word = _NO_TRUTH if truth is None else self.truths.index(truth)
        return self.record([time_ms, word] + thousandths)  # noqa: RUF005 - MicroPython

    def record(self, fields: list[int]) -> bytes:
        """A record of its ``fields``: time_ms, index of the truth, thousandths."""
        time_ms = fields[0]
        return struct.pack(self._format, time_ms & 0xFFFFFFFF, time_ms >> 32 & 0xFFFF, *fields[1:])

    def fields(self, record: bytes) -> list[int]:
        """What ``record`` made this record of."""
        parts = struct.unpack(self._format, record)
        return [parts[1] << 32 | parts[0]] + list(parts[2:])  # noqa: RUF005 - MicroPython

    def encode(self, *, epoch: str, seq: int, record: bytes) -> str:
        """The JSON object of one reading."""
        fields = struct.unpack(self._format, record)
        time_ms = fields[1] << 32 | fields[0]
        text = '{"epoch":"%s","seq":%d' % (epoch, seq)
        if time_ms:
            text += ',"time_ms":%d' % time_ms
        text += self._period + ',"values":{'
        text += self._values % tuple(_decimal(field) for field in fields[3:]) + "}"
        if fields[2] != _NO_TRUTH:
            text += ',"truth":"%s"' % self.truths[fields[2]]
        return text + "}"


def restore(description) -> Layout:
    """The layout that ``Layout.describe`` described.

    Raises:
        ValueError: this describes none.
    """
    try:
        period_ms = description.get("period_ms", 0)
        return Layout(tuple(description["channels"]), tuple(description["truths"]), period_ms)
    except (AttributeError, KeyError, TypeError):
        raise ValueError("not the description of a layout") from None


def _decimal(thousandths: int) -> str:
    sign = "-" if thousandths < 0 else ""
    whole, part = divmod(abs(thousandths), 1000)
    return "%s%d.%03d" % (sign, whole, part)


def readings(objects: list[str]) -> bytes:
    """A telemetry payload: one reading as it is, several as a list."""
    if len(objects) == 1:
        return objects[0].encode()
    return ("[" + ",".join(objects) + "]").encode()


def floor(epoch: str, oldest: int) -> bytes:
    """The promise that nothing of ``epoch`` below ``oldest`` is held any more."""
    return ('{"epoch":"%s","oldest":%d}' % (epoch, oldest)).encode()


def watermark(payload: bytes) -> tuple[str, int]:
    """Epoch and seq of an ``ack``.

    Raises:
        ValueError: this is none.
    """
    try:
        ack = json.loads(payload)
        epoch, seq = ack["epoch"], ack["seq"]
    except (KeyError, TypeError, RuntimeError, MemoryError):  # nested too deep; too large
        raise ValueError("an ack is an object with epoch and seq") from None
    if not isinstance(epoch, str) or not isinstance(seq, int) or seq < 0:
        raise ValueError("epoch of an ack is a text and seq an integer from 0")
    return epoch, seq
