"""What the series of a bucket are called as columns of a machine, and how its address is read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import Refused
from gateway.importing.influxdb import address, flux
from gateway.importing.influxdb.page import Page, time_ns
from gateway.importing.influxdb.pages import Pages
from gateway.importing.influxdb.series import Series, machines, names
from gateway.importing.influxdb.server import Columns, Server


def series(measurement: str, field: str, **tags: str) -> Series:
    return Series(measurement, field, tuple(sorted(tags.items())))


def columns(*found: Series, by: str = "", ignored: frozenset[str] = frozenset()) -> list[list[str]]:
    every, _ = machines(dict.fromkeys(found, True), by=by, ignored=ignored)
    return [[channel.name for channel in machine.channels] for machine in every]


def test_a_column_is_called_by_what_tells_it_apart() -> None:
    cpus = [series("cpu", "usage", cpu=f"cpu{n}", host="web") for n in (0, 1)]
    rooms = [series("°C", "value", domain="sensor", entity_id=f"room_{n}") for n in (0, 1)]
    two = [series(name, "used") for name in ("disk", "mem")]

    assert columns(series("fan", "rpm", host="a")) == [["rpm"]]
    assert columns(*cpus) == [["usage cpu0", "usage cpu1"]]
    assert columns(*cpus, by="cpu") == [["usage"], ["usage"]]
    assert columns(*cpus, ignored=frozenset({"cpu"})) == [["usage"]]
    assert columns(*rooms) == [["room_0", "room_1"]]
    assert columns(*two) == [["disk used", "mem used"]]
    assert columns(series("a", "value", host="w"), series("b", "value")) == [["a w", "b"]]
    assert columns(series("a", "value", host="w"), series("a", "value")) == [["value", "w"]]
    every, _ = machines(dict.fromkeys(rooms, True), by="", ignored=frozenset())
    assert [channel.unit for channel in every[0].channels] == ["°C", "°C"]


words = st.sampled_from(["a", "b", "value", "a b"])
found = st.builds(series, words, words, host=words, room=words)


@given(st.sets(found, min_size=1, max_size=12))
def test_no_two_are_called_alike(every: set[Series]) -> None:
    called = names(every)
    assert set(called) == every
    assert len(set(called.values())) == len(every)


def test_what_is_of_no_machine_is_said() -> None:
    fan, hall = series("fan", "rpm", host="a"), series("hall", "temp")
    every, without = machines({fan: True, hall: True}, by="host", ignored=frozenset())
    assert ([machine.name for machine in every], without) == (["a"], 1)
    with pytest.raises(
        Refused, match="No series of the bucket has a tag 'machine'; there are host"
    ):
        machines({fan: True}, by="machine", ignored=frozenset())
    with pytest.raises(Refused, match="The bucket has nothing of that"):
        machines({}, by="", ignored=frozenset())
    many = {series("fan", f"f{n}"): True for n in range(201)}
    with pytest.raises(Refused, match=r"201 series, more than 200: say which, by --measurement"):
        machines(many, by="", ignored=frozenset())


@given(
    st.integers(0, 10**18),
    st.integers(0, 10**16),
    st.lists(st.integers(-1, 10**7), min_size=1, max_size=30),
)
def test_pages_are_all_of_the_time_once(first_ns: int, long_ns: int, counts: list[int]) -> None:
    """-1: there were too many, and less is asked for."""
    pages, at_ns, tried = Pages(first_ns=first_ns, last_ns=first_ns + long_ns), None, 0
    while (span := pages.next) is not None:
        assert span[0] < span[1]
        assert at_ns is None or span[0] == at_ns
        assert at_ns is not None or span[0] <= first_ns
        assert all(end % 1_000_000 == 0 for end in span)
        count = counts[tried] if tried < len(counts) else 0
        tried += 1
        if count < 0 and pages.may_be_less:
            pages.part()
            at_ns = span[0]
        else:
            pages.note(max(0, count))
            at_ns = span[1]
    assert at_ns is not None
    assert at_ns > first_ns + long_ns


def test_times_have_as_many_decimals_as_there_are() -> None:
    assert time_ns("2025-11-20T12:00:00Z") == 1_763_640_000_000_000_000
    assert time_ns("2025-11-20T12:00:00.2Z") == 1_763_640_000_200_000_000
    assert time_ns("2025-11-20T12:00:00.000000007Z") == 1_763_640_000_000_000_007


def test_a_field_that_was_text_for_a_while_is_named() -> None:
    flow = series("pump", "flow")
    [machine], _ = machines({flow: True}, by="", ignored=frozenset())
    at = {name: n for n, name in enumerate(("table", "_time", "_value", "_field", "_measurement"))}
    kinds = (("0", "double", "1.5"), ("1", "string", "open"))
    answer = [
        (
            Columns(at, ["long", "dateTime:RFC3339", kind, "string", "string"]),
            [table, f"2025-11-20T12:00:0{table}Z", value, "flow", "pump"],
        )
        for table, kind, value in kinds
    ]
    with pytest.raises(Refused, match=r"pump has numbers in its field flow .* between \(string\)"):
        Page(machine).fill(answer, most=10)


def test_an_address_is_read_and_a_secret_in_it_is_not_repeated() -> None:
    found = address.parsed("influxdb://hall.example:9086/my%20shop/fans%2F1")
    assert (found.url, found.org) == ("http://hall.example:9086", "my shop")
    assert found.bucket == "fans/1"
    assert address.parsed("influxdbs://[::1]/o/b").url == "https://[::1]:8086"
    assert address.parsed("influxdb://h/o/fans#1").bucket == "fans#1"
    with pytest.raises(Refused, match="can be no server's address"):
        Server(address.parsed("influxdb://-ä./o/b"), "a token")
    for text in ("influxdb://h/o", "influxdb://h:x/o/b", "influxdb:///o/b", "influxdb://h/o/b/c"):
        with pytest.raises(Refused, match="say influxdb://HOST:PORT/ORGANISATION/BUCKET"):
            address.parsed(text)
    with pytest.raises(Refused, match="INFLUX_TOKEN") as refused:
        address.parsed("influxdb://me:S3CRET@h/o/b")
    assert "S3CRET" not in str(refused.value)


def test_a_token_comes_from_a_file_or_a_variable(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("abc==\n")
    assert address.token(file, {"INFLUX_TOKEN": "other"}) == "abc=="
    assert address.token(None, {"INFLUX_TOKEN": "other"}) == "other"
    with pytest.raises(Refused, match="put it into INFLUX_TOKEN, or into a file for --token-file"):
        address.token(None, {})
    with pytest.raises(Refused, match=r"has no token that can be read: No such file"):
        address.token(tmp_path / "none", {})


def test_what_is_in_a_name_stays_in_it() -> None:
    wanted = flux.Wanted(measurements=['a") or true'], tags={"ro\\om": "${x}"})
    asked = flux.ends("b", wanted, "first")
    assert 'r["_measurement"] == "a\\") or true"' in asked
    assert r'r["ro\\om"] == "\${x}"' in asked
