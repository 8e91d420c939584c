"""Events and states of days that are in files: told as they were when the journal had them."""

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from contract.errors import Refused
from gateway.api.instants import LATEST_MS
from gateway.api.queries import happenings
from gateway.api.queries.happenings import Happening, StateEpisode, events, states
from gateway.archive.files import DayFile
from tests.gateway.archive.archives import DAY0, archivist, connected, files, work
from tests.gateway.rig import DAY_MS, EPOCH, Rig, batches, message, telemetry

DISPENSER = "dispenser-01"
DAYS = 3
STEP_MS = 300_000
STATES = ("idle", "selecting", "dispensing", "idle", "idle", None, "odd")
NAMES = ("service", "service", "service", "door_opened")
VALUES = {"flow": 0.0, "tank_level": 70.0, "hot_temperature": 85.0}


def story(dice: random.Random) -> Iterator[dict[str, Any]]:
    """Readings every five minutes that say their state, or not, or one that is none; and holes.

    Here and there something happens. The last day is too young for a file.
    """
    time_ms, seq = DAY0, 0
    while time_ms < DAY0 + DAYS * DAY_MS:
        seq += 1
        key = {"epoch": EPOCH, "seq": seq, "time_ms": time_ms}
        if dice.random() < 0.1 and seq > 1:
            yield key | {"event": dice.choice(NAMES), "values": {"volume": seq / 10}}
        else:
            state = dice.choice(STATES)
            yield key | {"values": VALUES | ({} if state is None else {"state": state})}
        time_ms += STEP_MS * dice.choice((0, 1, 1, 1, 1, 1, 1, 9))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Rig]:
    """A dispenser whose first days are closed."""
    with Rig(tmp_path, now_ms=DAY0) as rig:
        rig.take(message(DISPENSER, "birth", {"asset": "dispenser", "epoch": EPOCH}))
        for some in batches(list(story(random.Random(7))), 20):
            rig.now_ms = some[-1]["time_ms"] + 500
            rig.take(telemetry(DISPENSER, *some))
        rig.now_ms = DAY0 + (DAYS + 7) * DAY_MS
        rig.checkpoint()
        yield rig


def archive(rig: Rig) -> None:
    work(archivist(rig))
    assert len(list(files(rig.directory))) == DAYS - 1


def happened(directory: Path, **asked: Any) -> list[Happening]:
    wanted: dict[str, Any] = {
        "from_ms": 0, "to_ms": LATEST_MS, "event": None, "before": None, "limit": 10_000,
    }  # fmt: skip
    with closing(connected(directory)) as connection:
        connection.execute("BEGIN")  # one snapshot
        return events(connection, device_id=1, **(wanted | asked))


def paged(directory: Path, **asked: Any) -> list[Happening]:
    """Page after page, as the header ``Link`` leads."""
    found = some = happened(directory, limit=7, **asked)
    while some:
        where = {"before": some[-1].id, "to_ms": some[-1].time_ms + 1}
        some = happened(directory, limit=7, **(asked | where))
        found = found + some
    return found


def said(directory: Path, from_ms: int, to_ms: int, **asked: Any) -> list[StateEpisode]:
    wanted: dict[str, Any] = {"channel": "state", "gap_ms": STEP_MS, "lasts": False, "limit": 9_999}
    with closing(connected(directory)) as connection:
        connection.execute("BEGIN")  # one snapshot
        return states(connection, device_id=1, from_ms=from_ms, to_ms=to_ms, **(wanted | asked))


def ranges() -> Iterator[tuple[int, int]]:
    dice = random.Random(3)
    yield DAY0, DAY0 + DAYS * DAY_MS
    for _ in range(40):
        from_ms = DAY0 + dice.randrange(DAYS * DAY_MS)
        yield from_ms, from_ms + dice.choice((1, STEP_MS, DAY_MS // 3, 2 * DAY_MS))


def test_events_are_the_same_wherever_they_lie(site: Rig, tmp_path: Path) -> None:
    before = happened(tmp_path)
    named = happened(tmp_path, event="door_opened")
    parts = [happened(tmp_path, from_ms=from_ms, to_ms=to_ms) for from_ms, to_ms in ranges()]
    assert len(before) > 50
    assert 0 < len(named) < len(before) / 2
    archive(site)
    assert happened(tmp_path) == before
    assert happened(tmp_path, event="door_opened") == named
    assert [happened(tmp_path, from_ms=a, to_ms=b) for a, b in ranges()] == parts
    assert paged(tmp_path) == before
    assert paged(tmp_path, event="door_opened") == named


def test_only_files_with_such_an_event_are_opened(
    site: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive(site)
    opened: list[object] = []
    items = DayFile.items

    def watched(self: DayFile, **span: int) -> Iterator[Any]:
        opened.append(self)
        return items(self, **span)

    monkeypatch.setattr(DayFile, "items", watched)
    assert happened(tmp_path, limit=1)
    assert happened(tmp_path, event="never") == []
    assert opened == []
    assert happened(tmp_path, event="service")
    assert len(opened) == DAYS - 1


def test_where_an_old_event_stands_is_to_be_told(site: Rig, tmp_path: Path) -> None:
    oldest = happened(tmp_path)[-1]
    archive(site)
    with pytest.raises(Refused, match=f"The event {oldest.id} is in the journal no more: say in"):
        happened(tmp_path, before=oldest.id)


@pytest.mark.parametrize("gap_ms", [STEP_MS // 2, STEP_MS, 3 * STEP_MS])
def test_states_are_the_same_wherever_they_were_said(
    site: Rig, tmp_path: Path, gap_ms: int
) -> None:
    asked = list(ranges())
    before = [said(tmp_path, *span, gap_ms=gap_ms) for span in asked]
    assert len(before[0]) > 100
    archive(site)
    assert [said(tmp_path, *span, gap_ms=gap_ms) for span in asked] == before
    limited = said(tmp_path, *asked[0], gap_ms=gap_ms, limit=3)
    assert limited == before[0][-3:]


def test_what_came_late_is_told_as_well(site: Rig, tmp_path: Path) -> None:
    archive(site)
    at_ms, seq = DAY0 + DAY_MS // 2 + 77, 9_000
    site.admission._retention_ms = 100 * DAY_MS
    key = {"epoch": EPOCH, "time_ms": at_ms}
    site.take(
        telemetry(
            DISPENSER,
            key | {"seq": seq, "values": VALUES | {"state": "error"}},
            key | {"seq": seq + 1, "event": "refill", "values": {}},
        )
    )
    assert [one.seq for one in happened(tmp_path, event="refill")] == [seq + 1]
    [found] = [one for one in said(tmp_path, DAY0, DAY0 + DAY_MS) if one.start_ms == at_ms]
    assert found.state == "error"


def test_more_than_can_be_looked_at_is_refused(
    site: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive(site)
    monkeypatch.setattr(happenings, "MOST_SAID", 100)
    with pytest.raises(Refused, match="ask for at most 100 at once"):
        said(tmp_path, DAY0, DAY0 + 2 * DAY_MS)
