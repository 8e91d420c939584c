"""Line protocol: what is in a name or a text comes back as it was, and makes nothing else."""

import math
import re
import time
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.errors import Rejected
from gateway.sinks.influxdb import lines
from gateway.sinks.influxdb.access import Access
from gateway.sinks.influxdb.server import Server, quoted
from tests.influx.running import Influxd

HOSTILE = "\\ ,=\"'\n\r\t#é💥\x00\x7f{}$"
_text = st.text(st.one_of(st.sampled_from(HOSTILE), st.characters(exclude_categories=["Cs"])))
# Mostly names that a line can hold, so that most points are accepted.
_printable = st.text(st.sampled_from(" ,=\"'#é💥{}$ab"), min_size=1).map(lambda text: f"{text}x")
_names = st.integers(0, 19).flatmap(lambda dice: _printable if dice else _text)
_number = st.floats(allow_nan=False, allow_infinity=False)
_integer = st.integers(-(2**63), 2**63 - 1)
_field = st.one_of(_number, _integer, _text)
_point = st.fixed_dictionaries(
    {
        "measurement": _names,
        "tags": st.dictionaries(_names, _names, max_size=4),
        "fields": st.dictionaries(_names, _field, min_size=1, max_size=4),
        "time_ns": _integer,
    }
)


def _split(text: str, at: str, *, quotes: bool) -> list[str]:
    """Cut at ``at`` where it is not escaped and not in a field's quoted value, as InfluxDB does."""
    parts, start, in_value, quoted_, skip = [], 0, False, False, False
    for position, letter in enumerate(text):
        if skip:
            skip = False
            continue
        skip = letter == "\\"
        if letter == '"' and quotes and in_value:
            quoted_ = not quoted_
        if quoted_ or skip:
            continue
        in_value = letter == "=" or (in_value and letter != ",")
        if letter == at:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _name(text: str, escapable: str = ",= ") -> str:
    return re.sub(rf"\\([{escapable}])", r"\1", text)


def _value(text: str) -> float | int | str:
    if text.startswith('"'):
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    return int(text[:-1]) if text.endswith("i") else float(text)


def _pair(text: str) -> tuple[str, str]:
    name = _split(text, "=", quotes=False)[0]
    return _name(name), text[len(name) + 1 :]


@given(_point)
def test_every_accepted_point_says_exactly_what_it_was_given(point: Mapping[str, object]) -> None:
    try:
        line = lines.point(**point)  # type: ignore[arg-type]
    except Rejected:
        return
    head = _split(line, " ", quotes=False)[0]
    fields, stamp = _split(line[len(head) + 1 :], " ", quotes=True)
    measurement, *tags = _split(head, ",", quotes=False)
    assert _name(measurement, ", ") == point["measurement"]
    assert {k: _name(v) for k, v in map(_pair, tags)} == point["tags"]
    written = map(_pair, _split(fields, ",", quotes=True))
    assert {k: _value(v) for k, v in written} == point["fields"]
    assert int(stamp) == point["time_ns"]


@pytest.mark.influxdb
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=st.lists(_text, min_size=1, max_size=30),
    numbers=st.lists(_number, max_size=30),
    names=st.lists(_printable, max_size=30),
)
def test_the_real_server_reads_them_as_they_were(
    influxd: Influxd, access: Access, texts: list[str], numbers: list[float], names: list[str]
) -> None:
    now_ns = time.time_ns()
    fields: list[dict[str, lines.Field | None]] = []
    fields += [{"te,xt =": _sayable_in_csv(text)} for text in texts]
    fields += [{"num,ber =": number} for number in numbers]
    fields += [{name: 1.5} for name in names]
    wanted = {str(now_ns + n): content for n, content in enumerate(fields)}
    tags = {stamp: _tag(content) for stamp, content in wanted.items()}
    batch = [
        lines.point(
            measurement="hostile", tags={"device": tags[stamp]}, fields=content, time_ns=int(stamp)
        )
        for stamp, content in wanted.items()
    ]
    with Server(access, timeout_ms=60_000) as server:
        server.write(server.buckets().raw, batch)
    found = {
        stamp: (device, content)
        for (device, _, stamp), content in influxd.points(access.bucket, "hostile").items()
        if stamp in wanted
    }
    assert found == {stamp: (tags[stamp], _as_read(content)) for stamp, content in wanted.items()}


def _sayable_in_csv(text: str) -> str:
    """What the answer of a query, which is CSV, can say: the stored text may be more."""
    return re.sub("[\r\x00\ufeff]", "", text)


def _tag(fields: Mapping[str, object]) -> str:
    """The same content as a tag, where a tag can hold it."""
    (content,) = fields.values()
    try:
        lines.tag_value(str(content))
    except Rejected:
        return "rejected"
    return str(content)


def _as_read(fields: Mapping[str, object]) -> dict[str, object]:
    """CSV tells an empty text as nothing."""
    return {name: None if content == "" else content for name, content in fields.items()}


@pytest.mark.parametrize(
    "text", ["", "line\nfeed", "tab\t", "nul\x00", "back\\slash", "\x7f", "time"]
)
def test_names_that_no_line_can_hold_are_rejected(text: str) -> None:
    with pytest.raises(Rejected, match="influxdb_refused"):
        lines.name(text)


def test_a_device_may_be_called_time() -> None:
    assert lines.series("reading", (("device", "time"),)) == "reading,device=time"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_rejected(number: float) -> None:
    with pytest.raises(Rejected):
        lines.value(number)


def test_a_point_without_fields_is_rejected() -> None:
    with pytest.raises(Rejected, match="without fields"):
        lines.point(measurement="m", tags={}, fields={"a": None}, time_ns=1)


@pytest.mark.parametrize("time_ms", [9_223_372_036_854, -9_223_372_036_854, 1 << 70])
def test_times_beyond_what_influxdb_knows_are_rejected(time_ms: int) -> None:
    with pytest.raises(Rejected, match="outside"):
        lines.time_ns(time_ms=time_ms, within_ms=1)


@given(st.integers(0, 4_102_444_800_000), st.integers(0, 2**62))
def test_a_stamp_stays_in_its_millisecond(time_ms: int, place: int) -> None:
    assert lines.time_ns(time_ms=time_ms, within_ms=place) // lines.NS_PER_MS == time_ms


@given(_text)
def test_flux_literals_hold_anything(text: str) -> None:
    literal = quoted(text)
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', literal, re.DOTALL)
    assert not re.search(r"(?<!\\)\$\{", literal)
