"""What of a time counts: minute by minute, that no commissioning touched."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from contract.buckets import MINUTE_MS, Interval
from gateway.api.queries.counting import ALL, Counting

END_MS = 60 * MINUTE_MS
edges = st.lists(st.integers(0, END_MS), max_size=8, unique=True).map(sorted)


def spans_of(edges_ms: list[int]) -> list[tuple[int, int | None]]:
    """Neighbours are from when to when; one that is left over goes on."""
    ends: list[int | None] = [*edges_ms[1::2], *([None] if len(edges_ms) % 2 else [])]
    return list(zip(edges_ms[::2], ends, strict=True))


@given(edges)
def test_a_minute_counts_that_nothing_touches(edges_ms: list[int]) -> None:
    spans = spans_of(edges_ms)
    counting = Counting.but_for(spans)
    for start_ms in range(0, END_MS, MINUTE_MS):
        is_touched = any(
            from_ms < start_ms + MINUTE_MS and (to_ms is None or to_ms > start_ms)
            for from_ms, to_ms in spans
        )
        assert counting.has(start_ms) is not is_touched


@given(edges, edges.filter(lambda cuts: len(cuts) > 1))
def test_what_counts_of_runs_is_what_counts_of_each(edges_ms: list[int], cuts: list[int]) -> None:
    counting = Counting.but_for(spans_of(edges_ms))
    runs = [Interval(*pair) for pair in pairwise(cuts)]
    parts, of = counting.cut_with(runs, range(len(runs)))
    assert list(counting.cut(runs)) == list(parts)
    assert sum(end - start for start, end in parts) == counting.length_ms(
        Interval(cuts[0], cuts[-1])
    )
    for part, at in zip(parts, of, strict=True):
        assert runs[at].start_ms <= part.start_ms < part.end_ms <= runs[at].end_ms
        assert counting.has(part.start_ms)
        assert counting.has(part.end_ms - 1)


def test_where_all_counts_runs_stay_the_very_same() -> None:
    runs = [Interval(0, MINUTE_MS)]
    assert ALL.cut(runs) is runs
    assert Counting.but_for([]) == ALL


def test_of_the_minute_in_which_it_came_only_the_rest_is_expected() -> None:
    came = Counting.but_for([], from_ms=90_000)
    assert came.since(MINUTE_MS) is came
    assert came.length_ms(Interval(0, 3 * MINUTE_MS)) == 90_000
    assert came.since(0).length_ms(Interval(0, 3 * MINUTE_MS)) == 3 * MINUTE_MS
    assert came.length_ms(Interval(0, MINUTE_MS)) == 0
