"""In whatever order, how often and how late readings come: all sums are those of who came in time.

Over a real journal and its archive, in simulated time: some wait for up to a month, while the days
they are of go to files.
"""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contract.assets import CATALOGUE
from contract.site_time import SiteTime
from gateway.api.queries.history import history
from gateway.archive import due as due_module
from gateway.archive.keeper import Archivist
from gateway.ingest.compaction import Compactor, ledgers_of
from tests.gateway.archive.archives import DAY0, archivist, connected, files, held, ledger, work
from tests.gateway.rig import DAY_MS, EPOCH, VALUES, Rig, message, telemetry

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAYS: Final = 12
MONTH_MS: Final = 30 * DAY_MS
SITE: Final = SiteTime("Europe/London")
Items = list[dict[str, Any]]


def story(dice: random.Random) -> Items:
    """Some minutes a day, a few gaps, and what happened now and then."""
    items: Items = []
    for day in range(DAYS):
        time_ms = DAY0 + day * DAY_MS + dice.randrange(20) * HOUR_MS
        for _ in range(dice.randrange(4, 16)):
            time_ms += dice.choice([200, 1_000, 5_000, 40_000, 700_000])
            item = {"epoch": EPOCH, "seq": len(items) + 1, "time_ms": time_ms}
            values = VALUES | {"current": dice.randrange(50) / 10}
            what = {"event": "service", "values": {}} if dice.random() < 0.1 else {"values": values}
            items.append(item | what)
    items[0] |= {"values": VALUES}
    items[0].pop("event", None)
    return items


class Site:
    """A gateway of one fan, its archive and its sums; always at some time."""

    def __init__(self, directory: Path) -> None:
        self.rig = Rig(directory, now_ms=DAY0, past_ms=364 * DAY_MS)
        self.rig.take(message("fan-01", "birth", {"asset": "fan", "epoch": EPOCH}))
        self.keeper: Archivist = archivist(self.rig)

    def take(self, items: Sequence[dict[str, Any]], *, at_ms: int) -> None:
        """``at_ms`` or later, as nothing comes before it was measured."""
        newest_ms = max(item["time_ms"] for item in items)
        self.rig.now_ms = max(self.rig.now_ms + 1, at_ms, newest_ms + 200)
        self.rig.take(*(telemetry("fan-01", item) for item in items))

    def look(self) -> None:
        """A round of archive and sums."""
        self.rig.checkpoint()
        work(self.keeper)
        asyncio.run(self._sum_up())

    async def _sum_up(self) -> None:
        rig = self.rig
        compactor = Compactor(
            ledgers=lambda: ledgers_of(rig.fleet), write=rig.pipeline.write, rest=0.0,
            open_reader=rig.reader.again, site=SITE, now_ms=lambda: rig.now_ms,
        )  # fmt: skip
        while await compactor.round():
            pass

    def told(self) -> "Told":
        """At the end: all days are closed, and in files but for the newest."""
        rig = self.rig
        end_ms = DAY0 + DAYS * DAY_MS + 2 * MONTH_MS
        for seq in (10_000, 10_001):
            time_ms = end_ms + (seq - 10_000) * 2 * DAY_MS
            last = {"epoch": EPOCH, "seq": seq, "time_ms": time_ms, "values": VALUES}
            self.take([last], at_ms=time_ms)
        rig.now_ms += due_module.LONGEST_MS
        self.look()
        device, connection = rig.device(), connected(rig.directory)
        shown = [
            history(
                connection, device_id=device.id, device="fan-01", asset=CATALOGUE["fan"],
                from_ms=DAY0, to_ms=end_ms,
                points=points, site=SITE, channels=["current", "temperature"],
            )
            for points in (30, 300)
        ]  # fmt: skip
        connection.close()
        kpis = device.twin.state(now_ms=rig.now_ms, status="online", sequenced=True).kpis
        return Told(
            minutes=rig.rows("SELECT start_ms, body FROM minute WHERE start_ms <= ?", end_ms),
            tiers=rig.rows(
                "SELECT level, start_ms, program, energy_j, measured_ms, body, sums FROM tier"
                " WHERE start_ms <= ? ORDER BY 1, 2",
                end_ms,
            ),
            items=[(it.time_ms, it.seq, it.body, it.event) for it in held(rig.directory)],
            history=shown,
            energy_wh=kpis["energy_wh"].value or 0.0,
            coverage=kpis["energy_wh"].coverage,
        )


class Told(NamedTuple):
    minutes: list[Any]
    tiers: list[Any]
    items: list[Any]
    history: list[Any]
    energy_wh: float
    coverage: float


def in_time(directory: Path, items: Items) -> Told:
    site = Site(directory)
    with site.rig:
        for item in items:
            site.take([item], at_ms=0)
        return site.told()


def disturbed(directory: Path, items: Items, dice: random.Random) -> Told:
    """Each may wait, by itself or with others; some come twice; rounds and ends in between."""
    waits_ms = [0, 0, 0, HOUR_MS, 9 * DAY_MS, MONTH_MS - DAY_MS]
    stuck_ms, arrivals = 0, []
    for item in items[1:]:
        stuck_ms = dice.choice(waits_ms) if dice.random() < 0.2 else stuck_ms
        arrivals.append((item["time_ms"] + dice.randint(0, stuck_ms), item))
        if dice.random() < 0.2:
            arrivals.append((item["time_ms"] + dice.randint(stuck_ms, MONTH_MS), item))
    arrivals.sort(key=lambda each: each[0])
    site = Site(directory)
    with site.rig:
        site.take(items[:1], at_ms=0)
        site.rig.checkpoint()  # its clock is known to be right
        while arrivals:
            some = arrivals[: dice.choice([1, 1, 3, 20])]
            del arrivals[: len(some)]
            site.take(dice.sample([it for _, it in some], len(some)), at_ms=some[-1][0])
            if dice.random() < 0.15:
                site.look()
            if dice.random() < 0.05:
                site.rig.again()
                site.keeper = archivist(site.rig)
        assert site.rig.reasons() == []
        return site.told()


# Not shrunk: each example is dozens of commits and files, and the seed tells it as well.
PHASES: Final = (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.mark.slow
@settings(max_examples=4, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_figures_are_those_of_who_came_in_time(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    dice = random.Random(seed)
    items = story(dice)
    expected = in_time(tmp_path_factory.mktemp("in_time"), items)
    directory = tmp_path_factory.mktemp("late")
    found = disturbed(directory, items, dice)
    assert found.items == expected.items
    assert found.minutes == expected.minutes
    assert found.tiers == expected.tiers
    assert found.history == expected.history
    assert found.energy_wh == pytest.approx(expected.energy_wh, rel=1e-12)
    assert found.coverage == pytest.approx(expected.coverage, rel=1e-12)
    assert {row[1] for row in ledger(directory)} == {"kept"}
    assert len(list(files(directory))) == DAYS


def test_a_backlog_of_weeks_has_each_file_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many rounds there are while it comes; nor do times at random have it otherwise."""
    dice, written = random.Random(1), list[int]()
    items = story(dice)
    site = Site(tmp_path)
    with site.rig as rig:
        keeper = site.keeper
        whole = keeper._work

        async def noting(tasks: Sequence[Any]) -> Any:
            written.extend(task.day_ms for task in tasks)
            return await whole(tasks)

        monkeypatch.setattr(keeper, "_work", noting)
        site.take(items[:1], at_ms=0)
        late = dice.sample(items[1:], len(items) - 1)
        for at, item in enumerate(late):
            site.take([item], at_ms=DAY0 + MONTH_MS + at * MINUTE_MS)
            site.look()
        assert written == [DAY0], "what came in time, when its day was closed"
        rig.now_ms += due_module.SETTLED_MS
        site.look()
        assert sorted(written[1:]) == [DAY0 + day * DAY_MS for day in range(DAYS)]


def test_a_backlog_that_does_not_end_is_written_after_a_day(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with site.rig as rig:
        site.take(story(random.Random(2))[:1], at_ms=0)
        for at in range(30):
            item = {"epoch": EPOCH, "seq": 2 + at, "time_ms": DAY0 + DAY_MS + at, "values": VALUES}
            site.take([item], at_ms=DAY0 + MONTH_MS + at * HOUR_MS * 9 // 10)
            site.look()
        rows = rig.rows("SELECT rows FROM archive WHERE day_ms = ?", DAY0 + DAY_MS)
        assert 20 < rows[0][0] < 30


def test_machines_take_turns(tmp_path: Path) -> None:
    """One whose every day has something new holds up no other's."""
    with Rig(tmp_path, now_ms=DAY0, past_ms=364 * DAY_MS) as rig:
        for name in ("busy", "fan-01"):
            rig.take(message(name, "birth", {"asset": "fan", "epoch": EPOCH}))
            first = {"epoch": EPOCH, "seq": 1, "time_ms": rig.now_ms, "values": VALUES}
            rig.take(telemetry(name, first))
        rig.now_ms = DAY0 + 2 * MONTH_MS
        rig.take(telemetry("fan-01", first | {"seq": 2, "time_ms": DAY0 + 3 * DAY_MS}))
        for day in range(30):
            late = {"epoch": EPOCH, "seq": 2 + day, "time_ms": DAY0 + day * DAY_MS + 9}
            rig.take(telemetry("busy", late | {"values": VALUES}))
        rig.checkpoint()
        rig.now_ms += due_module.SETTLED_MS
        asyncio.run(archivist(rig).round())
        found = [name for name, state, *_ in ledger(tmp_path) if state == "written"]
        assert found == ["busy"] * 6 + ["fan-01"] * 2
