"""A board's budget against plain sums: an honest backlog passes, a flood does not."""

import math

from hypothesis import given
from hypothesis import strategies as st

from gateway.ingest.budget import EPOCHS_BURST, LARGE_BYTES, MOST_NAMES, Allowance, Budget, Budgets

DAY_S = 86_400
READING_BYTES = 200  # with a truth and numbers of full length


def new(**allowed: float) -> Budget:
    budgets = Budgets(Allowance(**allowed), monotonic=lambda: 0.0)
    return budgets.of("fan-01")


def test_a_day_at_10_hz_passes_at_full_speed() -> None:
    budget = new()
    for at in range(DAY_S * 10 // 20):  # 200 in flight, five acks a second
        assert budget.admits(20 * READING_BYTES, now_s=at * 20 / 1_000)
        budget.charge(readings=19, size=0)


def test_a_board_at_100_hz_is_let_in_for_ever() -> None:
    budget = new()
    for at in range(DAY_S):
        assert budget.admits(100 * READING_BYTES, now_s=float(at))
        budget.charge(readings=99, size=0)
    assert budget.bytes > 200e6


def test_a_flood_ends_and_the_board_is_heard_again() -> None:
    budget, let_in = new(), 0
    for at in range(193_000 * 15 // 20):
        if budget.admits(2_000, now_s=at * 20 / 193_000):
            budget.charge(readings=19, size=0)
            let_in += 20
    assert let_in <= 10_000 + 2_000 * 15 + 20
    assert "faster than 2000 readings a second" in budget.sentence()
    assert budget.admits(100, now_s=16.0)


def test_what_is_sent_day_in_day_out_has_an_end_of_its_own() -> None:
    budget, let_in = new(), 0
    for at in range(3 * DAY_S):
        for _ in range(20 if budget.admits(0, now_s=float(at)) else 0):
            budget.charge(readings=100, size=0)
            let_in += 100
    assert let_in <= 900_000 + 200 * 3 * DAY_S + 2_000
    assert "200 readings a second" in budget.sentence()


def test_large_messages_are_not_as_fast_as_small_ones() -> None:
    """A message of 16 KB takes as long to read as twenty readings, also where it is rubbish."""
    large, small = new(), new()
    assert sum(large.admits(16_384, now_s=0.0) for _ in range(10_000)) == 589
    assert sum(small.admits(LARGE_BYTES, now_s=0.0) for _ in range(20_000)) == 10_000
    large.charge(readings=-1, size=-16_384)
    assert large.admits(16_384, now_s=0.0)


def test_bytes_have_a_budget_of_their_own() -> None:
    budget = new(bytes_a_day=8e6)
    let_in = sum(budget.admits(16_000, now_s=0.0) for _ in range(1_000))
    assert let_in == math.ceil(1e6 / 16_000)
    assert "8 MB a day" in budget.sentence()


@given(
    st.lists(st.tuples(st.floats(0.0, 100.0), st.integers(0, 20_000)), min_size=1, max_size=50),
    st.floats(1.0, 50.0),
    st.floats(1e6, 1e9),
)
def test_never_more_than_a_bucket_and_what_has_come_with_time(
    story: list[tuple[float, int]], per_s: float, a_day: float
) -> None:
    allowed = Allowance(readings_per_s=per_s, bytes_a_day=a_day)
    budget, now_s, count, size = Budget(allowed, now_s=-math.inf), 0.0, 0, 0
    for pause_s, bytes_ in story:
        now_s += pause_s
        if budget.admits(bytes_, now_s=now_s):
            count, size = count + 1, size + bytes_
    filled_s = now_s + 1.0  # a second late, at the most
    assert count <= allowed.readings_burst + per_s * filled_s + 1
    assert size <= allowed.bytes_burst + a_day / DAY_S * filled_s + 20_000
    assert budget.readings <= allowed.readings_burst
    assert budget.bytes <= allowed.bytes_burst


def test_epochs_come_back_with_time() -> None:
    budget = new()
    budget.admits(0, now_s=0.0)
    assert sum(budget.takes_epoch() for _ in range(1_000)) == EPOCHS_BURST
    budget.admits(0, now_s=60.0)
    assert sum(budget.takes_epoch() for _ in range(1_000)) == 12


def test_names_that_cost_nothing_cannot_fill_the_memory() -> None:
    budgets = Budgets(Allowance(), monotonic=lambda: 0.0)
    first = budgets.of("0")
    for name in range(MOST_NAMES):
        budgets.of(str(name))
    assert budgets.of("0") is first
    budgets.of("one more")
    assert len(budgets._by_name) == MOST_NAMES
