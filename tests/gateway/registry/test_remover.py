"""A machine that is removed leaves nothing behind, whatever ends the process in between."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.errors import NotFound
from gateway.accounts.logins import Logins
from gateway.journal import Journal
from gateway.journal.anomalies import Learned
from gateway.journal.removals import Removals
from gateway.journal.verdicts import Word
from gateway.registry import photos, removals
from gateway.registry.remover import RETAINED
from tests.gateway.rig import NOW_MS, SITE, Rig, message, reading, telemetry

TABLES = (
    "reading", "minute", "late_minute", "former", "diagnosis", "twin", "gap", "epoch", "alarm",
    "transition", "anomaly", "learned", "verdict", "excerpt", "quarantine", "refusal", "registry",
)  # fmt: skip
HOT = {"temperature": 90.0, "rpm": 1200.0, "current": 1.0, "vibration": 0.8}


class KilledError(BaseException):
    """The process ends here."""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path) as made:
        yield made


def live(rig: Rig, name: str) -> None:
    """Two minutes of a fan that gets hot, with a gap, something refused and something said."""
    Logins(rig.directory, site=SITE).make(name)
    rig.take(message(name, "birth", {"asset": "fan", "epoch": "9f2c41aa-1"}, retain=True))
    for first in range(1, 601, 100):
        items = [
            reading(n, time_ms=NOW_MS - 120_000 + n * 200, values=HOT)
            for n in range(first, first + 100)
        ]
        rig.take(*(telemetry(name, *items[at : at + 20]) for at in range(0, 100, 20)))
    rig.take(telemetry(name, {"epoch": "9f2c41aa-1", "oldest": 610}))
    rig.take(telemetry(name, reading(612, values={"temperature": "warm"})))
    rig.checkpoint()
    rig.journal.begin()
    learned = Learned(from_ms=1, until_ms=2, rows=3, asset="fan")
    rig.journal.put_learned(device_id=rig.device(name).id, learned=learned)
    alarm = next(iter(rig.device(name).alarms.values())).id
    word = Word(verdict="right", decided_ms=NOW_MS, decided_by="Sam")
    assert rig.journal.verdicts.add(alarm, word)
    rig.journal.verdicts.await_excerpt(alarm, due_ms=NOW_MS)
    rig.journal.commit()
    (rig.directory / photos.FOLDER).mkdir(exist_ok=True)
    (rig.directory / photos.FOLDER / name).write_bytes(b"a picture")


def remove(rig: Rig, name: str = "fan-01") -> None:
    asyncio.run(rig.remover.remove(name, by="Sam", origin="127.0.0.1"))
    asyncio.run(rig.remover.look())


def figures(rig: Rig, name: str) -> object:
    twin = rig.device(name).twin
    return twin.state(now_ms=NOW_MS, status="online", sequenced=True).kpis


def left(rig: Rig) -> dict[str, int]:
    """How many rows and photos there are of anybody."""
    rows = {table: rig.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}
    return rows | {"photos": len(list((rig.directory / photos.FOLDER).iterdir()))}


def test_nothing_is_left_of_it_and_its_neighbour_keeps_all(rig: Rig) -> None:
    live(rig, "fan-02")
    before = left(rig)
    neighbour = figures(rig, "fan-02")
    live(rig, "fan-01")
    gone = left(rig)
    assert all(gone[table] > before[table] for table in ("alarm", "anomaly", "learned", "verdict"))
    remove(rig)
    assert left(rig) == before
    assert [device.name for device in rig.fleet] == ["fan-02"]
    assert rig.rows("SELECT name FROM device") == [("fan-02",)]
    assert not Logins(rig.directory, site=SITE).has("fan-01")
    cleared = {f"edgetwin/v1/{SITE}/fan-01/{kind}" for kind in RETAINED}
    assert {out.topic for out in rig.published if out.retain and not out.payload} == cleared
    [entry] = rig.rows("SELECT who, detail FROM audit WHERE what = 'device_removed'")
    assert entry == ("Sam", "fan-01")
    assert [device.name for device in rig.again().fleet] == ["fan-02"]
    assert figures(rig, "fan-02") == neighbour
    assert left(rig) == before


def test_the_last_machine_takes_no_number_with_it(rig: Rig) -> None:
    """Followers' cursors only grow: an id that is given twice would never be delivered."""
    live(rig, "fan-01")
    [(newest, revision)] = rig.rows(
        "SELECT max(r.id), (SELECT max(revision) FROM minute) FROM reading r"
    )
    device_id, next_id = rig.device().id, rig.journal.next_id
    remove(rig)
    assert not any(left(rig).values())
    assert rig.again().journal.next_id >= next_id > newest
    live(rig, "fan-02")
    assert rig.device("fan-02").id > device_id
    assert rig.rows("SELECT min(id) FROM reading")[0][0] > newest
    assert rig.rows("SELECT min(revision) FROM minute")[0][0] > revision


def test_whoever_still_sends_is_refused_by_name_until_it_has_a_new_login(rig: Rig) -> None:
    live(rig, "fan-01")
    remove(rig)
    rig.take(telemetry("fan-01", reading(700)), message("fan-01", "birth", {"asset": "fan"}))
    assert rig.fleet.find("fan-01") is None
    [(detail, *_), *_] = rig.rows("SELECT detail FROM quarantine WHERE reason = 'removed'")
    assert "fan-01 was removed by Sam on 2025-11-20" in detail
    rig.again().take(telemetry("fan-01", reading(701)))
    assert rig.fleet.find("fan-01") is None

    Logins(rig.directory, site=SITE).make("fan-01")
    rig.take(telemetry("fan-01", reading(702)))  # at once: a refused one never comes again
    assert rig.device().counts.stored == 1
    asyncio.run(rig.remover.look())
    assert rig.rows("SELECT * FROM removal") == []
    rig.remover.note_connected()
    rig.published.clear()
    asyncio.run(rig.remover.look())
    assert rig.published == []  # it may keep what it publishes now


@pytest.mark.parametrize(
    ("owner", "step"),
    [
        (Logins, "take"),
        (Removals, "begin"),
        (Journal, "commit"),
        (Removals, "purge"),
        (removals, "entered"),
    ],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_removal_that_was_cut_short_comes_to_its_end(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, owner: Any, step: str, when: str
) -> None:
    live(rig, "fan-01")
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, killing(getattr(owner, step), after=when == "after"))
        if owner is Logins:
            rig.again()  # its remover has that step from its beginning
        with pytest.raises(KilledError):
            remove(rig)
    rig.again()
    asyncio.run(rig.remover.look())
    assert rig.fleet.find("fan-01") is None
    assert not any(left(rig).values())
    assert not Logins(rig.directory, site=SITE).has("fan-01")
    assert not list((rig.directory / "removals").iterdir())
    assert rig.rows("SELECT count(*) FROM audit WHERE what = 'device_removed'") == [(1,)]


def killing(step: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    def killed(*args: Any, **kwargs: Any) -> Any:
        if after:
            step(*args, **kwargs)
        raise KilledError

    return killed


def test_a_login_that_was_made_after_it_is_not_taken(rig: Rig) -> None:
    """The process ended when all but the file was done; then somebody added it anew."""
    live(rig, "fan-01")
    remove(rig)
    [stone] = rig.reader.tombstones()
    removal = removals.Removal(by="Sam", origin="here", time_ms=stone.removed_ms)
    removals.leave(rig.directory, "fan-01", removal)
    Logins(rig.directory, site=SITE).make("fan-01")
    asyncio.run(rig.again().remover.look())
    assert Logins(rig.directory, site=SITE).has("fan-01")
    assert removals.left(rig.directory, "fan-01") is None


def test_what_nobody_knows_cannot_be_removed(rig: Rig) -> None:
    with pytest.raises(NotFound, match="no device 'fan-77'"):
        asyncio.run(rig.remover.remove("fan-77", by="Sam", origin="here"))
    assert not (rig.directory / "removals").exists()


def test_who_has_a_login_and_never_reported_can_be_removed(rig: Rig) -> None:
    Logins(rig.directory, site=SITE).make("spare")
    remove(rig, "spare")
    assert not Logins(rig.directory, site=SITE).has("spare")
