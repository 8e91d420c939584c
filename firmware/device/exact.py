"""Numbers and texts between a sensor and the wire, without a digit lost on the way.

Floats of an ESP32 have 24 bits: they end at 16,777,216, and 4,711.234 is none of them. So what must
be exact is whole: an int, or ``(4711234, 3)`` for 4,711.234: units, and how many of their digits
are decimals.
"""

_MOST_LETTERS = 64
_SURROGATES = 0xD800 >> 11
_MOST = 9e15  # of a float: beyond, it is not whole any more in thousandths


def scaled(value, decimals: int) -> int:
    """``value`` in units of its last one of ``decimals``: 41.25 with 2 is 4125.

    Raises:
        ValueError: it is no number.
    """
    if isinstance(value, float):
        if not abs(value) <= _MOST:  # NaN is not either
            raise ValueError("that is no number, or too large")
        rounded: int = round(value * 10**decimals)
        return rounded
    if isinstance(value, tuple):
        units, own = value
        if isinstance(units, int) and isinstance(own, int) and own >= 0:
            return _moved(units, decimals - own)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("that is no number")  # noqa: TRY004 - as all that cannot be sent
    return _moved(value, decimals)


def counted(value, decimals: int) -> int:
    """As ``scaled``; of a float the whole part loses nothing to the multiplication."""
    if not isinstance(value, float) or not abs(value) <= _MOST:
        return scaled(value, decimals)
    whole = int(value)
    return _moved(whole, decimals) + scaled(value - whole, decimals)


def _moved(units: int, places: int) -> int:
    """``units`` with so many digits more, or fewer: then rounded, half away from 0."""
    if places >= 0:
        return int(units * 10**places)
    unit: int = 10**-places
    size = (abs(units) + unit // 2) // unit
    return size if units >= 0 else -size


def decimal(units: int, decimals: int) -> str:
    """4125 with 2 decimals is ``41.25``: built of integers, so the same on every board."""
    if not decimals:
        return str(units)
    unit = 10**decimals
    whole, part = divmod(abs(units), unit)
    return "%s%d.%s" % ("-" if units < 0 else "", whole, str(unit + part)[1:])


def shortest(value) -> str:
    """A number as JSON: a float in thousandths, what is exact as it is; no zeros at its end."""
    own = value[1] if isinstance(value, tuple) else 3
    text = decimal(counted(value, own), own)
    return text.rstrip("0").rstrip(".") if own else text


def checked_text(value) -> str:
    """``value``, if it is a text that a message may carry.

    Raises:
        ValueError: it is none, or too long.
    """
    if not isinstance(value, str):
        raise ValueError("that is no text")  # noqa: TRY004 - as all that cannot be sent
    if len(value) > _MOST_LETTERS:
        raise ValueError("a text has at most %d characters" % _MOST_LETTERS)
    if any(letter == "\0" or ord(letter) >> 11 == _SURROGATES for letter in value):
        raise ValueError("a text has no U+0000 and no half characters")
    return value


def quoted(text: str) -> str:
    """A text as JSON. Ours, because MicroPython and CPython escape differently."""
    out = '"'
    for letter in text:
        if letter in '"\\':
            out += "\\" + letter
        elif letter < " ":
            out += "\\u%04x" % ord(letter)
        else:
            out += letter
    return out + '"'
