"""Items (readings and events) as records for the spool, and records as the JSON the gateway reads.

A record holds each number as a whole one, in units of its channel's last decimal, and each text as
it is. So the JSON of an item is the same, byte for byte, each time it is sent, whether floats have
32 bits (ESP32) or 64. How often the board measured is the same for many readings in a row: it
stands in their layout, not in each record. So do the names of the channels.

A record: time_ms (48 bits, 0: clock not set), index of the truth, then of a reading a mask of the
columns that are there, their numbers and their texts, of an event its name and its values as JSON.
"""

import json
import struct

from firmware.device import announced, exact

MAX_READINGS = 20  # in one message: docs/architecture.md section 3
MAX_BYTES = 16384  # of one message
NUMBER, COUNTER, TEXT = "i", "q", "s"  # what a column holds: 32 bits, 64 bits, a text
_FORMS = {
    announced.MEASUREMENT: NUMBER,
    announced.COUNTER: COUNTER,
    announced.STATE: TEXT,
    announced.LABEL: TEXT,
}
_LARGEST = {NUMBER: 0x7FFFFFFF, COUNTER: 0x7FFFFFFFFFFFFFFF}
_LONGEST = {NUMBER: 13, COUNTER: 22, TEXT: 390}  # as JSON: 64 control characters are six each
_FORMER_DECIMALS = 3
_HEAD = "<IHB"
_HEAD_BYTES = 7
EVENT = 254  # in the place of the truth
_NO_TRUTH = 255
_MOST_COLUMNS = 64
_MOST_EVENT_BYTES = 2000
_MOST_PLANS = 16


def layout_of(model, *, virtual: bool = True) -> "Layout":
    """What a record of a machine that ``model`` describes holds."""
    columns = tuple(
        [(name, _FORMS[kind], decimals) for name, _, kind, decimals in announced.channels(model)]
    )
    return Layout(columns, ("normal",) + tuple(model.FAULTS) if virtual else ())  # noqa: RUF005


class Layout:
    """What a record of one device holds: which columns, and which words for the truth.

    A column is ``(name, NUMBER | COUNTER | TEXT, decimals)``. ``period_ms`` is how often the board
    measured, or 0 for its type's nominal rate.
    """

    def __init__(self, columns, truths: tuple[str, ...], period_ms: int = 0) -> None:
        if not 0 < len(columns) <= _MOST_COLUMNS or len(truths) >= EVENT:
            raise ValueError("a layout has 1 to 64 channels and fewer than 254 truths")
        if not isinstance(period_ms, int) or period_ms < 0:
            raise ValueError("the period of a layout is an integer from 0")
        if sum(len(name) + 4 + _LONGEST[form] for name, form, _ in columns) > MAX_BYTES - 200:
            raise ValueError("a reading of all these channels would not fit into a message")
        self.columns = columns
        self.truths = truths
        self.period_ms = period_ms
        self._mask_form = "<" + "BBHIIQQQQ"[(len(columns) + 7) // 8]
        self._mask_end = _HEAD_BYTES + struct.calcsize(self._mask_form)
        self._known = {column[0] for column in columns}
        self._plans: dict[int, tuple[str, list[int], list[int], str]] = {}
        self._period = ',"period_ms":%d' % period_ms if period_ms else ""

    def at(self, period_ms: int) -> "Layout":
        """The same at another rate."""
        return Layout(self.columns, self.truths, period_ms)

    def describe(self) -> dict[str, object]:
        """What ``restore`` needs; it stands in every segment of the spool."""
        described: dict[str, object] = {
            "columns": [list(column) for column in self.columns],
            "truths": list(self.truths),
        }
        if self.period_ms:
            described["period_ms"] = self.period_ms
        return described

    # ------------------------------------------------------------- a reading

    def pack(self, *, time_ms: int, values, truth: str | None) -> bytes:
        """One record; ``time_ms`` is 0 while the clock is not set. Channels may be missing.

        Raises:
            ValueError: there is no channel, or one is not what its column holds.
        """
        mask, cells = 0, []
        for index in range(len(self.columns)):
            column = self.columns[index]
            if column[0] in values:
                mask |= 1 << index
                cells.append(_cell(column, values[column[0]]))
            else:
                cells.append(None)
        if not mask or len(values) > len(cells) - cells.count(None):
            self._refuse(values)
        word = _NO_TRUTH if truth is None else self.truths.index(truth)
        return self.record(time_ms, word, mask, cells)

    def _refuse(self, values) -> None:
        unknown = [name for name in values if name not in self._known]
        raise ValueError("no channel of this machine: " + (", ".join(unknown) or "nothing given"))

    def sound(self, values) -> tuple[dict[str, object], list[str]]:
        """Those of ``values`` that ``pack`` takes, and a sentence on each other one."""
        found: dict[str, object] = {}
        faults: list[str] = []
        for name, value in values.items():
            try:
                self.pack(time_ms=0, values={name: value}, truth=None)
            except ValueError as error:
                faults.append(str(error))
            else:
                found[name] = value
        return found, faults

    def blank(self):
        """Cells before the first reading."""
        return [b"" if form == TEXT else 0 for _name, form, _decimals in self.columns]

    def record(self, time_ms: int, word: int, mask: int, cells) -> bytes:
        """A record of its ``fields``."""
        head = time_ms & 0xFFFFFFFF, time_ms >> 32 & 0xFFFF, word
        if word == EVENT:
            told: bytes = struct.pack(_HEAD, *head) + cells
            return told
        form, numeric, texts, _keys = self._plan(mask)
        numbers = list(head) + [mask] + [cells[index] for index in numeric]
        record = struct.pack(form, *numbers)
        for index in texts:
            record += struct.pack("<H", len(cells[index])) + cells[index]
        return record

    def fields(self, record: bytes):
        """Time, truth, mask and cells: what ``record`` made this record of.

        A cell is an integer, the bytes of a text, or None where the reading has no such channel.
        Of an event there is no mask, and the cells are its bytes.
        """
        low, high, word = struct.unpack(_HEAD, record[:_HEAD_BYTES])
        time_ms = high << 32 | low
        if word == EVENT:
            return time_ms, word, 0, record[_HEAD_BYTES:]
        mask = struct.unpack(self._mask_form, record[_HEAD_BYTES : self._mask_end])[0]
        form, numeric, texts, _keys = self._plan(mask)
        at = struct.calcsize(form)
        cells: list[object] = [None] * len(self.columns)
        parts = struct.unpack(form, record[:at])
        for place in range(len(numeric)):
            cells[numeric[place]] = parts[4 + place]
        for index in texts:
            end = at + 2 + (record[at] | record[at + 1] << 8)
            cells[index] = record[at + 2 : end]
            at = end
        return time_ms, word, mask, cells

    def _plan(self, mask: int) -> tuple[str, list[int], list[int], str]:
        """Of readings with these columns: format, numbers, texts, and a template of their JSON."""
        plan = self._plans.get(mask)
        if plan is None:
            present = [index for index in range(len(self.columns)) if mask >> index & 1]
            numeric = [index for index in present if self.columns[index][1] != TEXT]
            form = _HEAD + self._mask_form[1:] + "".join([self.columns[i][1] for i in numeric])
            keys = [exact.quoted(self.columns[i][0]).replace("%", "%%") for i in present]
            template = ",".join([key + ":%s" for key in keys])
            plan = form, numeric, [i for i in present if i not in numeric], template
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            self._plans[mask] = plan
        return plan

    # ------------------------------------------------------------- JSON

    def encode(self, *, epoch: str, seq: int, record: bytes) -> str:
        """The JSON object of one item."""
        time_ms, word, mask, cells = self.fields(record)
        text = '{"epoch":"%s","seq":%d' % (epoch, seq)
        if time_ms:
            text += ',"time_ms":%d' % time_ms
        if word == EVENT:
            told: str = cells.decode()
            return text + told + "}"
        keys = self._plan(mask)[3]
        present = [index for index in range(len(cells)) if cells[index] is not None]
        shown = tuple([_shown(self.columns[index], cells[index]) for index in present])
        text += self._period + ',"values":{' + keys % shown + "}"
        if word != _NO_TRUTH:
            text += ',"truth":"%s"' % self.truths[word]
        return text + "}"


def _cell(column, value):
    """``value`` as its column holds it."""
    name, form, decimals = column
    try:
        if form == TEXT:
            return exact.checked_text(value).encode()
        number = exact.counted if form == COUNTER else exact.scaled
        units = number(value, decimals)
    except ValueError as error:
        raise ValueError("the sensor of %s gave %r: %s" % (name, value, error)) from None
    if abs(units) > _LARGEST[form]:
        raise ValueError("the sensor of %s gave %r: that is too large" % (name, value))
    return units


def _shown(column, cell) -> str:
    return exact.quoted(cell.decode()) if column[1] == TEXT else exact.decimal(cell, column[2])


def event(*, time_ms: int, name: str, values) -> bytes:
    """The record of what happened at one instant; ``values`` are numbers and texts.

    Raises:
        ValueError: one is neither, or it is more than a message should carry.
    """
    shown = []
    for field in sorted(values):
        value = values[field]
        text = isinstance(value, str)
        told = exact.quoted(exact.checked_text(value)) if text else exact.shortest(value)
        shown.append(exact.quoted(field) + ":" + told)
    body = ',"event":%s,"values":{%s}' % (
        exact.quoted(exact.checked_text(name)),
        ",".join(shown),
    )
    data = body.encode()
    if not name or len(data) > _MOST_EVENT_BYTES:
        raise ValueError("an event has a name, and at most %d bytes" % _MOST_EVENT_BYTES)
    return struct.pack(_HEAD, time_ms & 0xFFFFFFFF, time_ms >> 32 & 0xFFFF, EVENT) + data


def is_event(record: bytes) -> bool:
    return record[_HEAD_BYTES - 1] == EVENT


def restore(description) -> Layout:
    """The layout that ``Layout.describe`` described, of this program or one before it.

    Raises:
        ValueError: this describes none.
    """
    try:
        columns = description.get("columns")
        if columns is None:  # as it was while all channels were numbers of three decimals
            columns = [(name, NUMBER, _FORMER_DECIMALS) for name in description["channels"]]
        columns = tuple([_column(column) for column in columns])
        return Layout(columns, tuple(description["truths"]), description.get("period_ms", 0))
    except (AttributeError, KeyError, TypeError):
        raise ValueError("not the description of a layout") from None


def _column(described):
    if not isinstance(described, (list, tuple)) or len(described) != 3:
        raise TypeError
    name, form, decimals = described
    if not isinstance(name, str) or not isinstance(decimals, int):
        raise TypeError
    return name, form, decimals


# ---------------------------------------------------------------- messages


def readings(objects: list[str]) -> bytes:
    """A telemetry payload: one item as it is, several as a list."""
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
