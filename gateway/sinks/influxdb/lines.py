r"""Points as InfluxDB line protocol: whatever is in a name or text, it stays that name or text.

Grammar and escapes: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/.
Names and tags with control characters are rejected, never altered, and so are backslashes, which
InfluxDB's scanners of tags and of fields read differently, and the name ``time``, which it drops
without a word. Text fields hold anything.
"""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from contract.errors import Rejected

NS_PER_MS: Final = 1_000_000
# InfluxDB's own bounds of a time stamp, in whole milliseconds.
_TIME_LIMIT_MS: Final = 9_223_372_036_854
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f\\]")
_MEASUREMENT: Final = str.maketrans({",": r"\,", " ": r"\ "})
_NAME: Final = str.maketrans({",": r"\,", " ": r"\ ", "=": r"\="})
_TEXT: Final = str.maketrans({'"': r"\"", "\\": r"\\"})
_NAMES_REMEMBERED: Final = 4_096
_SERIES_REMEMBERED: Final = 32_768

Field = float | int | str


def point(
    *, measurement: str, tags: Mapping[str, str], fields: Mapping[str, Field | None], time_ns: int
) -> str:
    """One line without its line feed. Fields that are None are left out.

    Raises:
        Rejected: ``influxdb_refused`` when no line can say this.
    """
    written = ",".join(f"{name(k)}={value(v)}" for k, v in fields.items() if v is not None)
    if not written:
        raise _refused("a point without fields")
    return f"{series(measurement, tuple(tags.items()))} {written} {time_ns}"


@lru_cache(maxsize=_SERIES_REMEMBERED)
def series(measurement: str, tags: tuple[tuple[str, str], ...]) -> str:
    """Measurement and tags: what a line begins with. Raises Rejected."""
    head = _safe(measurement).translate(_MEASUREMENT)
    if head.startswith("#"):
        raise _refused("a measurement that starts with # is a comment")
    return ",".join((head, *(f"{name(key)}={tag_value(text)}" for key, text in tags)))


@lru_cache(maxsize=_NAMES_REMEMBERED)
def name(text: str) -> str:
    """The name of a tag or a field, escaped. Raises Rejected."""
    if text == "time":
        raise _refused("InfluxDB drops a field or tag that is called 'time'")
    return tag_value(text)


def tag_value(text: str) -> str:
    """What a tag says, escaped. Raises Rejected."""
    return _safe(text).translate(_NAME)


def value(content: Field) -> str:
    """A field's value: float, integer (64 bit) or text. Raises Rejected."""
    if isinstance(content, str):
        return f'"{content.translate(_TEXT)}"'
    if isinstance(content, int):
        return f"{content}i"
    if not math.isfinite(content):
        raise _refused(f"{content} is not a number InfluxDB can store")
    return repr(content)


def time_ns(*, time_ms: int, within_ms: int) -> int:
    """The time stamp of a row: its millisecond, and its place within that millisecond.

    A device can have several rows in one millisecond, and InfluxDB would merge points of equal
    series and time. ``within_ms`` comes from what the row says, never from where it is stored: a
    journal that is lost gives other ids, and every reading would be a second point. Places are a
    million (``streams.lane`` keeps those that would share one in different series).

    Raises:
        Rejected: the time lies outside the years 1677 to 2262 that InfluxDB knows.
    """
    if not -_TIME_LIMIT_MS < time_ms < _TIME_LIMIT_MS:
        raise _refused(f"time {time_ms} ms is outside what InfluxDB can store")
    return time_ms * NS_PER_MS + within_ms % NS_PER_MS


def _safe(text: str) -> str:
    if not text or _UNSAFE.search(text):
        raise _refused(f"{text!r} cannot be a name or tag: empty, or unsafe letters")
    return text


def _refused(detail: str) -> Rejected:
    return Rejected("influxdb_refused", detail)
