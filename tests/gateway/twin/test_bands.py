"""Stats of channels out of packed sums, against what the same minutes say by name."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import assets
from contract.messages import ChannelStats, Minute
from gateway.twin.bands import Banded, Bands
from gateway.twin.ledger import ledger_of
from gateway.twin.tiers import packed

FAN = assets.get("fan")
NAMES = list(FAN.by_name)
ASKED = ["rpm", "ambient"]
numbers = st.integers(-(10**6), 10**6).map(lambda each: each / 8)  # add up without rounding


@st.composite
def minutes(draw: st.DrawFn) -> Minute:
    """Channels may lack, or be told less often than there are readings."""
    count = draw(st.integers(0, 300))
    channels = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        told, some = draw(st.integers(0, count)), draw(st.lists(numbers, min_size=1, max_size=4))
        if told:
            channels[name] = ChannelStats(told, min(some), sum(some), max(some))
    measured_ms = draw(st.integers(0, 60_000))
    return Minute(0, count, measured_ms, 0, 0.0, channels, program="of another")


@given(st.lists(minutes(), min_size=1, max_size=30), st.sampled_from([ASKED, NAMES, []]))
def test_packed_sums_say_what_the_names_do(those: list[Minute], asked: list[str]) -> None:
    bands, ledger = Bands(FAN, asked), ledger_of(FAN)
    own = ledger.program.layout.own  # so many had a row before anything was kept of health
    rows = [packed(ledger.sums(each)[: None if at % 3 else own]) for at, each in enumerate(those)]
    measured_ms = sum(minute.measured_ms for minute in those)
    told = bands.packed([row for row in rows if row is not None], measured_ms)
    named = reduce(Banded.and_, map(bands.named, those))
    assert told == named
    assert [stats.count for stats in told.channels] == [
        sum(minute.channels[name].count for minute in those if name in minute.channels)
        for name in asked
    ]


def test_of_a_channel_without_sums_of_its_own_none_are_used() -> None:
    assert Bands(FAN, ASKED).program == ledger_of(FAN).program.id
    assert Bands(FAN, [*ASKED, "humidity"]).program == ""


@pytest.mark.parametrize("row", [b"", bytes(8), bytes(7)])
def test_a_row_that_is_damaged_is_not_taken_for_another(row: bytes) -> None:
    whole = packed(ledger_of(FAN).zero())
    assert whole is not None
    with pytest.raises(ValueError, match=f"{len(row)} bytes are no"):
        Bands(FAN, ASKED).packed([whole, row], 0)
