"""Energy and cost by bucket, against sums over the readings themselves."""

import itertools
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

import apsw
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.buckets import Bucket, Interval
from contract.site_time import SiteTime
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Meter, Range, Runs, Usage, usage, whole_minutes
from gateway.api.site_buckets import SiteBuckets
from gateway.journal.reader import open_read_only
from gateway.registry.tariffs import Tariff
from gateway.twin.kpi import Factors, watt_hours
from gateway.twin.ledger import ledger_of
from tests.contract.assets.water import PROGRAM
from tests.gateway.api.workshop import FACTORS, GOOD, MINUTE_MS, NOON_MS, Serve, Workshop

HOUR_MS = 60 * MINUTE_MS
SPAN_MS = 2 * HOUR_MS
UTC = SiteTime("UTC")
KATHMANDU = SiteTime("Asia/Kathmandu")  # +5:45: its buckets begin at odd times of UTC
_names = (f"fan-{number}" for number in itertools.count())


class Bench:
    """A workshop that gets a new device for each example."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.connection: apsw.Connection = open_read_only(workshop.settings.journal_path)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Workshop(tmp_path_factory.mktemp("usage")) as workshop:
        made = Bench(workshop)
        yield made
        made.connection.close()


def over(from_ms: int, to_ms: int, bucket: Bucket, site: SiteTime = KATHMANDU) -> Range:
    return Range(*whole_minutes(from_ms, to_ms), SiteBuckets(bucket, site))


def tariff(*turns_ms: int) -> Tariff:
    """A kWh costs 1 at first, and one more from each of these times on."""

    def at(time_ms: int) -> Factors:
        price = 1.0 + bisect_right(turns_ms, time_ms)
        return Factors(co2_kg_per_kwh=price / 2, price_per_kwh=price, currency="GBP")

    return Tariff(at, turns_ms)


def naive(
    readings: list[tuple[int, dict[str, float]]], span: Range, paid: Tariff
) -> dict[Interval, Usage]:
    """12 V x current by trapezoid over steps of at most 2 s, given to the minute of their end."""
    found: dict[Interval, Usage] = {}
    before: tuple[int, dict[str, float]] | None = None
    for time_ms, values in readings:
        minute_ms = time_ms // MINUTE_MS * MINUTE_MS
        if span.from_ms <= minute_ms < span.to_ms:
            bucket = found.setdefault(span.bucket_at(time_ms), Usage())
            if before is not None and time_ms - before[0] <= 2_000:
                step_ms = time_ms - before[0]
                energy_j = 12 * (values["current"] + before[1]["current"]) / 2e3 * step_ms
                bucket.energy_j += energy_j
                bucket.cost += energy_j / 3.6e6 * paid.at(minute_ms).price_per_kwh
                bucket.co2_g += energy_j / 3.6e3 * paid.at(minute_ms).co2_kg_per_kwh
                bucket.measured_ms += step_ms
        before = (time_ms, values)
    return found


@pytest.mark.slow
@settings(deadline=None)
@given(
    runs=st.lists(st.tuples(st.integers(0, SPAN_MS), st.integers(1, 200)), min_size=0, max_size=5),
    currents=st.lists(st.floats(0, 20), min_size=1, max_size=20),
    ends=st.tuples(st.integers(-HOUR_MS, SPAN_MS), st.integers(-HOUR_MS, SPAN_MS)).map(sorted),
    bucket=st.sampled_from(["minute", "hour", "day", "week", "month", "total"]),
    turns=st.lists(st.integers(-HOUR_MS, SPAN_MS), max_size=4, unique=True).map(sorted),
)
def test_usage_is_what_the_readings_say(
    bench: Bench,
    *,
    runs: list[tuple[int, int]],
    currents: list[float],
    ends: list[int],
    bucket: Bucket,
    turns: list[int],
) -> None:
    times = sorted({NOON_MS + at + 777 * n for at, count in runs for n in range(count)})
    values = (GOOD | {"current": i, "rpm": 100.0 * i} for i in itertools.cycle(currents))
    readings = list(zip(times, values, strict=False))
    device = bench.workshop.add(next(_names))
    bench.workshop.store(device, readings)
    span = over(NOON_MS + ends[0], NOON_MS + ends[1], bucket)
    paid = tariff(*(NOON_MS + turn for turn in turns))
    meter = Meter(device.id, device.name, device.twin.open_minute(), paid)
    found = usage(Stored(bench.connection, KATHMANDU), meter, span, Runs(span))
    expected = naive(readings, span, paid)
    assert found.keys() == expected.keys()
    for at, its in found.items():
        assert its.energy_j == pytest.approx(expected[at].energy_j)
        assert its.measured_ms == expected[at].measured_ms
        assert its.cost == pytest.approx(expected[at].cost)
        assert its.co2_g == pytest.approx(expected[at].co2_g)


def test_a_stored_state_of_the_open_minute_is_not_counted_twice(bench: Bench) -> None:
    device = bench.workshop.add(next(_names))
    bench.workshop.run(device, from_ms=NOON_MS, to_ms=NOON_MS + 90_000)
    minute = device.twin.open_minute()
    assert minute is not None
    bench.workshop.put_minute(device, minute)
    span = over(NOON_MS, NOON_MS + HOUR_MS, "hour", UTC)
    meter = Meter(device.id, device.name, minute, tariff())
    found = usage(Stored(bench.connection, KATHMANDU), meter, span, Runs(span))
    assert found[Interval(NOON_MS, NOON_MS + HOUR_MS)].measured_ms == 89_000


@pytest.mark.parametrize(
    ("from_ms", "to_ms", "now_ms", "elapsed_ms"),
    [
        (NOON_MS, NOON_MS + HOUR_MS, NOON_MS + HOUR_MS, HOUR_MS),
        (NOON_MS + MINUTE_MS, NOON_MS + HOUR_MS, NOON_MS + HOUR_MS, 59 * MINUTE_MS),
        (NOON_MS, NOON_MS + 30 * MINUTE_MS, NOON_MS + HOUR_MS, 30 * MINUTE_MS),
        (NOON_MS, NOON_MS + HOUR_MS, NOON_MS + 1, 1),
        (NOON_MS, NOON_MS + HOUR_MS, NOON_MS - 1, 0),
        (NOON_MS + 1, NOON_MS + 59_999, NOON_MS + HOUR_MS, MINUTE_MS),  # widened to the minute
    ],
)
def test_only_what_has_passed_of_the_range_counts_as_elapsed(
    from_ms: int, to_ms: int, now_ms: int, elapsed_ms: int
) -> None:
    span = over(from_ms, to_ms, "hour", UTC)
    start_ms, end_ms = span.within(Interval(NOON_MS, NOON_MS + HOUR_MS), now_ms=now_ms)
    assert end_ms - start_ms == elapsed_ms


def test_kpis_follow_from_the_power_and_the_factors(client: httpx.Client) -> None:
    answer = client.get("/devices/fan-01/kpis").json()
    assert answer["time_ms"] == [NOON_MS - 2 * HOUR_MS, NOON_MS - HOUR_MS]
    kpis = answer["kpis"]
    assert list(kpis) == ["energy_wh", "co2_g", "cost", "running_h"]
    assert kpis["energy_wh"]["value"][1] == pytest.approx(12 * 1.08)
    assert kpis["co2_g"]["value"][1] == pytest.approx(12 * 1.08 * FACTORS.co2_kg_per_kwh)
    assert kpis["cost"]["value"][1] == pytest.approx(12 * 1.08 / 1000 * FACTORS.price_per_kwh)
    assert kpis["running_h"]["value"] == pytest.approx([1 - 2 / 3600, 1.0])
    assert kpis["running_h"]["coverage"] == pytest.approx([1 - 2 / 3600, 1.0])


@pytest.mark.slow
def test_coverage_tells_of_a_gap(workshop: Workshop, serve: Serve) -> None:
    client = serve(workshop)
    device = workshop.fleet.get("fan-01")
    workshop.run(device, from_ms=NOON_MS + 30 * MINUTE_MS, to_ms=NOON_MS + 60 * MINUTE_MS)
    workshop.now_ms = NOON_MS + HOUR_MS
    answer = client.get("/devices/fan-01/kpis", params={"from": NOON_MS}).json()
    energy = answer["kpis"]["energy_wh"]
    assert energy["coverage"] == [pytest.approx(0.5, abs=0.001)]
    assert energy["value"] == [pytest.approx(12 * 1.08 / 2, rel=0.001)]
    # Of the other half hour nothing is known: a fan that runs takes up to 1.6 A.
    assert energy["low"] == energy["value"]
    assert energy["high"] == [pytest.approx(12 * (1.08 + 1.6) / 2, rel=0.001)]


@pytest.mark.parametrize(
    ("bucket", "count"),
    [("minute", 60), ("hour", 2), ("day", 1), ("week", 1), ("month", 1), ("total", 1)],
)
def test_the_usual_range_depends_on_the_bucket(
    client: httpx.Client, bucket: str, count: int
) -> None:
    answer = client.get("/devices/fan-01/kpis", params={"bucket": bucket}).json()
    assert answer["bucket"] == bucket
    assert len(answer["time_ms"]) == count


def test_energy_lays_devices_side_by_side(workshop: Workshop, serve: Serve) -> None:
    client = serve(workshop)
    other = workshop.add("fan-02")
    workshop.run(other, from_ms=NOON_MS - 30 * MINUTE_MS, to_ms=NOON_MS)
    workshop.add("fan-03")
    answer = client.get("/energy").json()
    first, second, third = (answer["devices"][f"fan-0{n}"] for n in (1, 2, 3))
    assert len(answer["time_ms"]) == 2
    assert second["energy_wh"] == [None, pytest.approx(12 * 1.08 / 2, rel=0.001)]
    assert second["coverage"] == [0.0, pytest.approx(0.5, abs=0.001)]
    assert third["energy_wh"] == third["co2_g"] == third["cost"] == [None, None]
    total = sum(first["energy_wh"] + second["energy_wh"][1:])
    assert answer["totals"]["energy_wh"] == pytest.approx(total)
    assert answer["totals"]["cost"] == pytest.approx(total / 1000 * FACTORS.price_per_kwh)
    assert answer["totals"]["coverage"] == pytest.approx(2.5 / (24 * 3), rel=0.001)


def test_a_machine_of_which_nothing_tells_energy_has_null_and_counts_in_no_total(
    workshop: Workshop, serve: Serve
) -> None:
    other = workshop.add("fan-02")
    workshop.run(other, from_ms=NOON_MS - 30 * MINUTE_MS, to_ms=NOON_MS)
    client = serve(workshop)
    alone = client.get("/energy").json()
    other.asset = replace(other.asset, kpis=())
    answer = client.get("/energy").json()
    assert answer["devices"]["fan-01"] == alone["devices"]["fan-01"]
    assert answer["devices"]["fan-02"] == {
        "energy_wh": [None, None],
        "co2_g": [None, None],
        "cost": [None, None],
        "coverage": [0.0, 0.0],
    }
    [first] = [sum(alone["devices"]["fan-01"]["energy_wh"])]
    assert answer["totals"]["energy_wh"] == pytest.approx(first)
    assert answer["totals"]["coverage"] == pytest.approx(2 / 24, rel=0.001)
    workshop.fleet.get("fan-01").asset = other.asset
    assert client.get("/energy").json()["totals"] == {
        "energy_wh": None,
        "co2_g": None,
        "cost": None,
        "coverage": None,
    }


def test_the_energy_of_a_meter_in_kwh_is_in_wh(bench: Bench) -> None:
    device = bench.workshop.add(next(_names))
    sums = PROGRAM.zero()
    at = PROGRAM.layout.at
    sums[at["increase(energy)"]], sums[at["rows"]], sums[at["full_ms"]] = 0.25, 60, 59_000
    bench.workshop.put_minute(device, ledger_of(PROGRAM.words.asset).minute(NOON_MS, sums))
    meter = Meter(device.id, device.name, None, tariff())
    span = over(NOON_MS, NOON_MS + HOUR_MS, "total")
    [used] = usage(Stored(bench.connection, KATHMANDU), meter, span, Runs(span)).values()
    assert watt_hours(used.energy_j) == pytest.approx(250.0)
    assert used.cost == pytest.approx(0.25)


def test_energy_without_devices_is_not_known(empty_workshop: Workshop, serve: Serve) -> None:
    answer = serve(empty_workshop).get("/energy").json()
    assert answer["devices"] == {}
    assert answer["totals"] == dict.fromkeys(("energy_wh", "co2_g", "cost", "coverage"))


def test_factors_name_their_origin(client: httpx.Client) -> None:
    factors = client.get("/energy").json()["factors"]
    assert factors["co2_kg_per_kwh"] == FACTORS.co2_kg_per_kwh
    assert factors["co2"]["valid_from"] is None
    assert "EDGETWIN_GRID_CO2_KG_PER_KWH" in factors["source"]
    assert "EDGETWIN_PRICE_PER_KWH" in factors["price"]["source"]


def test_too_many_cells_are_refused(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.api.energy.MAX_CELLS", 10)
    answer = client.get("/energy", params={"bucket": "minute"})
    assert answer.status_code == 422
    assert "shorter range" in answer.json()["detail"]
