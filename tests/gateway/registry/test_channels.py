"""What people say of a machine of no type counts at once; a type is made of it."""

import asyncio
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract import assets
from contract.errors import Conflict, NotFound, Refused, Unavailable
from contract.type_files.folder import TypeFolder
from gateway.journal import Journal
from gateway.registry.desired import DesiredTopics
from gateway.registry.own_types import OwnTypes, Work
from gateway.registry.registrar import Registrar
from gateway.registry.tariffs import Tariffs
from tests.gateway.rig import SITE, Rig, reading, telemetry
from tests.own_types import put_back

NAME = "house"
WET = {"side": "high", "at": 80, "hysteresis": 5, "severity": "High", "advice": "Open the roof"}


class Site:
    """A gateway that people speak to."""

    def __init__(self, rig: Rig, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.disk: Exception | None = None
        self._open(rig)

    def _open(self, rig: Rig) -> None:
        self.rig, registry = rig, rig.admission.registry
        tariffs = Tariffs(rig.register.params, currency="EUR", now_ms=lambda: rig.now_ms)
        self.registrar = Registrar(
            register=rig.register,
            tariffs=tariffs,
            fleet=rig.fleet,
            write=self._write,
            retype=registry.follow_decision,
            describe=registry.follow_description,
            desired=DesiredTopics(register=rig.register, publish=rig.broker.publish, site=SITE),
            changed=lambda _: None,
            data_dir=self.data_dir,
            now_ms=lambda: rig.now_ms,
        )
        self.types = OwnTypes(
            folder=TypeFolder(self.data_dir),
            fleet=rig.fleet,
            write=self._write,
            retype=registry.follow_decision,
            changed=lambda _: None,
            decided=rig.register.decided,
        )

    async def _write(self, work: Work) -> None:
        def failing(journal: Journal) -> None:
            work(journal)
            if self.disk is not None:
                raise self.disk

        await self.rig.pipeline.write(failing)

    def again(self) -> None:
        self._open(self.rig.again())

    def say(self, **channels: Any) -> None:
        asyncio.run(self.registrar.amend(NAME, {"channels": channels}, by="Sam"))

    def make(self, name: str = "greenhouse", title: str = "Greenhouse") -> None:
        self.types.make(NAME, name, title)
        asyncio.run(self.registrar.amend(NAME, {"asset": name}, by="Sam"))

    def send(self, seq: int, **values: Any) -> None:
        self.rig.take(telemetry(NAME, reading(seq, values=values)))

    def channel(self, name: str = "humidity") -> dict[str, Any]:
        return dataclasses.asdict(self.rig.device(NAME).asset.by_name[name])

    def alarms(self) -> list[str]:
        return [alarm.text for alarm in self.rig.device(NAME).alarms.values()]


@pytest.fixture
def site(rig: Rig, tmp_path: Path) -> Iterator[Site]:
    with put_back():
        made = Site(rig, tmp_path)
        made.send(1, humidity=41.2, co2=812, mode="auto")
        yield made


def test_a_limit_counts_from_the_next_reading_on(site: Site) -> None:
    site.send(2, humidity=85.0)
    assert site.alarms() == []
    site.say(humidity={"title": "Humidity of the air", "unit": "%", "limits": [WET]})
    site.send(3, humidity=85.0)
    assert site.alarms() == ["Humidity of the air 85.0 % is above 80 %: open the roof."]
    site.send(4, humidity=60.0)
    assert site.alarms() == []


def test_what_was_said_is_there_after_a_restart_and_who_said_it(site: Site) -> None:
    site.say(humidity={"unit": "%", "decimals": 2, "normal": [30, 60], "limits": [WET]})
    before, id_ = site.channel(), site.rig.device(NAME).catalogue_id
    site.again()
    assert site.channel() == before
    assert site.rig.device(NAME).catalogue_id == id_
    rows = site.rig.rows("SELECT name, changed_by FROM registry WHERE kind = 'channel'")
    assert rows == [("humidity", "Sam")]


def test_it_is_a_merge_patch(site: Site) -> None:
    site.say(humidity={"unit": "%", "normal": [30, 60]}, co2={"unit": "ppm"})
    site.say(humidity={"normal": None, "title": "Wet"})
    assert (site.channel()["unit"], site.channel()["title"]) == ("%", "Wet")
    assert site.channel("co2")["unit"] == "ppm"
    site.say(humidity=None)
    assert (site.channel()["unit"], site.channel()["title"]) == ("", "Humidity")


def test_what_somebody_says_is_impossible_is_set_aside(site: Site) -> None:
    site.say(humidity={"low": 0, "high": 100})
    site.send(2, humidity=101.0, co2=800)
    twin = site.rig.device(NAME).twin
    troubles = twin.state(now_ms=site.rig.now_ms, status="online", sequenced=True).troubles
    assert troubles["humidity"].reason == "out_of_range"


@pytest.mark.parametrize(
    ("channels", "words"),
    [
        (
            {"soil": {"unit": "%"}},
            "It has sent no channel 'soil'; it has sent humidity, co2, mode.",
        ),
        ({"humidity": {"colour": 1}}, "humidity: 'colour' is no word here"),
        (
            {"humidity": {"decimals": "x"}},
            "humidity: decimals is a text; it must be a whole number",
        ),
        ({"humidity": 3}, "humidity must be an object"),
        ({"humidity": {"normal": [60, 30]}}, "normal (60 to 30) must begin below its end"),
        ({"humidity": {"low": 5, "high": 5}}, "low (5) must be less than high (5)"),
        ({"humidity": {"limits": [WET, WET]}}, "a side has one limit"),
        ({"humidity": {"limits": [WET | {"hysteresis": -1}]}}, "a delay of 0 or more"),
        ({"humidity": {"limits": [WET | {"at": float("nan")}]}}, "must lie within low and high"),
        ({"humidity": {"limits": [{"side": "high"}]}}, "it lacks at"),
        ({"humidity": {"limits": [WET], "normal": [30, 78]}}, "lies below 78, which is normal"),
        ({"humidity": {"title": "a\nb"}}, "plain text"),
        ({"mode": {"unit": "%"}}, "it is a text"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_of_it_holds(
    site: Site, channels: dict[str, Any], words: str
) -> None:
    before = site.rig.device(NAME).catalogue_id
    with pytest.raises(Refused) as refused:
        site.say(co2={"unit": "ppm"}, **channels)
    assert words in str(refused.value)
    assert site.rig.device(NAME).catalogue_id == before


def test_of_a_typed_device_no_channel_is_described(site: Site) -> None:
    asyncio.run(site.registrar.amend(NAME, {"asset": "fan"}, by="Sam"))
    with pytest.raises(Refused, match="house is a fan"):
        site.say(humidity={"unit": "%"})


def test_what_cannot_be_stored_does_not_hold(site: Site) -> None:
    device = site.rig.device(NAME)
    before, twin = device.description, device.twin
    site.disk = Unavailable("The disk is full.")
    with pytest.raises(Unavailable):
        site.say(humidity={"unit": "%"}, co2={"unit": "ppm"})
    assert device.description is before
    assert device.twin is twin
    site.disk = None
    site.say(humidity={"unit": "%"})
    assert site.channel()["unit"] == "%"


def test_a_type_is_made_of_it_and_its_history_stays(site: Site) -> None:
    site.say(humidity={"unit": "%", "limits": [WET]})
    site.send(2, humidity=85.0, co2=800, mode="auto")
    raised = site.rig.device(NAME).alarms
    site.make()
    device = site.rig.device(NAME)
    assert device.asset is assets.get("greenhouse")
    assert device.catalogue_id is None
    assert device.alarms == raised
    assert [label.name for label in device.asset.labels] == ["mode"]
    site.send(3, humidity=85.0, co2=800, mode="manual")
    assert site.rig.reasons() == []
    minute = site.rig.device(NAME).twin.open_minute()
    assert minute is not None
    assert minute.channels["humidity"].count == 3
    site.again()
    assert site.rig.device(NAME).asset is assets.get("greenhouse")
    assert site.types.mistakes() == []


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("fan", Conflict, "There is a type 'fan' already"),
        ("generic", Refused, "cannot be the name of a type of your own"),
        ("../x", Refused, "cannot be the name of a type of your own"),
    ],
)
def test_a_name_that_is_taken_or_is_none_makes_no_type(
    site: Site, name: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        site.make(name)
    assert site.rig.device(NAME).asset.name == "generic"


def test_no_file_is_written_over_and_a_typed_device_makes_none(site: Site) -> None:
    path = site.types.folder.path_of("greenhouse")
    path.parent.mkdir()
    path.write_text("mine")
    with pytest.raises(Conflict, match=r"There is a file greenhouse\.toml already"):
        site.make()
    assert path.read_text() == "mine"
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    site.make("glasshouse")
    with pytest.raises(Conflict, match="it is a glasshouse"):
        site.make("other")
    with pytest.raises(NotFound):
        site.types.make("nobody", "other", "Other")


def test_one_click_makes_a_type_of_whatever_was_sent(site: Site) -> None:
    site.send(2, tiny=0.001, huge=3e12, below=-273.0, zero=0, same=0.0)
    site.make()
    made = assets.get("greenhouse")
    assert {channel.name for channel in made.required} == {"tiny", "huge", "below", "zero", "same"}


def test_a_machine_whose_type_cannot_be_read_is_of_none_until_that_is_repaired(site: Site) -> None:
    site.make()
    path = site.types.folder.path_of("greenhouse")
    good = path.read_text()
    path.write_text("[asset")
    assets.CATALOGUE.pop("greenhouse")  # as in a process that starts anew
    site.again()
    asyncio.run(site.types.look())
    site.send(2, humidity=50.0)
    assert site.rig.device(NAME).asset.name == "generic"
    assert len(site.types.mistakes()) == 1
    path.write_text(good)
    asyncio.run(site.types.look())
    assert site.rig.device(NAME).asset is assets.get("greenhouse")
    minute = site.rig.device(NAME).twin.open_minute()
    assert minute is not None
    assert minute.channels["humidity"].count == 2
