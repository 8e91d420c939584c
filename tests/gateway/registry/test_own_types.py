"""Types of the site's own count within seconds, and machines of a changed one go on."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract import assets
from contract.errors import Unavailable
from contract.messages import State
from contract.type_files.folder import loaded
from gateway.journal import Journal
from gateway.registry.own_types import OwnTypes, Work
from tests.gateway.rig import Rig, reading, telemetry
from tests.own_types import LEAST, put_back, write

LIMIT = (
    'limits = [{ side = "high", at = 80, hysteresis = 5, delay_s = 0, severity = "High",'
    ' advice = "Open the roof." }]\n'
)
SOIL = '[[channels]]\nname = "soil"\ntitle = "Soil"\nunit = "%"\nlow = 0\nhigh = 100\n'
SOIL += "normal = [10, 90]\n"


class Site:
    """A gateway with a folder of types."""

    def __init__(self, rig: Rig, data_dir: Path) -> None:
        self.rig = rig
        self.data_dir = data_dir
        self.disk: Exception | None = None
        self.changed: list[str] = []
        self.types = OwnTypes(
            folder=loaded(data_dir),
            fleet=rig.fleet,
            write=self._write,
            retype=rig.admission.registry.follow_decision,
            changed=lambda devices: self.changed.extend(device.name for device in devices),
        )

    async def _write(self, work: Work) -> None:
        def failing(journal: Journal) -> None:
            work(journal)
            if self.disk is not None:
                raise self.disk

        await self.rig.pipeline.write(failing)

    def change(self, text: str) -> None:
        write(self.data_dir, "greenhouse", text)
        asyncio.run(self.types.look())

    def send(self, seq: int, **values: float) -> None:
        self.rig.take(telemetry("house", reading(seq, values=values)))

    def state(self) -> State:
        twin = self.rig.device("house").twin
        return twin.state(now_ms=self.rig.now_ms, status="online", sequenced=True)

    def alarms(self) -> list[str]:
        return list(self.rig.device("house").alarms)


@pytest.fixture
def site(rig: Rig, tmp_path: Path) -> Iterator[Site]:
    with put_back():
        write(tmp_path, "greenhouse")
        made = Site(rig, tmp_path)
        made.send(1, humidity=50.0)
        yield made


def test_a_machine_is_of_a_type_from_a_file(site: Site) -> None:
    assert site.rig.device("house").asset is assets.get("greenhouse")
    assert site.rig.reasons() == []


def test_a_limit_that_is_written_into_the_file_counts_from_the_next_reading_on(site: Site) -> None:
    site.send(2, humidity=90.0)
    assert site.alarms() == []
    site.change(LEAST + LIMIT)
    assert site.changed == ["house"]
    site.send(3, humidity=90.0)
    assert site.alarms() == ["humidity_high"]
    site.change(LEAST)
    site.send(4, humidity=90.0)
    assert site.alarms() == []


def test_a_channel_that_is_written_into_the_file_is_taken_and_sums_go_on(site: Site) -> None:
    site.send(2, humidity=50.0, soil=40.0)
    assert site.state().troubles.keys() == {"soil"}
    site.change(LEAST + SOIL)
    site.send(3, humidity=50.0, soil=40.0)
    state = site.state()
    assert state.values == {"humidity": 50.0, "soil": 40.0}
    assert state.troubles == {}
    minute = site.rig.device("house").twin.open_minute()
    assert minute is not None
    assert minute.channels["humidity"].count == 3
    assert minute.channels["soil"].count == 1


def test_it_is_so_after_a_restart(site: Site) -> None:
    site.change(LEAST + SOIL)
    site.send(2, humidity=50.0, soil=40.0)
    again = site.rig.again().device("house")
    assert again.asset is assets.get("greenhouse")
    minute = again.twin.open_minute()
    assert minute is not None
    assert minute.channels["humidity"].count == 2


def test_a_mistake_in_the_file_is_told_and_changes_no_machine(site: Site) -> None:
    before = site.rig.device("house").asset
    site.change("[asset")
    assert site.rig.device("house").asset is before
    [sentence] = site.types.mistakes()
    assert "greenhouse.toml: it is not TOML" in sentence


def test_what_cannot_be_stored_is_tried_again(site: Site) -> None:
    twin = site.rig.device("house").twin
    site.disk = Unavailable("The disk is full.")
    site.change(LEAST + SOIL)
    assert site.rig.device("house").twin is twin
    site.disk = None
    asyncio.run(site.types.look())
    assert site.rig.device("house").asset is assets.get("greenhouse")
