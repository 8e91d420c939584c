"""A board with the real MicroPython while network, broker and gateway fail it one after another."""

import time
from collections.abc import Callable
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.end_to_end.audit import DeviceLog
from tests.end_to_end.board import BoardWorkshop
from tests.end_to_end.intervals import interval_error
from tests.end_to_end.proxy import Proxy
from tests.mosquitto import HOST, eventually

pytestmark = [pytest.mark.micropython, pytest.mark.broker]

RATE_HZ = 5.0
HOLE_S = 7.0
AWAY_S = 3.0  # longer than the board waits before it sends again
PROGRESS = 15  # readings acknowledged after each trouble


class Chaos:
    """What goes wrong; each ends with the world in order again."""

    def __init__(self, workshop: BoardWorkshop, proxy: Proxy) -> None:
        self._workshop = workshop
        self._proxy = proxy

    def the_network_resets(self) -> None:
        self._proxy.reset()

    def the_network_swallows(self) -> None:
        with self._proxy.black_hole():
            time.sleep(HOLE_S)
            eventually(lambda: self._proxy.swallowed_bytes > 0, "something is swallowed")

    def the_broker_dies(self) -> None:
        self._workshop.broker.kill()
        time.sleep(AWAY_S)
        self._workshop.broker.start()

    def the_gateway_dies(self) -> None:
        """With a reading stored that nobody acknowledged, which must come again."""
        self._workshop.orders.kill_at("after_commit")
        self._workshop.await_gateway_dead()
        time.sleep(AWAY_S)
        self._workshop.start_gateway()

    def another_takes_its_name(self) -> None:
        """The broker ends the session of a client when another connects with its id."""
        thief = paho.Client(CallbackAPIVersion.VERSION2, client_id=self._workshop.names[0])
        thief.connect(HOST, self._workshop.broker.port)
        thief.loop_start()
        eventually(thief.is_connected, "the thief is in")
        thief.disconnect()
        thief.loop_stop()

    @property
    def troubles(self) -> list[Callable[[], None]]:
        return [
            self.the_network_resets,
            self.the_network_swallows,
            self.the_broker_dies,
            self.the_gateway_dies,
            self.another_takes_its_name,
        ]


@pytest.mark.timeout(600)
def test_nothing_is_missing_and_nothing_is_there_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        BoardWorkshop(tmp_path, rate_hz=RATE_HZ) as workshop,
        Proxy(workshop.broker.port) as proxy,
    ):
        workshop.broker_port_for_board = proxy.port
        workshop.broker.start()
        workshop.start_gateway()
        workshop.start_devices()
        workshop.await_progress(PROGRESS)
        for trouble in Chaos(workshop, proxy).troubles:
            before = proxy.connections
            trouble()
            workshop.await_progress(PROGRESS)
            if trouble.__name__ != "the_gateway_dies":
                assert proxy.connections > before, f"{trouble.__name__}: it hit nothing"
        assert proxy.swallowed_bytes > 0, "the black hole hit nothing"

        [log] = workshop.logs()
        workshop.quiesce()
        [counts] = workshop.get("/delivery")
        found = workshop.violations()
        tell(log, duplicates=counts["duplicates"], connections=proxy.connections, capsys=capsys)
        assert found == []
        stored = workshop.evidence().of(workshop.names[0])
        assert sorted(seq for _, seq in stored.readings) == list(range(1, counts["stored"] + 1))
        assert all(len(rows) == 1 for rows in stored.readings.values())
        assert (counts["gaps"], counts["missing"]) == (0, 0)
        assert counts["duplicates"] > 0, "nothing came twice: the troubles hit nothing"
        assert "Traceback" not in workshop.log("board") + workshop.log("gateway")


def tell(
    log: DeviceLog, *, duplicates: int, connections: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """How even the board's 5 Hz was, by its own clock; told, not judged: a host is no ESP32."""
    readings = sorted(log.accepted.values(), key=lambda reading: int(reading["seq"]))
    error = interval_error([reading["time_ms"] for reading in readings], rate_hz=RATE_HZ)
    with capsys.disabled():
        print(  # noqa: T201 - a figure for the CI's log
            f"\n{RATE_HZ:g} Hz under MicroPython through chaos: {error}; "
            f"{connections} connections, {duplicates} readings sent again"
        )
    assert error.intervals >= len(readings) - 1 > 100
