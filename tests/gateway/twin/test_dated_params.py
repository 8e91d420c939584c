"""Parameters count from their dates on: in each row, in a minute restated, in bills of the past."""

import random
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace

import pytest

from contract.assets import get
from contract.assets.words import Asset, Event, Param
from contract.assets.words import Kpi as KpiWord
from contract.messages import Event as EventMessage
from contract.messages import Minute, Reading
from gateway.registry.params import ParamBook, Version
from gateway.registry.tariffs import Tariffs
from gateway.twin.dated import FOREVER_MS, Always
from gateway.twin.minutes import restate, start_of
from gateway.twin.twin import Twin
from tests.gateway.builders import FACTORS, T0

FAN = get("fan")
VALUES = {"temperature": 40.0, "rpm": 1200.0, "current": 1.0, "vibration": 0.8}
MINUTE_MS = 60_000


class Dates(Always):
    """Values of parameters, from times after T0 on."""

    def __init__(self, *versions: tuple[int, Mapping[str, float]]) -> None:
        super().__init__({})
        self.starts_ms = [T0 + at_ms for at_ms, _ in versions]
        self.values = [values for _, values in versions]
        self.now_ms = T0

    def now(self) -> Mapping[str, float]:
        return self.at(self.now_ms)

    def at(self, time_ms: int) -> Mapping[str, float]:
        return self.values[max(0, bisect_right(self.starts_ms, time_ms) - 1)]

    def ends_ms(self, time_ms: int) -> int:
        place = bisect_right(self.starts_ms, time_ms)
        return self.starts_ms[place] if place < len(self.starts_ms) else FOREVER_MS


def readings(seconds: int, *, values: Mapping[str, float] = VALUES) -> list[Reading]:
    """One a second, the first at T0."""
    return [
        Reading("a-1", at + 1, values, T0 + at * 1000, received_ms=T0 + at * 1000)
        for at in range(seconds + 1)
    ]


def twin_of(params: Dates, asset: Asset = FAN) -> Twin:
    return Twin(device="one", asset=asset, factors=FACTORS, params=params)


def told(twin: Twin, name: str) -> float | None:
    return twin.state(now_ms=T0, status="online", sequenced=True).kpis[name].value


WH_A_MINUTE = 12.0 / 60


@pytest.fixture
def prices() -> Dates:
    return Dates((0, {"price_per_kwh": 0.2}), (2 * MINUTE_MS, {"price_per_kwh": 0.5}))


def test_a_new_tariff_changes_no_past_bill(prices: Dates) -> None:
    twin = twin_of(prices)
    for each in readings(120):
        twin.fold(each)
    before = told(twin, "cost")
    prices.now_ms = T0 + 120_000
    twin.follow_params(FACTORS)
    assert told(twin, "cost") == before
    for each in readings(300)[121:]:
        twin.fold(each)
    # The interval that ends at the second minute's end is of the third.
    cheap_wh = WH_A_MINUTE * 119 / 60
    dear_wh = WH_A_MINUTE * 181 / 60
    assert told(twin, "cost") == pytest.approx((0.2 * cheap_wh + 0.5 * dear_wh) / 1000)
    assert told(twin, "energy_wh") == pytest.approx(cheap_wh + dear_wh)


def test_a_bill_outlives_a_restart_and_a_restated_minute_is_billed_at_its_time(
    prices: Dates,
) -> None:
    some = readings(300)
    whole, twin = twin_of(prices), twin_of(prices)
    for each in some:
        whole.fold(each)
    late = some[40]
    minutes = dict[int, Minute]()
    for at, each in enumerate(some):
        if each is not late:
            twin.fold(each)
            minutes |= {minute.start_ms: minute for minute in twin.take_closed()}
        if at == 200:
            snapshot = twin.snapshot()
            twin = Twin.restore(snapshot, device="one", asset=FAN, factors=FACTORS, params=prices)
    assert not twin.fold(late)
    new = restate(
        asset=FAN, start_ms=T0, before=[], readings=some[:60], after=some[60:62], params=prices
    )
    twin.replace_minute(new=new, old=minutes[T0])
    assert told(twin, "cost") == pytest.approx(told(whole, "cost"))


def test_an_older_snapshot_is_billed_as_it_was_shown(prices: Dates) -> None:
    twin = twin_of(prices)
    for each in readings(100):
        twin.fold(each)
    before = told(twin, "cost")
    twin._sums._bills.amounts.clear()
    again = Twin.restore(twin.snapshot(), device="one", asset=FAN, factors=FACTORS, params=prices)
    assert told(again, "cost") == pytest.approx(before)


def test_a_voltage_counts_from_its_date_in_the_middle_of_a_minute_too() -> None:
    volts = Dates((0, {"supply_voltage": 12.0}), (90_500, {"supply_voltage": 24.0}))
    twin = twin_of(volts)
    for each in readings(180):
        twin.fold(each)
    energies = [minute.energy_j for minute in twin.take_closed()]
    # An interval is of the voltage at its later end: 31 of the second minute are of 12 V.
    assert energies == [12.0 * 59, 12.0 * 31 + 24.0 * 29, 24.0 * 60]
    assert told(twin, "power_w") == 12.0, "nobody has told it yet"
    volts.now_ms = T0 + 180_000
    twin.follow_params(FACTORS)
    assert told(twin, "power_w") == 24.0


def test_a_minute_restated_is_the_folded_one_bit_for_bit() -> None:
    """With events as well, whose conditions have parameters."""
    asset = replace(
        FAN,
        events=(Event(name="oiled", title="", fields=(("oil", "L"),)),),
        params=(*FAN.params, Param(name="dose", title="", unit="L", default=0.5)),
        kpis=(
            *FAN.kpis,
            KpiWord(name="full", title="", unit="1", formula="count(oiled, oiled.oil >= dose)"),
        ),
    )
    dates = Dates(
        (0, {"supply_voltage": 12.0, "dose": 0.5}),
        (30_500, {"supply_voltage": 13.7, "dose": 0.9}),
        (70_250, {"supply_voltage": 11.1, "dose": 0.1}),
    )
    dice = random.Random(3)
    some = readings(150)
    events = [
        EventMessage("b-1", at + 1, {"oil": dice.random()}, T0 + at * 700 + 50, event="oiled")
        for at in range(200)
    ]
    for each in some:
        each.values = VALUES | {"current": dice.uniform(0.5, 2.0)}
    twin = twin_of(dates, asset)
    items: list[Reading | EventMessage] = [*some, *events]
    for item in sorted(items, key=lambda item: item.time_ms or 0):
        took = twin.on_event(item) if isinstance(item, EventMessage) else twin.fold(item)
        assert took
    for minute in twin.take_closed():
        of = [each for each in some if start_of(each.time_ms or 0) == minute.start_ms]
        first, end = some.index(of[0]) if of else 0, some.index(of[-1]) + 1 if of else 0
        if not of:
            continue
        again = restate(
            asset=asset,
            start_ms=minute.start_ms,
            before=some[max(0, first - 3) : first],
            readings=of,
            after=some[end : end + 2],
            events=[each for each in events if start_of(each.time_ms or 0) == minute.start_ms],
            params=dates,
        )
        assert again == minute


def test_the_registry_says_what_a_device_has_at_each_time() -> None:
    book = ParamBook(param for param in FAN.params if param.name != "supply_voltage")
    tariffs = Tariffs(book, currency="GBP", now_ms=lambda: 50)
    params = tariffs.params("one", FAN)
    for owner, name, value, from_ms in (
        ("one", "supply_voltage", 24.0, 100),
        ("", "price_per_kwh", 0.7, 40),
        ("two", "supply_voltage", 5.0, 10),
    ):
        version = Version(
            value=value, valid_from_ms=from_ms, source="", changed_ms=0, changed_by="me"
        )
        book.put(owner, name, version)
    assert (params.now()["supply_voltage"], params.at(100)["supply_voltage"]) == (12.0, 24.0)
    default = get("fan").params[1].default
    assert params.at(39)["price_per_kwh"] == pytest.approx(default)
    assert params.at(40)["price_per_kwh"] == 0.7
    assert [params.ends_ms(at_ms) for at_ms in (0, 40)] == [40, 100]
    assert params.ends_ms(100) > 10**12


def test_the_thermal_index_knows_the_voltage_too() -> None:
    def index(volts: float) -> float | None:
        twin = twin_of(Dates((0, {"supply_voltage": volts})))
        for each in readings(60):
            twin.fold(each)
        return told(twin, "thermal_efficiency_index")

    at_12, at_24 = index(12.0), index(24.0)
    assert at_12 is not None
    assert at_24 == pytest.approx(at_12 / 2)
