"""A time of a machine's history is deleted: what is left is as if nothing had come of it."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from contract.errors import Conflict, NotFound, Refused, Unavailable
from contract.messages import DependencyStatus
from contract.site_time import SiteTime
from gateway.accounts import deleting
from gateway.archive import labour, writing
from gateway.archive.erasing import Erasing
from gateway.archive.keeper import Archivist
from gateway.archive.layout import shown
from gateway.archive.upkeep import Upkeep
from gateway.ingest.compaction import Compactor, ledgers_of
from gateway.ingest.emptying import Emptying
from gateway.ingest.pipeline import Pipeline
from gateway.journal import Journal
from gateway.journal.archived import Archived
from gateway.journal.deletions import Deletions
from gateway.registry import deleter as deleter_module
from gateway.registry import deletions
from gateway.registry.deletable import Lost, lost
from gateway.registry.deleter import Deleter
from gateway.registry.deletions import Deletion
from gateway.twin.fleet import Device
from tests.gateway.api.workshop import OwnSettings
from tests.gateway.archive.archives import archivist, connected, files, held, work
from tests.gateway.rig import DAY_MS, EPOCH, Rig, batches, telemetry

NOON: Final = 1_763_640_000_000  # 2025-11-20T12:00:00Z
MIN: Final = 60_000
COUNT: Final = 600  # readings of ten minutes, one a second
SITE: Final = SiteTime("UTC")
FROM, TO = NOON + 2 * MIN + 30_000, NOON + 6 * MIN + 15_000


class KilledError(BaseException):
    """The process ends here."""


def items() -> list[dict[str, Any]]:
    """A fan whose current rises; a service in its fourth minute."""
    found = [
        {
            "epoch": EPOCH,
            "seq": seq,
            "time_ms": NOON + seq * 1000,
            "values": {"temperature": 40.0, "rpm": 1200.0, "current": 1 + seq / 500,
                       "vibration": 0.8},
        }
        for seq in range(1, COUNT + 1)
    ]  # fmt: skip
    found[200] = {"epoch": EPOCH, "seq": 201, "time_ms": NOON + 201_000, "event": "service"}
    return found


def fill(rig: Rig, what: Sequence[dict[str, Any]]) -> Rig:
    for some in batches(what, 100):
        rig.now_ms = some[-1]["time_ms"] + 200
        rig.take(*(telemetry("fan-01", *part) for part in batches(some, 20)))
    return rig


def without(from_ms: int, to_ms: int) -> list[dict[str, Any]]:
    return [one for one in items() if not from_ms <= one["time_ms"] < to_ms]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    (tmp_path / "rig").mkdir()
    with Rig(tmp_path / "rig", now_ms=NOON) as made:
        yield fill(made, items())


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Rig]:
    """Who never had what is deleted."""
    (tmp_path / "other").mkdir()
    with Rig(tmp_path / "other", now_ms=NOON) as made:
        yield fill(made, without(FROM, TO))


def deleter(rig: Rig, keeper: Archivist | None = None) -> Deleter:
    keeper = keeper or archivist(rig)

    async def erase(device: Device, from_ms: int, to_ms: int) -> None:
        await keeper.erase(device.id, device.name, from_ms, to_ms)

    return Deleter(
        data_dir=rig.directory,
        fleet=rig.fleet,
        write=rig.pipeline.write,
        erase=erase,
        sums=Emptying(rig.pipeline, rig.reader.again),
        is_held=lambda: False,
    )


def deletion(rig: Rig, from_ms: int = FROM, to_ms: int = TO) -> Deletion:
    found = looked(rig, from_ms, to_ms)
    return Deletion(
        by="Sam", origin="10.0.0.7", time_ms=rig.now_ms, from_ms=from_ms, to_ms=to_ms,
        readings=found.readings, events=found.events, reason="a test",
    )  # fmt: skip


def looked(rig: Rig, from_ms: int, to_ms: int, device: str = "fan-01") -> Lost:
    with closing(connected(rig.directory)) as connection:
        connection.execute("BEGIN")
        return lost(connection, device=device, from_ms=from_ms, to_ms=to_ms, site=SITE)


def finish(rig: Rig, by: Deleter | None = None) -> None:
    """All that waits, with what is computed anew after it."""
    by = by or deleter(rig)

    async def rounds() -> None:
        while await by.look():
            while await rig.pipeline.restate_some():
                pass

    asyncio.run(rounds())


def delete(rig: Rig, from_ms: int = FROM, to_ms: int = TO) -> None:
    deletions.leave(rig.directory, "fan-01", deletion(rig, from_ms, to_ms))
    finish(rig)


def minutes(rig: Rig) -> dict[int, Any]:
    """Those that have anything, by their starts."""
    rows = rig.rows("SELECT start_ms, body FROM minute ORDER BY start_ms")
    found = {start_ms: json.loads(body) for start_ms, body in rows}
    return {start_ms: body for start_ms, body in found.items() if body["count"]}


def figures(rig: Rig) -> dict[str, float | None]:
    state = rig.device().twin.state(now_ms=rig.now_ms, status="online", sequenced=True)
    return {name: each.value for name, each in state.kpis.items()}


def alike(rig: Rig, other: Rig) -> bool:
    """Readings, minutes and figures of all its life."""
    kept = [one[2:4] for one in held(rig.directory)]
    assert kept == [one[2:4] for one in held(other.directory)]
    assert minutes(rig) == minutes(other)
    assert figures(rig) == pytest.approx(figures(other))
    return True


def test_what_is_left_is_as_if_nothing_had_come(rig: Rig, other: Rig) -> None:
    before = figures(rig)["energy_wh"]
    assert looked(rig, FROM, TO) == Lost(readings=224, events=1, minutes=3)
    delete(rig)
    assert alike(rig, other)
    assert figures(rig)["energy_wh"] != pytest.approx(before)
    [(empty,)] = rig.rows("SELECT body FROM minute WHERE start_ms = ?", NOON + 4 * MIN)
    assert (json.loads(empty)["measured_ms"], json.loads(empty)["energy_j"]) == (0, 0.0)
    formers = rig.rows("SELECT DISTINCT start_ms, by FROM former WHERE reason = 'deleted'")
    assert sorted(formers) == [(NOON + at * MIN, "Sam") for at in range(2, 7)]
    assert not list((rig.directory / "deletions").iterdir())
    [entry] = rig.rows("SELECT who, origin, detail FROM audit WHERE what = 'readings_deleted'")
    assert entry == (
        "Sam",
        "10.0.0.7",
        "fan-01: 224 readings and 1 events of 2025-11-20T12:02:30Z to 2025-11-20T12:06:15Z: a test",
    )
    assert alike(rig.again(), other)
    with pytest.raises(NotFound, match="Nothing of fan-01 is kept from"):
        looked(rig, FROM, TO)


@pytest.mark.parametrize(
    ("from_ms", "to_ms"),
    [(0, TO), (NOON + 3 * MIN, NOON + 5 * MIN), (FROM, NOON + 3 * MIN), (FROM, FROM + 1000)],
)
def test_whatever_the_time_cuts(rig: Rig, tmp_path: Path, from_ms: int, to_ms: int) -> None:
    (tmp_path / "third").mkdir()
    with Rig(tmp_path / "third", now_ms=NOON) as third:
        fill(third, without(from_ms, to_ms))
        delete(rig, from_ms, to_ms)
        if from_ms:
            assert alike(rig, third)
        else:  # when it began to be measured is what it was
            assert minutes(rig) == minutes(third)
            assert figures(rig)["energy_wh"] == pytest.approx(figures(third)["energy_wh"])


def test_a_board_that_sends_it_once_more_does_not_bring_it_back(rig: Rig, other: Rig) -> None:
    delete(rig)
    again = [one for one in items() if FROM <= one["time_ms"] < TO]
    rig.take(*(telemetry("fan-01", *part) for part in batches(again, 20)))
    assert alike(rig, other)
    assert rig.device().counts.duplicates == len(again)
    rig.again().take(*(telemetry("fan-01", *part) for part in batches(again, 20)))
    assert alike(rig, other)
    assert rig.watermark() == COUNT


def summed(rig: Rig) -> dict[tuple[int, int], tuple[int, float | None]]:
    """Longer sums are made; of each that has anything how many readings and joules."""
    compactor = Compactor(
        ledgers=lambda: ledgers_of(rig.fleet),
        write=rig.pipeline.write,
        open_reader=rig.reader.again,
        site=SITE,
        now_ms=lambda: rig.now_ms,
        rest=0.0,
    )

    async def rounds() -> None:
        while await compactor.round():
            pass

    asyncio.run(rounds())
    rows = rig.rows("SELECT level, start_ms, body ->> 'count', energy_j FROM tier WHERE device = 1")
    return {(level, start): (count, energy) for level, start, count, energy in rows if count}


def test_quarters_hours_and_days_are_what_is_left(rig: Rig, other: Rig) -> None:
    for each in (rig, other):
        each.now_ms = NOON + 2 * DAY_MS
    before = summed(rig)
    assert sorted(level for level, _ in before) == [15, 60, 360, 1440]
    delete(rig)
    assert summed(rig) == summed(other) != before


def test_where_minutes_are_kept_no_more_whole_quarters_go(rig: Rig) -> None:
    for minute in (40, 45):
        rig.now_ms = NOON + minute * MIN
        late = {**items()[0], "seq": COUNT + minute, "time_ms": rig.now_ms}
        rig.take(telemetry("fan-01", late))
    rig.now_ms = NOON + 2 * DAY_MS
    assert len(summed(rig)) == 5
    rig.journal.begin()
    rig.journal._run("DELETE FROM minute WHERE start_ms < ?", (NOON + 15 * MIN,))
    rig.journal.commit()
    with pytest.raises(Refused, match=r"12:02:30.* would cut one, so begin and end at quarter"):
        looked(rig, FROM, NOON + 15 * MIN)
    delete(rig, NOON, NOON + 15 * MIN)
    assert figures(rig)["energy_wh"] is None
    left = summed(rig)
    assert (15, NOON) not in left
    quarters = sum(count for (level, _), (count, _) in left.items() if level == 15)
    longer = (left[60, NOON], left[360, NOON], left[1440, NOON - DAY_MS // 2])
    assert longer == ((quarters, 0.0),) * 3


def test_the_quarter_hour_in_which_it_began_may_be_cut(tmp_path: Path) -> None:
    """All its minutes are kept; where retention has taken some of them it may not."""
    shift_ms = 7 * MIN
    begun = [one | {"time_ms": one["time_ms"] + shift_ms} for one in items()]
    with Rig(tmp_path, now_ms=NOON) as rig:
        fill(rig, begun)
        rig.now_ms = NOON + 2 * DAY_MS
        assert (15, NOON) in summed(rig)
        from_ms, to_ms = FROM + shift_ms, TO + shift_ms
        assert looked(rig, from_ms, to_ms).readings == 224
        delete(rig, from_ms, from_ms + 10_000)
        with pytest.raises(Conflict, match=r"at 2025-11-20T12:00:00.* are being made anew: ask"):
            looked(rig, from_ms, to_ms)
        summed(rig)
        assert looked(rig, from_ms, to_ms).readings == 214
        rig.journal.begin()
        rig.journal._run("DELETE FROM minute WHERE start_ms = ?", (NOON + shift_ms,))
        rig.journal.commit()
        with pytest.raises(Refused, match="would cut one, so begin and end at quarter"):
            looked(rig, from_ms, to_ms)


def archived(rig: Rig, machines: int = 1) -> Archivist:
    """What was measured is in files by now; something new was measured since."""
    rig.now_ms = NOON + 9 * DAY_MS
    rig.take(telemetry("fan-01", {**items()[0], "seq": COUNT + 1, "time_ms": rig.now_ms - 500}))
    rig.checkpoint()
    keeper = archivist(rig)
    work(keeper)
    assert rig.rows("SELECT count(*) FROM reading") == [(1,)]
    assert len(list(files(rig.directory))) == machines
    return keeper


def test_it_goes_from_an_archived_day_as_well(rig: Rig, other: Rig) -> None:
    """By the process that writes files."""
    keeper = archived(rig)
    keeper._erasing._work = labour.work
    archived(other)
    assert looked(rig, FROM, TO) == Lost(readings=224, events=1, minutes=3)
    deletions.leave(rig.directory, "fan-01", deletion(rig))
    finish(rig, deleter(rig, keeper))
    assert alike(rig, other)
    work(archivist(rig))
    assert archivist(rig).standing.status().status == "ok"
    assert rig.rows("SELECT rows, events, state FROM archive") == [(COUNT - 225, 0, "kept")]
    assert alike(rig.again(), other)


def test_a_day_that_lies_within_goes_with_its_file(rig: Rig) -> None:
    archived(rig)
    assert looked(rig, NOON, NOON + DAY_MS) == Lost(readings=COUNT - 1, events=1, minutes=11)
    delete(rig, NOON, NOON + DAY_MS)
    assert not list(files(rig.directory))
    assert rig.rows("SELECT count(*) FROM archive") == [(0,)]
    assert [one.seq for one in held(rig.directory)] == [COUNT + 1]
    assert list(minutes(rig)) == []
    assert figures(rig)["energy_wh"] is None


@pytest.mark.parametrize("is_found", [False, True])
def test_a_file_of_another_journal_is_rewritten_as_well(
    rig: Rig, other: Rig, *, is_found: bool
) -> None:
    """The journal was begun anew; the ledger may know of the file by now, or not yet."""
    for each in (rig, other):
        archived(each)
    rig.journal.begin()
    rig.journal._run("DELETE FROM archive", ())
    rig.journal.commit()
    if is_found:
        work(archivist(rig))
    assert rig.rows("SELECT count(*) FROM archive") == [(is_found,)]
    delete(rig, FROM, TO)
    keeper = archivist(rig)
    work(keeper)
    assert keeper.standing.status().status == "ok"
    assert [one[2:4] for one in held(rig.directory)] == [one[2:4] for one in held(other.directory)]


def test_what_cannot_be_rewritten_waits_and_is_told(rig: Rig, other: Rig) -> None:
    archived(other)
    archived(rig)
    [path] = files(rig.directory)
    good = path.read_bytes()
    path.write_bytes(good[:-9])
    deletions.leave(rig.directory, "fan-01", deletion_of(rig))
    by, named = deleter(rig), f"2025-11-20 of fan-01 cannot be taken out of {shown(path)}"
    for each in (deleter(rig), by, by):
        finish(rig, each)
    with pytest.raises(Conflict, match=f"being deleted already: {named}"):
        asyncio.run(by.delete("fan-01", deletion_of(rig)))
    for told in (OK, msgspec.structs.replace(OK, status="down", detail="A file is missing.")):
        status = by.told_in(told)
        assert status.status == "down"
        assert f"Readings of fan-01 wait to be deleted: {named}" in status.detail
        assert status.detail.startswith("A file is missing.") is (told is not OK)
    [(what, detail)] = entered(rig)
    assert what == "deletion_waits"
    assert f"are not deleted yet: {named}" in detail
    seen_by_command = partial(deleting.in_the_way, OwnSettings(data_dir=rig.directory))
    assert seen_by_command("fan-01", deletion_of(rig), 0).startswith(detail.rstrip("."))
    assert seen_by_command("fan-01", deletion_of(rig), 10**6) == ""
    assert seen_by_command("fan-02", deletion_of(rig), 0) == ""
    path.write_bytes(good)
    finish(rig, by)
    assert by.told_in(OK) == OK
    assert alike(rig, other)
    assert [what for what, _ in entered(rig)] == ["deletion_waits", "readings_deleted"]


OK: Final = DependencyStatus("ok", "1 days of machines", NOON)


def entered(rig: Rig) -> list[Any]:
    return rig.rows("SELECT what, detail FROM audit WHERE who = 'Sam' ORDER BY id")


def test_what_waits_is_answered_so_and_holds_up_no_other(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One machine's file is damaged; another's deletion goes on, and who asks is told of each."""
    monkeypatch.setattr(deleter_module, "WAIT_S", 600.0)
    monkeypatch.setattr(deleter_module, "AGAIN_S", 600.0)
    rig.take(*(telemetry("fan-02", *part) for part in batches(items(), 20)))
    archived(rig, machines=2)
    [path] = (each for each in files(rig.directory) if each.parts[-3] == "fan-01")
    path.write_bytes(path.read_bytes()[:-9])
    by, want = deleter(rig), deletion_of(rig)

    async def story() -> bool:
        running = [asyncio.create_task(by.run()), asyncio.create_task(rig.pipeline.run_late())]
        with pytest.raises(Unavailable, match=rf"of fan-01 wait to be .*{shown(path)}"):
            await by.delete("fan-01", want)
        done = await by.delete("fan-02", want)
        for task in running:
            task.cancel()
        return done

    assert asyncio.run(story())
    assert deletions.left(rig.directory, "fan-01") == want
    assert deletions.left(rig.directory, "fan-02") is None
    assert len(held(rig.directory, "fan-02")) == COUNT - 225


def deletion_of(rig: Rig) -> Deletion:
    """Not counted, as a file cannot be read."""
    return Deletion(
        by="Sam", origin="", time_ms=rig.now_ms, from_ms=FROM, to_ms=TO, readings=0, events=0
    )


STEPS: Final = (
    (Pipeline, "checkpoint"), (Deletions, "enter"), (Deletions, "drop"), (Journal, "commit"),
    (Erasing, "erase"), (Pipeline, "empty"), (Pipeline, "shrink"), (deletions, "entered"),
)  # fmt: skip
IN_FILES: Final = (
    (writing, "sync"), (writing, "_compare"), (Archived, "put"), (Archived, "mark"),
    (Upkeep, "drop"), (Archived, "forget"),
)  # fmt: skip


@pytest.mark.parametrize(
    "where",
    [*((*each, False) for each in STEPS), *((*each, True) for each in (*STEPS, *IN_FILES))],
)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.slow
def test_a_deletion_that_was_cut_short_comes_to_its_end(
    rig: Rig, other: Rig, monkeypatch: pytest.MonkeyPatch, where: tuple[Any, str, bool], when: str
) -> None:
    owner, step, in_files = where
    from_ms, to_ms = FROM, TO
    if in_files:
        archived(rig)
        archived(other)
    is_whole = (owner, step) in {(Archived, "mark"), (Upkeep, "drop"), (Archived, "forget")}
    if is_whole:
        from_ms, to_ms = NOON, NOON + DAY_MS
    deletions.leave(rig.directory, "fan-01", deletion(rig, from_ms, to_ms))
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, killing(getattr(owner, step), after=when == "after"))
        with pytest.raises(KilledError):
            finish(rig)
    finish(rig.again())
    if is_whole:
        assert not list(files(rig.directory))
        assert [one.seq for one in held(rig.directory)] == [COUNT + 1]
    else:
        assert alike(rig, other)
    assert rig.watermark() == COUNT + in_files
    assert not list((rig.directory / "deletions").iterdir())
    assert rig.rows("SELECT count(*) FROM audit WHERE what = 'readings_deleted'") == [(1,)]


def killing(step: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    if asyncio.iscoroutinefunction(step):

        async def killed_later(*args: Any, **kwargs: Any) -> Any:
            if after:
                await step(*args, **kwargs)
            raise KilledError

        return killed_later

    def killed(*args: Any, **kwargs: Any) -> Any:
        if after:
            step(*args, **kwargs)
        raise KilledError

    return killed


def test_what_comes_meanwhile_stays(rig: Rig) -> None:
    """A reading of that time that comes when rows have gone and minutes have not."""
    by = deleter(rig)
    late = {**items()[0], "seq": COUNT + 1, "time_ms": NOON + 4 * MIN + 7}
    whole = by._erase

    async def erase(device: Device, from_ms: int, to_ms: int) -> None:
        await rig._take([telemetry("fan-01", late)])
        await whole(device, from_ms, to_ms)

    by._erase = erase
    deletions.leave(rig.directory, "fan-01", deletion(rig))
    finish(rig, by)
    assert [one.seq for one in held(rig.directory) if FROM <= one.time_ms < TO] == [COUNT + 1]
    assert minutes(rig)[NOON + 4 * MIN]["count"] == 1


def test_nothing_is_deleted_while_an_import_is_under_way(rig: Rig) -> None:
    by = deleter(rig)
    by._is_held = lambda: True
    deletions.leave(rig.directory, "fan-01", deletion(rig))
    finish(rig, by)
    assert looked(rig, FROM, TO).readings == 224


def test_it_is_of_the_machine_that_had_the_name_then(rig: Rig) -> None:
    deletions.leave(rig.directory, "fan-01", deletion(rig))
    rig.now_ms += MIN
    asyncio.run(rig.replacer.replace("fan-01", by="ann", note="", commissioning=False))
    finish(rig)
    assert len(held(rig.directory, "fan-01.life1")) == COUNT - 225


def test_it_goes_with_a_machine_that_is_removed(rig: Rig) -> None:
    by = deleter(rig)
    deletions.leave(rig.directory, "fan-01", deletion(rig))
    assert asyncio.run(by.look()), "minutes are to be computed anew"
    asyncio.run(rig.remover.remove("fan-01", by="ann", origin="here"))
    assert not list((rig.directory / "deletions").iterdir())
    finish(rig, by)


def test_who_asks_waits_until_it_is_done(
    rig: Rig, other: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleter_module, "WAIT_S", 600.0)
    by, want = deleter(rig), deletion(rig)

    async def story() -> bool:
        running = [asyncio.create_task(by.run()), asyncio.create_task(rig.pipeline.run_late())]
        done = await by.delete("fan-01", want)
        for task in running:
            task.cancel()
        return done

    assert asyncio.run(story())
    assert alike(rig, other)


def test_of_two_who_ask_at_once_one_is_told_so(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deleter_module, "WAIT_S", 600.0)
    by, want = deleter(rig), deletion(rig)

    async def story() -> Sequence[bool | BaseException]:
        running = [asyncio.create_task(by.run()), asyncio.create_task(rig.pipeline.run_late())]
        both = (by.delete("fan-01", want), by.delete("fan-01", want))
        done = await asyncio.gather(*both, return_exceptions=True)
        for task in running:
            task.cancel()
        return done

    done, refused = asyncio.run(story())
    assert (done, type(refused)) == (True, Conflict)


def test_what_cannot_be_taken_out_is_said(rig: Rig) -> None:
    newest = NOON + COUNT * 1000
    with pytest.raises(Refused, match=rf"newest reading of fan-01 .* here {newest}\."):
        looked(rig, FROM, newest + 1)
    assert looked(rig, newest - 1000, newest).readings == 1
    with pytest.raises(NotFound, match="No device 'fan-99'"):
        looked(rig, FROM, TO, device="fan-99")
