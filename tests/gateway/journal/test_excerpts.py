"""The readings around an alarm: which they are, and that they come back as they were."""

from hypothesis import given
from hypothesis import strategies as st

from contract.assets import get
from gateway.journal import excerpts
from gateway.journal.excerpts import excerpt_of, packed, rows_of, span_of, unpacked

FAN, DISPENSER = get("fan"), get("dispenser")
RAISED_MS = 1_763_640_000_000
CHANNELS = ["temperature", "rpm", "state"]

values = st.dictionaries(
    st.sampled_from([*CHANNELS, "other"]),
    st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    max_size=4,
)
readings = st.lists(st.tuples(st.integers(0, 2**42), values), max_size=60).map(
    lambda found: sorted(found, key=lambda each: each[0])
)


@given(readings)
def test_what_was_packed_comes_back_and_nothing_that_was_not_asked_for(
    found: list[tuple[int, dict[str, float | str]]],
) -> None:
    rows, body = packed(found, CHANNELS)
    kept = unpacked(body)
    assert (rows, kept.every, kept.channels) == (len(found), 1, CHANNELS)
    expected = [(at, tuple(map(said.get, CHANNELS))) for at, said in found]
    assert list(rows_of(kept)) == expected


@given(st.integers(0, 500), st.integers(1, 60))
def test_of_many_the_same_share_is_kept_and_the_last(count: int, most: int) -> None:
    kept = excerpt_of([(at, {"rpm": float(at)}) for at in range(count)], CHANNELS, most=most)
    assert len(kept.time_ms) <= most
    assert kept.time_ms == list(range(count))[:: -kept.every][::-1]
    assert count == 0 or kept.time_ms[-1] == count - 1


def test_what_would_be_too_large_is_fewer_rows() -> None:
    rough = [
        (RAISED_MS + at, {f"c{n}": (at * 7919 + n * 104729) % 1e6 / 997 for n in range(8)})
        for at in range(excerpts.MOST_ROWS)
    ]
    rows, body = packed(rough, [f"c{n}" for n in range(8)])
    assert len(body) <= excerpts.MOST_BYTES
    assert rows == len(unpacked(body).time_ms) > excerpts.MOST_ROWS // 16


def test_it_reaches_two_windows_back_and_ends_with_the_alarm_or_after_ten_minutes() -> None:
    def around(cleared_ms: int | None) -> tuple[int, int]:
        span = span_of(FAN, raised_ms=RAISED_MS, cleared_ms=cleared_ms)
        return span.from_ms - RAISED_MS, span.to_ms - RAISED_MS

    assert around(RAISED_MS + 9_000) == (-60_000, 9_000)
    assert around(None) == around(RAISED_MS + 3_600_000) == (-60_000, 600_000)
    assert around(RAISED_MS - 5) == (-60_000, 0)  # a board's clock ran ahead
    long = span_of(DISPENSER, raised_ms=RAISED_MS, cleared_ms=None)
    assert RAISED_MS - long.from_ms == 2 * 600_000
