"""A parameter at a time: whose word counts, and from when."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.assets import get as get_asset
from contract.assets.words import Param
from contract.errors import Refused
from gateway.registry.params import MOST_VERSIONS, SITE, ParamBook, Version

PRICE = Param(name="price", title="Price", unit="GBP/kWh", default=0.1, source="the catalogue")
OWNERS = (SITE, "fan-01", "fan-02")

times = st.integers(0, 50)
said = st.lists(
    st.tuples(st.sampled_from(OWNERS), times, st.none() | st.floats(0, 9)), max_size=25
)  # whose, from when, what; None takes it back


def version(value: float, valid_from_ms: int) -> Version:
    return Version(
        value=value, valid_from_ms=valid_from_ms, source="", changed_ms=1, changed_by="Sam"
    )


def book_of(changes: list[tuple[str, int, float | None]]) -> ParamBook:
    book = ParamBook([PRICE])
    for owner, valid_from_ms, value in changes:
        if value is None:
            book.drop(owner, PRICE.name, valid_from_ms=valid_from_ms)
        else:
            book.put(owner, PRICE.name, version(value, valid_from_ms))
    return book


def naive(changes: list[tuple[str, int, float | None]], device: str, time_ms: int) -> float:
    """The last word on each date, the newest date that has come; device, site, default."""
    for owner in (device, SITE):
        dated = {at: value for whose, at, value in changes if whose == owner}
        past = {at: value for at, value in dated.items() if at <= time_ms and value is not None}
        if past:
            return past[max(past)]
    return PRICE.default


@given(changes=said, device=st.sampled_from(OWNERS), time_ms=times)
def test_the_device_s_word_counts_before_the_site_s_and_that_before_the_default(
    changes: list[tuple[str, int, float | None]], device: str, time_ms: int
) -> None:
    found = book_of(changes).param_at(PRICE, time_ms, device=device)
    assert found.value == naive(changes, device, time_ms)


@given(changes=said, device=st.sampled_from(OWNERS), new=st.tuples(times, st.floats(0, 9)))
def test_a_new_version_changes_nothing_before_its_date(
    changes: list[tuple[str, int, float | None]], device: str, new: tuple[int, float]
) -> None:
    valid_from_ms, value = new
    before, after = book_of(changes), book_of([*changes, (device, valid_from_ms, value)])
    for time_ms in range(valid_from_ms):
        for owner in OWNERS:
            assert after.param_at(PRICE, time_ms, device=owner) == before.param_at(
                PRICE, time_ms, device=owner
            )


@given(changes=said, device=st.sampled_from(OWNERS), ends=st.tuples(times, times).map(sorted))
def test_between_two_turns_a_parameter_stays_what_it_is(
    changes: list[tuple[str, int, float | None]], device: str, ends: list[int]
) -> None:
    book = book_of(changes)
    turns = set(book.turns([PRICE.name], device=device, from_ms=ends[0], to_ms=ends[1]))
    for time_ms in range(ends[0] + 1, ends[1]):
        if time_ms not in turns:
            now = book.param_at(PRICE, time_ms, device=device).value
            assert now == book.param_at(PRICE, time_ms - 1, device=device).value


@given(changes=said, time_ms=times)
def test_the_next_turn_is_the_first_version_that_is_still_to_come(
    changes: list[tuple[str, int, float | None]], time_ms: int
) -> None:
    book = book_of(changes)
    last = {(owner, at): value for owner, at, value in changes}
    coming = [at for (_, at), value in last.items() if value is not None and at > time_ms]
    assert book.next_turn_ms(time_ms) == (min(coming) if coming else None)


def test_who_says_so_is_told_with_the_value() -> None:
    book = book_of([(SITE, 10, 0.3), ("fan-01", 20, 0.2)])
    assert book.param_at(PRICE, 5, device="fan-01").scope == "type"
    assert book.param_at(PRICE, 15, device="fan-01").scope == "site"
    found = book.param_at(PRICE, 25, device="fan-01")
    assert (found.scope, found.value, found.valid_from_ms) == ("device", 0.2, 20)


def test_versions_have_a_limit_and_one_that_is_set_again_needs_no_room() -> None:
    book = book_of([(SITE, at, 1.0) for at in range(MOST_VERSIONS)])
    book.check_room(SITE, PRICE.name, 3)
    with pytest.raises(Refused, match="take back those that count no longer"):
        book.check_room(SITE, PRICE.name, MOST_VERSIONS)


def test_what_the_site_s_settings_say_of_a_parameter_counts_before_a_type_s_own_default() -> None:
    cheap = dataclasses.replace(PRICE, default=0.05)
    flow = dataclasses.replace(PRICE, name="rated_flow")
    machine = dataclasses.replace(get_asset("fan"), params=(cheap, flow))
    declared = ParamBook([PRICE]).declared(machine)
    assert (declared["price"].default, set(declared)) == (0.1, {"price", "rated_flow"})


def test_money_is_in_what_the_site_pays_in_whatever_the_catalogue_says() -> None:
    params = {param.name: param for param in get_asset("pump").params}
    assert params["breakdown_cost"].unit_in("EUR") == "EUR/min"
    assert params["power_factor"].unit_in("EUR") == "1"
