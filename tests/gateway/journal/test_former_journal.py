"""A journal of the first release opens, and its minutes and energies are what they were.

``journal.db.xz`` was written by commit b7755b9, with the rig of that commit's tests and the fan's
model, and left without a last checkpoint::

    fan-01: 1,500 readings at 5 Hz of one epoch, a gap of 40 and one in a hundred gone; 600 of the
            next epoch 100 s later; a tenth of all up to 12 s late, one in fifty by 3 minutes;
            in messages of 20, some items twice; one checkpoint behind 60 of them
    slow-01: 400 readings every 1.5 s, a gap of 10
    mine:    three readings without a key

``told.json`` is what that release then said of each device: the minutes of its journal, the open
one, and its KPIs, each with its coverage.
"""

import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from contract.messages import Minute
from gateway.twin.ledger import ledger_of
from tests.gateway.rig import NOW_MS, Rig

FORMER: Final = Path(__file__).parents[2] / "fixtures" / "former_journal"
TOLD: Final[dict[str, Any]] = json.loads((FORMER / "told.json").read_text())
SUMMED: Final = ("energy_wh", "co2_g", "cost", "running_h")
WITHIN: Final = 1e-9  # sums of the same numbers in another order


@pytest.fixture
def former(tmp_path: Path) -> Iterator[Rig]:
    packed = (FORMER / "journal.db.xz").read_bytes()
    (tmp_path / "journal.db").write_bytes(lzma.decompress(packed))
    with Rig(tmp_path) as rig:
        yield rig


def minutes(rig: Rig, device: str) -> list[Minute]:
    sql = "SELECT body FROM minute WHERE device = ? ORDER BY start_ms"
    bodies = rig.rows(sql, rig.device(device).id)
    return [msgspec.json.decode(body, type=Minute) for (body,) in bodies]


def assert_alike(found: Minute | None, told: dict[str, Any]) -> None:
    assert found is not None
    former = msgspec.convert(told, Minute)
    own = msgspec.structs.replace(
        found, program="", sums=[], channels={}, energy_j=0.0, health=None
    )
    assert own == msgspec.structs.replace(former, channels={}, energy_j=0.0)
    assert found.energy_j == pytest.approx(former.energy_j, rel=WITHIN, abs=WITHIN)
    assert found.channels.keys() == former.channels.keys()
    for name, stats in found.channels.items():
        astuple = msgspec.structs.astuple
        assert astuple(stats) == pytest.approx(astuple(former.channels[name]), rel=WITHIN), name


@pytest.mark.parametrize("device", TOLD)
def test_it_opens_with_the_same_minutes_and_energies(former: Rig, device: str) -> None:
    told, twin = TOLD[device], former.device(device).twin
    for _ in range(2):
        for found, expected in zip(minutes(former, device), told["minutes"], strict=True):
            assert_alike(found, expected)
        assert_alike(twin.open_minute(), told["open"])
        kpis = twin.state(now_ms=NOW_MS, status="online", sequenced=True).kpis
        for name in SUMMED:
            value = told["kpis"][name][0]
            assert (kpis[name].value or 0.0) == pytest.approx(value, rel=WITHIN), name
        former.restate()


@pytest.mark.parametrize("device", TOLD)
def test_its_minutes_computed_anew_from_its_readings_are_the_same(former: Rig, device: str) -> None:
    owner = former.device(device)
    for minute in minutes(former, device):
        former.settlement.late.wait(owner, minute.start_ms, alone=True)
    former.restate()
    program = ledger_of(owner.asset).program.id
    for found, expected in zip(minutes(former, device), TOLD[device]["minutes"], strict=True):
        assert_alike(found, expected)
        assert found.program == program
