"""What is told of a machine's health goes into its minutes, and is its trend."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.assets import get
from contract.language.answers import Answers
from contract.language.parts import Part, answers_of
from contract.language.program import program_of
from contract.language.reasons import NOT_KEPT, NOT_MEASURED
from contract.messages import Minute, Reading, ToldHealth
from gateway.twin.columns import Columns
from gateway.twin.ledger import ledger_of
from gateway.twin.minutes import emptied
from gateway.twin.tiers import Tier, of_minutes, of_tiers, packed
from gateway.twin.told_health import with_more_told, with_told
from gateway.twin.twin import Twin
from tests.gateway.builders import FACTORS, T0

FAN: Final = get("fan")
LEDGER: Final = ledger_of(FAN)
HEALTH: Final = "health_percent"
COLUMNS: Final = Columns(FAN, [HEALTH])
WELL: Final = {"temperature": 40.0, "rpm": 1200.0, "current": 1.0, "vibration": 0.8}
WORSE: Final = WELL | {"vibration": 3.4}  # half way from 2.3 to 4.5: 85 %
STILL: Final = WELL | {"rpm": 0.0, "current": 0.0}


class Life:
    """A fan that measures once a second, and is told whenever somebody asks for it."""

    def __init__(self) -> None:
        self.twin = Twin(device="one", asset=FAN, factors=FACTORS)
        self.minutes: list[Minute] = []
        self.at_ms = -1000

    def live(self, seconds: int, values: dict[str, float], *, tells: bool = True) -> None:
        for _ in range(seconds):
            self.at_ms += 1000
            seq, now_ms = self.at_ms // 1000 + 1, T0 + self.at_ms
            self.twin.fold(Reading("a-1", seq, dict(values), now_ms, received_ms=now_ms))
            self.minutes += self.twin.take_closed()
            if tells:
                self.tell()

    def tell(self) -> None:
        now_ms = T0 + self.at_ms
        self.twin.tell_health(self.twin.state(now_ms=now_ms, status="online", sequenced=True))

    def all_minutes(self) -> list[Minute]:
        is_open = self.twin.open_minute()
        return [*self.minutes, *([is_open] if is_open else [])]


def answers(minutes: Sequence[Minute], elapsed_ms: int = 0) -> Answers:
    sums = COLUMNS.together([msgspec.json.encode(minute).decode() for minute in minutes])
    return answers_of(LEDGER.program, [Part(sums, LEDGER.program.defaults(), elapsed_ms)])


def lived(*parts: tuple[int, dict[str, float]]) -> list[Minute]:
    life = Life()
    for part in parts:
        life.live(*part)
    return life.all_minutes()


# ---------------------------------------------------------------- by hand


def test_what_was_told_is_its_trend() -> None:
    minutes = lived((60, WELL), (120, WORSE))
    first, second, third = minutes
    assert first.health == ToldHealth(59_000, 5_900_000, 100.0)
    assert second.health == third.health == ToldHealth(60_000, 5_100_000, 85.0)
    found = answers(minutes, 179_000).kpi(HEALTH)
    assert found.value == pytest.approx((59 * 100 + 120 * 85) / 179)
    assert found.low == found.high == pytest.approx(found.value)
    assert answers(minutes).least(HEALTH) == 85.0
    assert found.coverage == 1.0


def test_while_it_stands_still_none_is_told() -> None:
    minutes = lived((31, WELL), (60, STILL), (29, STILL))
    found = answers(minutes, 119_000)
    assert found.kpi(HEALTH).value == 100.0
    assert found.kpi(HEALTH).coverage == pytest.approx(30 / 119)
    assert minutes[1].health == ToldHealth(0, 0, None)
    rest = answers(minutes[1:], 60_000)
    assert rest.kpi(HEALTH) == (None, None, None, 0.0)
    assert rest.least(HEALTH) is None
    assert rest.least("energy_wh") is None
    assert rest.reason(HEALTH) == "none was told then: it stood still, or its readings came later"


def test_of_a_backlog_the_last_seconds_alone_are_told() -> None:
    life = Life()
    life.live(50, WORSE, tells=False)
    life.tell()
    life.live(60, WORSE, tells=False)  # what was told last counts up to the end of its minute
    first, _ = life.all_minutes()
    assert first.health == ToldHealth(20_000, 1_700_000, 85.0)
    assert first.measured_ms == 59_000


def test_a_restart_goes_on_from_what_was_told() -> None:
    life, again = Life(), Life()
    life.live(30, WORSE)
    again.twin = Twin.restore(life.twin.snapshot(), device="one", asset=FAN, factors=FACTORS)
    again.at_ms = life.at_ms
    for each in (life, again):
        each.live(40, WELL)
    assert again.minutes == life.minutes


def test_nothing_is_told_of_what_was_not_kept() -> None:
    assert answers([]).reason(HEALTH) == NOT_MEASURED
    minute, newer = lived((120, WELL))
    older = msgspec.structs.replace(minute, health=None)
    for minutes in ([older], [older, newer]):
        found = answers(minutes, 60_000 * len(minutes))
        assert found.kpi(HEALTH).value is None
        assert found.reason(HEALTH) == NOT_KEPT
        assert found.kpi("running_h").value is not None


# ---------------------------------------------------------------- what is kept


def test_a_minute_made_anew_keeps_what_was_told() -> None:
    [minute] = lived((60, WORSE))
    anew = msgspec.structs.replace(minute, count=61, health=ToldHealth(0, 0, None))
    assert with_told(anew, minute) == msgspec.structs.replace(minute, count=61)
    assert with_told(anew, None) is anew
    assert with_more_told(anew, minute).health == minute.health
    older = msgspec.structs.replace(minute, health=None)
    assert with_more_told(anew, older).health is None
    assert with_more_told(minute, anew) is with_more_told(minute, None) is minute
    assert emptied(FAN, T0).health == ToldHealth(0, 0, None)


def test_it_goes_through_the_journal_bit_for_bit() -> None:
    for minute in lived((60, WORSE), (60, STILL)):
        written = msgspec.json.encode(minute)
        read = msgspec.json.decode(written, type=Minute)
        assert msgspec.json.encode(LEDGER.minute(minute.start_ms, LEDGER.sums(read))) == written


def test_the_sums_of_a_type_are_the_same_program_with_and_without_it() -> None:
    """What was summed up before stays what it was."""
    for name in ("fan", "pump", "dispenser", "instrument", "machine_tool"):
        asset = get(name)
        without = replace(asset, kpis=tuple(kpi for kpi in asset.kpis if kpi.rule != "health"))
        assert program_of(asset).id == program_of(without).id


def test_longer_sums_from_before_are_read_as_unknown() -> None:
    minutes = lived((180, WORSE))
    [quarter] = of_minutes(T0, minutes, LEDGER)
    assert quarter.named.health == ToldHealth(179_000, 179_000 * 85, 85.0)
    assert quarter.sums is not None
    own = LEDGER.program.layout.own
    older = Tier(msgspec.structs.replace(quarter.named, health=None), quarter.sums[:own])
    for tiers, is_known in (([quarter], True), ([quarter, older], False), ([older], False)):
        [whole] = of_tiers(T0, tiers, LEDGER)
        row = packed(whole.sums)
        assert row is not None
        body = msgspec.json.encode(whole.named).decode()
        for stored in (row, body):
            sums = COLUMNS.of_tiers([stored])
            found = answers_of(LEDGER.program, [Part(sums, LEDGER.program.defaults(), 0)])
            assert found.kpi(HEALTH).value == (pytest.approx(85.0) if is_known else None)
    alone = packed(older.sums)
    assert alone is not None
    found = answers_of(
        LEDGER.program, [Part(COLUMNS.of_tiers([alone]), LEDGER.program.defaults(), 0)]
    )
    assert found.reason(HEALTH) == NOT_KEPT
    assert found.kpi("energy_wh").value is not None
    with pytest.raises(ValueError, match="7 numbers are no sums of a fan"):
        LEDGER.whole([0.0] * 7)


# ---------------------------------------------------------------- whatever happens

STEPS: Final = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.sampled_from([WELL, WORSE, STILL, WELL | {"temperature": 64.0}]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@given(STEPS)
def test_no_more_is_told_than_was_measured_and_nothing_worse_than_the_least(
    steps: list[tuple[int, dict[str, float], bool]],
) -> None:
    life = Life()
    for seconds, values, tells in steps:
        life.live(seconds, values, tells=tells)
    minutes = life.all_minutes()
    for minute in minutes:
        told = minute.health
        assert told is not None
        assert 0 <= told.told_ms <= minute.measured_ms
        assert (told.least is None) == (told.told_ms == 0)
        if told.least is not None:
            assert told.least - 0.01 <= told.total / told.told_ms <= 100.0
    whole = answers(minutes).kpi(HEALTH)
    assert answers(minutes[::-1]).kpi(HEALTH) == whole
    [together] = of_minutes(T0, minutes, LEDGER)
    assert together.named.health is not None
    assert together.named.health.told_ms == sum(m.health.told_ms for m in minutes if m.health)
