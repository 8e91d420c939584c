"""Keys as runs of numbers are the keys they are."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.archive.keys import Key, Keys

KEY = st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 30))


@given(st.lists(KEY, unique=True), st.lists(KEY))
def test_a_key_is_there_where_it_was_put_in(keys: list[Key], others: list[Key]) -> None:
    found = Keys(keys)
    assert all(key in found for key in keys)
    assert [key in found for key in others] == [key in keys for key in others]
