"""A formula that came later is computed of minutes whose readings are kept; else it is unknown."""

import asyncio
import math
from dataclasses import replace

import msgspec
import pytest

from contract import assets
from contract.assets.words import Asset, Kpi
from contract.errors import StorageFull
from contract.language.answers import Answers
from contract.language.totals import Totals
from contract.messages import Minute
from gateway.ingest import renewal
from gateway.journal import Journal
from gateway.twin.ledger import ledger_of
from tests.gateway.machines import BREWER, IDLE
from tests.gateway.rig import FACTORS, NOW_MS, Rig, batches, message, reading, telemetry
from tests.gateway.twin.test_dated_params import Dates

MINUTE_MS = 60_000
MINUTES = 6
START_MS = NOW_MS - NOW_MS % MINUTE_MS - MINUTES * MINUTE_MS
LATER = replace(
    BREWER,
    kpis=(
        *BREWER.kpis,
        Kpi(name="idle_s", title="Idle", unit="s", formula="time(mode == idle)"),
        Kpi(name="services", title="Services", unit="1", formula="count(service)"),
    ),
)
AT = ledger_of(LATER).program.layout.at


def items() -> list[dict[str, object]]:
    found = []
    for second in range(60 * MINUTES):
        time_ms, seq = START_MS + second * 1000, second + 1
        if second % 20 == 7:
            found.append(reading(seq, event="service", values={"volume": 0.2}, time_ms=time_ms))
        else:
            found.append(reading(seq, values=IDLE, time_ms=time_ms))
    return found


@pytest.fixture
def aged(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A journal that the type of before has filled, and the type of now."""
    monkeypatch.setitem(assets.CATALOGUE, "brewer", BREWER)
    fill(rig)
    rig.checkpoint()
    monkeypatch.setitem(assets.CATALOGUE, "brewer", LATER)
    return rig.again()


def fill(rig: Rig) -> None:
    rig.take(message("one", "birth", {"asset": "brewer"}))
    for some in batches(items(), 20):
        rig.take(telemetry("one", *some))


def minutes(rig: Rig) -> list[Minute]:
    """The closed ones."""
    rows = rig.rows("SELECT body FROM minute ORDER BY start_ms")
    return [msgspec.json.decode(body, type=Minute) for (body,) in rows][: MINUTES - 1]


def idle_s(minute: Minute, asset: Asset = LATER) -> float | None:
    ledger = ledger_of(asset)
    params = ledger.program.defaults()
    totals = Totals(ledger.program, ledger.sums(minute), params)
    return Answers(ledger.program, totals, params).kpi("idle_s").value


def test_before_that_a_minute_knows_nothing_of_it(aged: Rig) -> None:
    assert [idle_s(minute) for minute in minutes(aged)] == [None] * (MINUTES - 1)


def test_kept_readings_make_minutes_what_folding_them_would_have(
    aged: Rig, tmp_path_factory: pytest.TempPathFactory
) -> None:
    aged.renew()
    with Rig(tmp_path_factory.mktemp("fresh")) as fresh:
        fill(fresh)
        assert minutes(aged) == minutes(fresh)
    assert idle_s(minutes(aged)[2]) == pytest.approx(60.0)
    assert aged.rows("SELECT count(*) FROM late_minute") == [(0,)]


def told(rig: Rig) -> tuple[float | None, float | None, float | None]:
    kpis = rig.device("one").twin.state(now_ms=NOW_MS, status="", sequenced=True).kpis
    return kpis["energy_wh"].value, kpis["idle_s"].value, kpis["services"].value


def test_the_twin_knows_it_of_all_its_life_where_all_of_it_is_kept(aged: Rig) -> None:
    before_wh, *unknown = told(aged)
    assert unknown == [None, None]
    aged.renew()
    energy_wh, idle, services = told(aged)
    assert energy_wh == pytest.approx(before_wh)
    assert (idle, services) == (60 * MINUTES - 1, 3 * MINUTES)


def test_but_not_where_a_part_of_its_life_is_gone(aged: Rig) -> None:
    aged.journal.begin()
    aged.journal._run("DELETE FROM minute WHERE start_ms = ?", (START_MS,))
    aged.journal._run("DELETE FROM reading WHERE time_ms < ?", (START_MS + MINUTE_MS,))
    aged.journal.commit()
    aged.renew()
    assert told(aged)[1:] == (None, None)


def test_minutes_whose_readings_are_gone_or_partly_gone_stay_unknown(aged: Rig) -> None:
    former = minutes(aged)
    aged.journal.begin()
    aged.journal._run("DELETE FROM reading WHERE time_ms < ?", (START_MS + round(1.5 * MINUTE_MS),))
    aged.journal.commit()
    aged.renew()
    found = minutes(aged)
    assert found[:2] == former[:2]
    assert [idle_s(minute) for minute in found[:2]] == [None, None]
    assert all(minute.program == ledger_of(LATER).program.id for minute in found[2:])
    assert all(math.isnan(ledger_of(LATER).sums(found[0])[AT[key]]) for key in ("count(service)",))


def test_it_is_done_once_and_a_restart_remembers(aged: Rig) -> None:
    aged.renew()
    revisions = aged.rows("SELECT start_ms, revision FROM minute ORDER BY start_ms")
    aged.checkpoint()
    aged.again()
    assert asyncio.run(aged.pipeline.renew_some()) > 0.0, "a look"
    assert asyncio.run(aged.pipeline.renew_some()) == 0.0
    assert aged.rows("SELECT start_ms, revision FROM minute ORDER BY start_ms") == revisions


def test_what_finds_no_room_is_looked_at_again(aged: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StorageFull("there is no room")

    with monkeypatch.context() as patch:
        patch.setattr("gateway.ingest.pipeline.RETRY_S", 0.0)
        patch.setattr(Journal, "put_meta", full)
        patch.setattr(Journal, "commit", full)
        assert asyncio.run(aged.pipeline.renew_some()) == 0.0
    aged.renew()
    assert all(minute.program == ledger_of(LATER).program.id for minute in minutes(aged))


def test_it_goes_in_steps_the_newest_first(aged: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "PIECE_MS", 2 * MINUTE_MS)
    asyncio.run(aged.pipeline.renew_some())
    waiting = aged.rows("SELECT start_ms FROM late_minute ORDER BY start_ms")
    assert [(start_ms - START_MS) // MINUTE_MS for (start_ms,) in waiting] == [2, 3, 4, 5]
    aged.again()
    aged.renew()
    assert all(minute.program == ledger_of(LATER).program.id for minute in minutes(aged))


def test_a_voltage_that_is_told_later_counts_from_its_date(rig: Rig) -> None:
    rig.params["fan-01"] = dates = Dates((0, {"supply_voltage": 12.0}))
    fan = [reading(at + 1, time_ms=START_MS + at * 1000) for at in range(60 * MINUTES)]
    for some in batches(fan, 20):
        rig.take(telemetry("fan-01", *some))

    def energies() -> list[float | None]:
        is_open = rig.device().twin.open_minute()
        return [*(each.energy_j for each in minutes(rig)), is_open.energy_j if is_open else None]

    assert energies() == [12.0 * 59, *[12.0 * 60] * 5]
    later_ms = START_MS + 150_500
    dates.starts_ms, dates.values = [0, later_ms], [{}, {"supply_voltage": 24.0}]
    rig.device().twin.follow_params(FACTORS)
    rig.pipeline.restate_since(rig.device(), later_ms)
    rig.renew()
    mixed = 12.0 * 31 + 24.0 * 29
    assert energies() == [12.0 * 59, 12.0 * 60, mixed, *[24.0 * 60] * 3]
    kpis = rig.device().twin.state(now_ms=NOW_MS, status="", sequenced=True).kpis
    energy_wh = sum(each or 0.0 for each in energies()) / 3600
    assert kpis["energy_wh"].value == pytest.approx(energy_wh)
    price = {param.name: param.default for param in rig.device().asset.params}["price_per_kwh"]
    assert kpis["cost"].value == pytest.approx(energy_wh / 1000 * price)


def test_a_machine_whose_life_begins_here_has_no_minutes_of_another_program(rig: Rig) -> None:
    rig.take(telemetry("one", reading(1)))
    assert asyncio.run(rig.pipeline.renew_some()) == 0.0
    assert asyncio.run(rig.again().pipeline.renew_some()) > 0.0, "whose was it before a start?"
