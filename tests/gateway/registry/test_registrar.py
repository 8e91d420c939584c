"""What people set is stored first, holds at once, and outlives a restart; boards are told of it."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.assets import get as get_asset
from contract.assets.words import Asset
from contract.errors import Conflict, NotFound, Refused, StorageFull, Unavailable
from gateway.journal import Journal, JournalReader
from gateway.mqtt.broker import Outbound
from gateway.registry import decisions
from gateway.registry.decisions import Decision
from gateway.registry.desired import DesiredTopics
from gateway.registry.params import SITE, NewVersion, ParamBook
from gateway.registry.register import Entry, Register
from gateway.registry.registrar import Registrar
from gateway.registry.tariffs import VARIABLES, Tariffs, site_params
from gateway.twin.checker import Checker
from gateway.twin.device_settings import DeviceSettings
from gateway.twin.fleet import Device, Fleet
from gateway.twin.kpi import Factors
from gateway.twin.twin import Twin
from tests.gateway.api.workshop import OwnSettings, Written

NOW_MS = 1_763_640_000_000
FAN = get_asset("fan")
NO_FACTORS = Factors(co2_kg_per_kwh=0.0, price_per_kwh=0.0, currency="GBP")


class Office:
    """A registrar over a real journal; ``again`` is a restart, with other settings perhaps."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.now_ms = NOW_MS
        self.told: list[tuple[str, object]] = []  # (device, what is desired of it)
        self.has_broker = True
        self.disk: Exception | None = None
        self.retyped: list[str] = []
        self.changed: list[str] = []
        self._open(price_per_kwh=0.3)

    def _open(self, **settings: Any) -> None:
        made = OwnSettings(data_dir=self.directory, **settings)
        self.journal = Journal(self.directory / "journal.db")
        self.fleet = Fleet()
        for id_, name in enumerate(("fan-01", "fan-02"), start=1):
            twin = Twin(device=name, asset=FAN, factors=NO_FACTORS)
            device = Device(id_=id_, name=name, asset=FAN, checker=Checker(FAN), twin=twin)
            self.fleet.add(device)
        register = Register(ParamBook(site_params(made)))
        reader = JournalReader(self.directory / "journal.db")
        for change in reader.changes():
            register.take(change)
        reader.close()
        self.registrar = Registrar(
            register=register,
            tariffs=Tariffs(register.params, currency="GBP", now_ms=lambda: self.now_ms),
            fleet=self.fleet,
            write=self._write,
            retype=self._retype,
            describe=lambda *_: lambda: None,
            desired=DesiredTopics(register=register, publish=self._publish, site="workshop"),
            changed=lambda devices: self.changed.extend(device.name for device in devices),
            data_dir=self.directory,
            now_ms=lambda: self.now_ms,
        )

    def again(self, **settings: Any) -> None:
        self.journal.close()
        self._open(**({"price_per_kwh": 0.3} | settings))

    async def _write(self, work: Callable[[Journal], None]) -> None:
        with Written(self.journal):
            work(self.journal)
            if self.disk is not None:
                raise self.disk

    def _retype(self, device: Device, asset: Asset) -> Callable[[], None]:
        before, device.asset = device.asset, asset
        self.retyped.append(device.name)

        def undo() -> None:
            device.asset = before

        return undo

    async def _publish(self, message: Outbound) -> None:
        if not self.has_broker:
            raise Unavailable("No broker answers.")
        assert message.retain
        _, _, _, device, kind = message.topic.split("/")
        assert kind == "desired"
        self.told.append((device, json.loads(message.payload)))

    def amend(
        self, device: str, by: str = "Sam", revision: int | None = None, **patch: object
    ) -> Entry:
        return asyncio.run(self.registrar.amend(device, patch, by=by, revision=revision))

    def want(self, device: str, **desired: object) -> None:
        asyncio.run(self.registrar.want(device, desired, by="Sam"))

    def look(self) -> None:
        asyncio.run(self.registrar.look())

    def price(self, value: float | None, *, device: str = SITE, from_ms: int = NOW_MS) -> None:
        version = NewVersion(value=value, valid_from_ms=from_ms)
        asyncio.run(self.registrar.put_params(device, {"price_per_kwh": version}, by="Sam"))

    def price_at(self, time_ms: int, device: str = "fan-01") -> float:
        return self.registrar.tariffs.at(device, time_ms).price_per_kwh

    def settings(self, device: str = "fan-01") -> DeviceSettings:
        return self.fleet.get(device).settings


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.journal.close()


# ---------------------------------------------------------------- fields


def test_what_was_said_of_a_machine_is_there_after_a_restart(office: Office) -> None:
    office.amend("fan-01", name="Extract fan", tags=["night"])
    before = office.amend("fan-01", by="Alex", place="hall 2")
    office.again()
    after = office.registrar.entry("fan-01")
    assert after == before
    assert (after.fields.name, after.fields.place) == ("Extract fan", "hall 2")
    assert (after.changed_by, after.changed_ms) == ("Alex", NOW_MS)


def test_an_older_revision_than_the_one_that_holds_changes_nothing(office: Office) -> None:
    seen = office.amend("fan-01", place="hall 1").revision
    office.amend("fan-01", by="Alex", place="hall 2")
    with pytest.raises(Conflict, match="Alex has changed the registry of fan-01 since"):
        office.amend("fan-01", revision=seen, place="hall 3")
    assert office.registrar.entry("fan-01").fields.place == "hall 2"


def test_what_changes_nothing_is_no_change(office: Office) -> None:
    first = office.amend("fan-01", place="hall 1")
    assert office.amend("fan-01", by="Alex", place="hall 1") == first


def test_of_a_machine_nobody_knows_nothing_can_be_said(office: Office) -> None:
    with pytest.raises(NotFound):
        office.amend("fan-99", place="hall 1")


def test_what_cannot_be_stored_does_not_hold(office: Office) -> None:
    office.disk = StorageFull("The disk is full.")
    for attempt in (
        lambda: office.amend("fan-01", place="hall 1"),
        lambda: office.want("fan-01", rate_hz=2.0),
        lambda: office.price(9.0),
    ):
        with pytest.raises(StorageFull):
            attempt()
    assert office.registrar.entry("fan-01").fields.place == ""
    assert office.settings().wanted == {}
    assert office.price_at(NOW_MS) == 0.3


# ---------------------------------------------------------------- types


def test_a_decision_for_the_type_it_has_changes_nothing(office: Office) -> None:
    office.amend("fan-01", asset="fan")
    assert office.retyped == []
    assert office.registrar.type_of("fan-01")["asset_from"] == "registry"


def test_the_type_of_an_imported_machine_is_that_of_its_import(office: Office) -> None:
    assert office.registrar.type_of("fan-01")["asset_from"] == "channels"
    office.fleet.get("fan-01").has_past = True
    assert office.registrar.type_of("fan-01")["asset_from"] == "import"


def test_a_word_left_at_the_command_line_holds_at_once_and_is_entered(office: Office) -> None:
    decision = Decision(asset="fan", by="sam", time_ms=NOW_MS)
    decisions.leave(office.directory, "fan-77", decision)
    assert decisions.left(office.directory, "fan-77") == decision
    office.look()
    assert decisions.left(office.directory, "fan-77") is None
    office.again()
    assert office.registrar.register.decided("fan-77") is FAN
    assert office.registrar.entry("fan-77").changed_by == "sam"


def test_a_word_that_cannot_be_stored_waits(office: Office) -> None:
    decisions.leave(office.directory, "fan-77", Decision(asset="fan", by="sam", time_ms=1))
    office.disk = StorageFull("The disk is full.")
    office.look()
    assert decisions.left(office.directory, "fan-77") is not None
    office.disk = None
    office.look()
    assert office.registrar.register.decided("fan-77") is FAN


def test_a_word_nobody_can_read_is_set_aside(office: Office) -> None:
    folder = office.directory / decisions.FOLDER
    folder.mkdir()
    (folder / "fan-77.json").write_bytes(b"{")
    office.look()
    assert [path.name for path in folder.iterdir()] == ["fan-77.unread"]


# ---------------------------------------------------------------- settings


def test_a_setting_is_stored_told_and_there_after_a_restart(office: Office) -> None:
    office.want("fan-01", rate_hz=2.0)
    office.look()
    assert office.told == [("fan-01", {"rate_hz": 2.0})]
    office.again()
    assert office.settings().desired() == {"rate_hz": 2.0}
    office.look()
    assert office.told[1:] == office.told[:1]  # the broker may have lost it meanwhile


def test_what_no_broker_takes_is_told_to_the_next_one(office: Office) -> None:
    office.has_broker = False
    office.want("fan-01", rate_hz=2.0)
    office.look()
    office.has_broker = True
    office.look()
    assert office.told == [("fan-01", {"rate_hz": 2.0})]


def test_what_is_not_named_is_taken_back(office: Office) -> None:
    office.want("fan-01", rate_hz=2.0, set_point=900)
    office.want("fan-01", set_point=900)
    office.look()
    assert office.told == [("fan-01", {"set_point": 900.0})]
    office.want("fan-01")
    office.look()
    assert office.told[-1] == ("fan-01", {})
    office.again()
    assert office.settings().desired() == {}


@pytest.mark.parametrize(
    ("desired", "words"),
    [
        ({"colour": "red"}, "no setting 'colour'; there are rate_hz, set_point"),
        ({"rate_hz": 101}, "1/3600"),
        ({"rate_hz": True}, "rate_hz must be a number"),
        ({"rate_hz": "5"}, "rate_hz must be a number"),
        ({"set_point": float("inf")}, "set_point must be a number"),
        ({"set_point": float("nan")}, "set_point must be a number"),
    ],
)
def test_a_setting_no_board_takes_is_refused(
    office: Office, desired: dict[str, object], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        office.want("fan-01", **desired)
    assert office.settings().desired() == {}


def test_a_command_that_was_carried_out_changes_the_setting(office: Office) -> None:
    office.want("fan-01", set_point=900)
    done = office.registrar.carried_out("fan-01", "set_rate", {"rate_hz": 1.0}, by="api")
    asyncio.run(done)
    office.look()
    assert office.told == [("fan-01", {"set_point": 900.0, "rate_hz": 1.0})]
    assert office.settings().wanted["rate_hz"].by == "api"
    assert office.settings().wanted["set_point"].by == "Sam"


def test_a_command_that_is_no_setting_changes_none(office: Office) -> None:
    asyncio.run(office.registrar.carried_out("fan-01", "identify", {}, by="api"))
    assert office.settings().desired() == {}


# ---------------------------------------------------------------- parameters


def test_a_new_tariff_changes_no_past_bill(office: Office) -> None:
    office.look()
    office.price(0.5)
    office.again()
    assert office.price_at(NOW_MS - 1) == 0.3
    assert office.price_at(NOW_MS) == 0.5


def test_another_price_in_env_counts_from_the_start_that_finds_it(office: Office) -> None:
    office.look()
    office.now_ms += 1000
    office.again(price_per_kwh=0.4)
    office.look()
    assert office.price_at(office.now_ms - 1) == 0.3
    assert office.price_at(office.now_ms) == 0.4
    found = office.registrar.register.params.timeline(SITE, "price_per_kwh").versions
    assert {version.changed_by for version in found} == {VARIABLES["price_per_kwh"]}
    office.again(price_per_kwh=0.4)
    office.look()
    assert len(office.registrar.register.params.timeline(SITE, "price_per_kwh").versions) == 2


def test_a_price_set_by_a_person_outlives_a_restart_on_the_same_env(office: Office) -> None:
    office.look()
    office.price(0.5, from_ms=0)
    office.again()
    office.look()
    assert office.price_at(NOW_MS) == 0.5


def test_the_price_in_env_counts_before_it_is_stored(office: Office) -> None:
    assert office.price_at(0) == 0.3


def test_a_device_s_own_price_counts_for_it_alone(office: Office) -> None:
    office.price(0.1, device="fan-01")
    assert office.price_at(NOW_MS, "fan-01") == 0.1
    assert office.price_at(NOW_MS, "fan-02") == 0.3
    office.price(None, device="fan-01")
    assert office.price_at(NOW_MS, "fan-01") == 0.3


def test_twins_follow_a_price_when_its_time_comes(office: Office) -> None:
    office.look()
    office.price(0.5, from_ms=NOW_MS + 5_000)
    assert office.fleet.get("fan-01").twin.factors.price_per_kwh == 0.3
    office.now_ms += 5_000
    office.changed.clear()
    office.look()
    assert office.fleet.get("fan-01").twin.factors.price_per_kwh == 0.5
    assert office.changed == ["fan-01", "fan-02"]


def test_a_parameter_there_is_not_is_refused(office: Office) -> None:
    version = NewVersion(value=1.0, valid_from_ms=0)
    with pytest.raises(Refused, match=r"no parameter .pride. here; there are .*price_per_kwh, co2"):
        asyncio.run(office.registrar.put_params("fan-01", {"pride": version}, by="Sam"))
