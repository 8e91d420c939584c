"""A full disk: nothing is acknowledged, it is said aloud, and it heals by itself."""

from pathlib import Path

import pytest

from tests.end_to_end.brim import small_disk
from tests.end_to_end.points import Orders
from tests.end_to_end.workshop import Workshop
from tests.mosquitto import eventually

pytestmark = pytest.mark.broker


@pytest.mark.parametrize("mount", [True, False], ids=["file system", "journal"])
def test_nothing_is_acknowledged_until_there_is_room_again(*, mount: bool, tmp_path: Path) -> None:
    orders = Orders(tmp_path / "orders")
    with (
        small_disk(tmp_path / "disk", orders, mount=mount) as disk,
        Workshop(tmp_path, devices=2, rate_hz=20.0, data_dir=disk.directory) as workshop,
    ):
        workshop.broker.start()
        workshop.start_gateway()
        workshop.start_devices()
        workshop.await_progress(40)
        pid = workshop._gateway and workshop._gateway.pid

        disk.fill()
        eventually(lambda: journal_status(workshop) == "down", "/health says it")
        workshop.await_accepted(100)  # what was committed before is acknowledged still
        before = workshop.acknowledged()
        workshop.await_accepted(120)
        assert workshop.acknowledged() == before
        eventually(lambda: open_alarms(workshop) == ["journal_not_writable"], "an alarm says it")
        told = workshop.retained("gateway", "alarm")
        assert told["event"]["severity"] == "Critical"
        assert "full" in told["event"]["text"]

        disk.free()
        eventually(lambda: journal_status(workshop) == "ok", "it writes again")
        workshop.await_progress(40)
        # Where there was ballast, the alarm stays until it is back.
        eventually(lambda: open_alarms(workshop) == [], "the alarm is over")
        told = workshop.retained("gateway", "alarm")
        assert told["event"]["cleared_ms"] >= told["event"]["raised_ms"]
        workshop.quiesce()
        assert workshop.violations() == []
        assert workshop._gateway is not None
        assert workshop._gateway.pid == pid
        assert workshop.gateway_lives
        assert workshop.stop_gateway() == 0
        assert "Traceback" not in workshop.log("gateway")


def open_alarms(workshop: Workshop) -> list[str]:
    """The gateway's own."""
    told = workshop.retained("gateway", "alarm") or {"open": []}
    return [alarm["name"] for alarm in told["open"]]


def journal_status(workshop: Workshop) -> str:
    health = workshop.health()
    return str(health["dependencies"]["journal"]["status"]) if health else "no answer"


def test_a_gateway_stopped_on_a_full_disk_leaves_and_comes_back(tmp_path: Path) -> None:
    orders = Orders(tmp_path / "orders")
    with (
        small_disk(tmp_path / "disk", orders, mount=True) as disk,
        Workshop(tmp_path, devices=2, rate_hz=20.0, data_dir=disk.directory) as workshop,
    ):
        workshop.broker.start()
        workshop.start_gateway()
        workshop.start_devices()
        workshop.await_progress(40)
        disk.fill()
        eventually(lambda: journal_status(workshop) == "down", "/health says it")
        assert workshop.stop_gateway() == 0
        disk.free()
        workshop.start_gateway()
        workshop.quiesce()
        assert workshop.violations() == []
