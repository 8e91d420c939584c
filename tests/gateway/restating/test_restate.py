"""What a person wants restated is, from journal and archive, whatever ends the process."""

import argparse
import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.assets import CATALOGUE
from contract.errors import NotFound, Refused, Unavailable
from gateway import restate
from gateway.archive.layout import shown
from gateway.ingest import lateness
from gateway.journal import JournalReader
from gateway.process import Gateway
from gateway.restating import orders, restater
from gateway.restating.orders import Order
from gateway.restating.restater import Restater
from gateway.restating.stored import figures
from tests.gateway.api.workshop import OwnSettings
from tests.gateway.archive.archives import DAY0, DEVICES, archivist, begin, files, reading, work
from tests.gateway.rig import DAY_MS, Rig, batches, telemetry

NAME = "restate-1"
STEP_MS = 300_000


class KilledError(BaseException):
    """The process ends here."""


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """Two days of two fans, the first of them in files; each restatement is many slices."""
    monkeypatch.setattr(restater, "AT_ONCE", 40)
    monkeypatch.setattr(restater, "FEW", 10)
    with begin(tmp_path) as made:
        fill(made)
        work(archivist(made))
        yield made


def fill(rig: Rig) -> None:
    """A reading every five minutes, as its board says; then it is so late that days are closed."""
    items = [
        reading(seq, DAY0 + seq * STEP_MS) | {"period_ms": STEP_MS}
        for seq in range(1, 2 * DAY_MS // STEP_MS)
    ]
    for some in batches(items, 10):
        rig.now_ms = some[-1]["time_ms"] + 500
        rig.take(*(telemetry(device, *some) for device in DEVICES))
    rig.now_ms = DAY0 + 10 * DAY_MS
    newest = reading(len(items) + 1, rig.now_ms - 500)
    rig.take(*(telemetry(device, newest) for device in DEVICES))
    rig.checkpoint()


def at_24_volts(rig: Rig) -> None:
    """Somebody says that the supply has always been another one."""
    sql = (
        "INSERT INTO registry(device,kind,name,valid_from_ms,value,source,changed_ms,changed_by)"
        " VALUES ('fan-01', 'param', 'supply_voltage', 0, '24.0', '', 5, 'Sam')"
    )
    rig.journal.begin()
    rig.journal._run(sql)
    rig.journal.commit()
    rig.follows_limits = True
    rig.again()


def energy_j(rig: Rig, device: str = "fan-01") -> float:
    sql = "SELECT sum(body ->> 'energy_j') FROM minute WHERE device = ?"
    return float(rig.rows(sql, rig.device(device).id)[0][0])


def order(rig: Rig) -> Order:
    made = Order(
        by="Sam",
        because="24 V",
        asked_ms=rig.now_ms,
        devices=["fan-01", "fan-gone"],
        from_ms=DAY0,
        to_ms=DAY0 + 2 * DAY_MS,
    )
    orders.leave(rig.directory, NAME, made)
    return made


def carry_out(rig: Rig, kill_after: int = 10**9) -> None:
    """By a gateway that dies after so many slices."""
    left = kill_after

    async def slice_of_it() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KilledError
        await rig.pipeline.restate_some()

    it = Restater(
        data_dir=rig.directory,
        fleet=rig.fleet,
        pipeline=rig.pipeline,
        open_reader=rig.reader.again,
        now_ms=lambda: rig.now_ms,
    )
    asyncio.run(it.round(wait=slice_of_it))


@pytest.mark.parametrize("kill_after", [10**9, 0, 1, 4])
def test_minutes_are_made_anew_of_what_is_in_files(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, kill_after: int
) -> None:
    monkeypatch.setattr(lateness, "SLICE_S", 3_600.0)
    before_j, other_j = energy_j(rig), energy_j(rig, "fan-02")
    assert before_j > 1_000_000
    at_24_volts(rig)
    order(rig)
    try:
        carry_out(rig, kill_after)
    except KilledError:
        rig.again()
        assert orders.left(rig.directory, NAME) is not None
        carry_out(rig)
    done = orders.progress_of(rig.directory, NAME)
    assert done is not None
    assert done.is_done
    assert orders.left(rig.directory, NAME) is None
    assert energy_j(rig) == pytest.approx(2 * before_j)
    assert energy_j(rig, "fan-02") == other_j
    told = rig.rows("SELECT DISTINCT device, by FROM former WHERE reason = 'restated'")
    assert told == [(rig.device().id, "Sam")]
    sql = "SELECT sum(body ->> 'energy_j') FROM former WHERE reason = 'restated'"
    was = rig.rows(sql)[0][0]
    assert was == pytest.approx(before_j)
    twin = rig.device().twin.state(now_ms=rig.now_ms, status="online", sequenced=True)
    assert twin.kpis["energy_wh"].value == pytest.approx(energy_j(rig) / 3600)


def test_what_is_the_same_is_no_news(rig: Rig) -> None:
    order(rig)
    carry_out(rig)
    done = orders.progress_of(rig.directory, NAME)
    assert done is not None
    assert (done.minutes > 100, done.changed) == (True, 0)
    assert rig.rows("SELECT count(*) FROM former WHERE reason = 'restated'") == [(0,)]


def test_what_cannot_be_read_is_told_and_stays(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file is damaged: nothing of its day is computed anew, nor of what it would be read for."""
    before_j, (broken, *_) = energy_j(rig), files(rig.directory)
    good = broken.read_bytes()
    broken.write_bytes(good[:-9])
    at_24_volts(rig)
    rig.checkpoint()
    rig.die()
    settings = OwnSettings(data_dir=rig.directory, time_zone="UTC")

    def offline() -> None:
        asyncio.run(Gateway(settings).take_restatements())

    asked = arguments(*SPAN, "--device", "fan-01", "--because", "24 V")
    named = f"are as they were, .* cannot be read: {shown(broken)} cannot be read"
    with pytest.raises(Unavailable, match=named):
        restate.run(asked, settings, offline=offline)
    assert "\n0 minutes were computed anew, 0 are others now." in capsys.readouterr().out
    assert list((rig.directory / orders.FOLDER).iterdir()) == []
    broken.write_bytes(good)
    assert restate.run(asked, settings, offline=offline) == 0
    rig.again()
    assert energy_j(rig) == pytest.approx(2 * before_j)


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    restate.add_arguments(parser)
    return parser.parse_args(words)


SPAN = ("--from", str(DAY0), "--to", str(DAY0 + 2 * DAY_MS))


def test_a_command_does_it_where_no_gateway_works(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    before_j = energy_j(rig)
    at_24_volts(rig)
    rig.checkpoint()
    rig.die()
    settings = OwnSettings(data_dir=rig.directory, time_zone="UTC")

    def offline() -> None:
        asyncio.run(Gateway(settings).take_restatements())

    asked = arguments(*SPAN, "--device", "fan-01", "--kpi", "energy_wh", "--dry-run")
    assert restate.run(asked, settings, offline=offline) == 0
    said = capsys.readouterr().out
    assert "added up at supply_voltage, and are restated" in said
    assert "A dry run: nothing is changed." in said
    asked = arguments(*SPAN, "--device", "fan-01", "--because", "24 V")
    assert restate.run(asked, settings, offline=offline) == 0
    reader = JournalReader(rig.directory / "journal.db")
    [(after_j,)] = reader.connection.execute(
        "SELECT sum(body ->> 'energy_j') FROM minute WHERE device = 1"
    )
    reader.close()
    assert after_j == pytest.approx(2 * before_j)
    assert list((rig.directory / orders.FOLDER).iterdir()) == []
    entered = [json.loads(line) for line in _audited(rig.directory)]
    assert any("24 V" in json.dumps(entry) for entry in entered)
    rig.again()  # the fixture ends it


def _audited(directory: Path) -> list[str]:
    files = [path for path in (directory / "audit").rglob("*") if path.is_file()]
    return [line for path in files for line in path.read_text().splitlines() if "24 V" in line]


def test_what_cannot_be_is_said(rig: Rig) -> None:
    settings = OwnSettings(data_dir=rig.directory, time_zone="UTC")

    def nobody() -> None:
        raise AssertionError

    for words, error, text in [
        ((*SPAN,), Refused, "Say why"),
        ((*SPAN, "--device", "press", "--dry-run"), NotFound, "press"),
        ((*SPAN, "--device", "fan-01", "--kpi", "oee", "--dry-run"), Refused, "has no KPI"),
        (("--from", str(DAY0 + 1), "--to", str(DAY0), "--dry-run"), Refused, "later than"),
    ]:
        with pytest.raises(error, match=text):
            restate.run(arguments(*words), settings, offline=nobody)


@pytest.mark.parametrize(
    ("asset", "kpi", "added_at", "worth_at"),
    [
        ("fan", "energy_wh", ["supply_voltage"], []),
        ("fan", "cost", ["supply_voltage"], ["price_per_kwh"]),
        ("fan", "running_h", [], []),
        ("fan", "thermal_efficiency_index", ["supply_voltage"], []),
        ("instrument", "gain_a_month", [], ["hours_a_month", "margin", "price_per_sample"]),
    ],
)
def test_what_is_stored_of_a_figure(
    asset: str, kpi: str, added_at: list[str], worth_at: list[str]
) -> None:
    [found] = figures(CATALOGUE[asset], [kpi])
    assert (found.is_stored, found.added_at) == (True, added_at)
    assert set(worth_at) <= set(found.worth_at)
    assert not figures(CATALOGUE["fan"], ["power_w"])[0].is_stored
    [health] = figures(CATALOGUE["fan"], ["health_percent"])
    assert "nothing restates it" in health.text
