"""Bands and limits of a machine's own count from their date on, after a restart as before."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from contract.errors import NotFound, Refused
from gateway.registry.desired import DesiredTopics
from gateway.registry.registrar import Registrar
from gateway.registry.tariffs import Tariffs
from tests.gateway.rig import NOW_MS, SITE, VALUES, Rig, reading, telemetry

COOL = {"side": "high", "at": 45, "hysteresis": 2, "delay_s": 1, "severity": "Critical"}
NORMAL = [20, 40]


class Site:
    """A gateway that people speak to, with a fan of 41.2 °C a second."""

    def __init__(self, rig: Rig, data_dir: Path) -> None:
        self.data_dir, self.rig, self.seq = data_dir, rig, 0
        rig.follows_limits = True
        self.open()

    def open(self) -> None:
        rig = self.rig
        self.registrar = Registrar(
            register=rig.register,
            tariffs=Tariffs(
                rig.register.params,
                currency="EUR",
                now_ms=lambda: rig.now_ms,
                own=rig.register.own_limits,
            ),
            fleet=rig.fleet,
            write=rig.pipeline.write,
            retype=rig.admission.registry.follow_decision,
            describe=rig.admission.registry.follow_description,
            desired=DesiredTopics(register=rig.register, publish=rig.broker.publish, site=SITE),
            changed=lambda _: None,
            data_dir=self.data_dir,
            now_ms=lambda: rig.now_ms,
        )

    def again(self) -> None:
        self.rig.again()
        self.open()

    def say(self, said: Any, *, channel: str = "temperature", from_ms: int | None = None) -> None:
        when = self.rig.now_ms if from_ms is None else from_ms
        put = self.registrar.put_limits("fan-01", {channel: said}, by="Sam", valid_from_ms=when)
        asyncio.run(put)

    def send(self, count: int, **values: float) -> None:
        for _ in range(count):
            self.seq += 1
            self.rig.now_ms += 1000
            said = reading(self.seq, time_ms=self.rig.now_ms, values=VALUES | values)
            self.rig.take(telemetry("fan-01", said))

    def alarms(self) -> list[str]:
        return sorted(self.rig.device().alarms)

    def health(self) -> float:
        kpis = (
            self.rig.device()
            .twin.state(now_ms=self.rig.now_ms, status="online", sequenced=True)
            .kpis
        )
        assert kpis["health_percent"].value is not None
        return kpis["health_percent"].value


@pytest.fixture
def site(rig: Rig, tmp_path: Path) -> Site:
    made = Site(rig, tmp_path)
    made.send(2)
    return made


def test_a_limit_of_its_own_counts_from_the_next_reading_and_is_taken_back(site: Site) -> None:
    site.send(3, temperature=50.0)
    assert site.alarms() == []
    site.say({"normal": NORMAL, "limits": [COOL]})
    site.send(3, temperature=50.0)
    assert site.alarms() == ["temperature_high"]
    [alarm] = site.rig.device().alarms.values()
    assert alarm.severity == "Critical"
    assert "50.0 °C is above 45 °C: reduce the load" in alarm.text  # the type's advice
    site.send(3, temperature=50.0)
    assert site.health() < 31.0
    site.say(None)
    site.send(2, temperature=50.0)
    assert site.rig.device().twin.channels is site.rig.device().asset.channels
    site.rig.pass_s(2)
    site.send(6, temperature=44.0)
    assert site.alarms() == []


def test_it_stands_after_a_restart_with_its_alarm(site: Site) -> None:
    site.say({"normal": NORMAL, "limits": [COOL]})
    site.send(3, temperature=50.0)
    id_ = site.rig.device().catalogue_id
    assert id_ is not None
    for checkpoint in (False, True):
        if checkpoint:
            site.rig.checkpoint()
        site.again()
        assert site.alarms() == ["temperature_high"]
        assert site.rig.device().catalogue_id == id_
        assert site.rig.device().twin.channels[0].normal == (20.0, 40.0)
    site.send(3, temperature=43.5)
    assert site.alarms() == ["temperature_high"]  # not back by its hysteresis
    site.send(3, temperature=42.0)
    assert site.alarms() == []


def test_a_date_to_come_counts_when_it_comes_and_readings_of_before_by_what_was(site: Site) -> None:
    from_ms = site.rig.now_ms + 10_000
    site.say({"limits": [COOL], "normal": NORMAL}, from_ms=from_ms)
    site.send(8, temperature=50.0)
    assert site.alarms() == []
    assert site.rig.device().catalogue_id is None
    site.again()  # the readings are folded again, by the limits of then
    assert site.alarms() == []
    site.send(4, temperature=50.0)
    asyncio.run(site.registrar.look())
    assert site.alarms() == ["temperature_high"]
    assert site.rig.device().catalogue_id is not None


def test_no_limit_at_all_raises_nothing(site: Site) -> None:
    site.say({"limits": []})
    site.send(9, temperature=90.0)
    assert site.alarms() == []


def test_a_channel_without_a_limit_of_its_type_gets_one(site: Site) -> None:
    limit = {"side": "low", "at": 900, "severity": "Low", "advice": "Look at the belt"}
    site.say({"limits": [limit], "normal": [1000, 1500]}, channel="rpm")
    site.send(3, rpm=800.0)
    assert "rpm_low" in site.alarms()


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"normal": [20, 400]}, "temperature: normal (20 to 400) must begin below its end"),
        ({"normal": [50, 20]}, "temperature: normal (50 to 20) must begin below its end"),
        ({"normal": [20, 69]}, "less its hysteresis, lies below 69, which is normal"),
        ({"limits": [COOL]}, "less its hysteresis, lies below 55, which is normal"),
        ({"limits": [COOL | {"at": 900}]}, "must lie within low and high"),
        ({"limits": [COOL | {"hysteresis": -1}]}, "a hysteresis and a delay of 0 or more"),
        ({"limits": [COOL | {"at": 60}, COOL | {"at": 65}]}, "a side has one limit"),
        ({"limits": [COOL | {"severity": "Bad"}]}, "severity"),
        ({"limits": "none"}, "limits must be a list"),
        ({"unit": "K"}, "no 'unit'"),
        ("hot", "takes"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_changes_nothing(
    site: Site, said: Any, wrong: str
) -> None:
    with pytest.raises(Refused) as found:
        site.say(said)
    assert wrong in str(found.value)
    assert site.rig.rows("SELECT count(*) FROM registry") == [(0,)]


def test_whom_nobody_knows_and_what_it_has_not(site: Site) -> None:
    with pytest.raises(Refused, match="no channel 'noise'; it has temperature"):
        site.say(None, channel="noise")
    with pytest.raises(NotFound):
        asyncio.run(site.registrar.put_limits("fan-9", {}, by="Sam", valid_from_ms=NOW_MS))
    site.rig.take(telemetry("plain", reading(1, values={"humidity": 41.2})))
    with pytest.raises(Refused, match="plain is of no type"):
        asyncio.run(
            site.registrar.put_limits("plain", {"humidity": None}, by="Sam", valid_from_ms=NOW_MS)
        )
