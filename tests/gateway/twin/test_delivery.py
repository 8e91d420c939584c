"""The watermark against the plainest bookkeeping there is: a set of numbers."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.twin.delivery import Watermark

SEQS = st.integers(1, 30)
# (what, first, last): settle a run, a single number, or raise the floor to ``first``.
steps = st.lists(
    st.tuples(st.sampled_from(["settle", "run", "floor"]), SEQS, SEQS).filter(
        lambda step: step[1] <= step[2]
    ),
    max_size=40,
)


class Plain:
    """Every settled number, one by one."""

    def __init__(self) -> None:
        self.settled: set[int] = set()

    @property
    def seq(self) -> int:
        mark = 0
        while mark + 1 in self.settled:
            mark += 1
        return mark

    def floor(self, oldest: int) -> set[int]:
        gone = set(range(1, oldest)) - self.settled
        self.settled |= gone
        return gone


@given(steps)
def test_it_says_what_plain_bookkeeping_says(story: list[tuple[str, int, int]]) -> None:
    mark, plain = Watermark(), Plain()
    for what, first, last in story:
        if what == "settle":
            mark.settle(first)
            plain.settled.add(first)
        elif what == "run":
            mark.settle_run(first, last)
            plain.settled |= set(range(first, last + 1))
        else:
            gaps = mark.raise_floor(first)
            assert {seq for a, b in gaps for seq in range(a, b + 1)} == plain.floor(first)
        assert mark.seq == plain.seq
        for seq in range(1, 33):
            assert mark.holds(seq) == (seq in plain.settled)
            neighbours = {seq - 1, seq, seq + 1} & (plain.settled | {0} | {mark.seq})
            assert mark.begins_run(seq) == (seq > mark.seq and not neighbours)
        assert mark.last == max(plain.settled, default=0)
        assert mark.pending == len([seq for seq in plain.settled if seq > mark.seq])
        check_runs(mark)


def check_runs(mark: Watermark) -> None:
    """Sorted, apart from each other, and beyond the watermark."""
    end = mark.seq
    for first, last in mark.ahead:
        assert end + 1 < first <= last
        end = last


@given(st.permutations(range(1, 21)))
def test_any_order_of_arrival_comes_to_the_same_end(order: list[int]) -> None:
    mark = Watermark()
    for seq in order:
        mark.settle(seq)
    assert (mark.seq, mark.ahead) == (20, [])


@given(st.lists(SEQS), st.lists(SEQS))
def test_it_goes_on_from_what_was_stored_of_it(before: list[int], after: list[int]) -> None:
    whole, first = Watermark(), Watermark()
    for seq in before:
        whole.settle(seq)
        first.settle(seq)
    second = Watermark(first.seq, list(first.ahead))
    for seq in after:
        whole.settle(seq)
        second.settle(seq)
    assert (whole.seq, whole.ahead) == (second.seq, second.ahead)


def test_a_hole_that_stands_open_costs_one_run() -> None:
    mark = Watermark()
    for seq in range(2, 10_000):
        mark.settle(seq)
    assert mark.ahead == [(2, 9_999)]
    mark.settle(1)
    assert (mark.seq, mark.ahead) == (9_999, [])
