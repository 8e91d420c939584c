"""A board, or a time of its readings, is removed for good, whatever ends the gateway meanwhile.

The real broker keeps nothing of a board that is removed, and lets it in no more.
"""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import apsw
import httpx
import pytest

from gateway.accounts.credentials import Credential
from tests.top_level.mqtt5 import until
from tests.top_level.test_audit import Site
from tests.top_level.test_credentials import SITE, admits, folder, topic

pytestmark = pytest.mark.broker

VALUES = {"temperature": 90.0, "rpm": 1187.0, "current": 1.08, "vibration": 0.82}
READINGS = 3_000


@pytest.fixture
def site() -> Iterator[Site]:
    with folder() as place:
        running = Site(Path(place))
        yield running
        running.stop()
        running.client.close()
        running.broker.stop()


def live(site: Site, name: str, *, readings: int = 100) -> Credential:
    """A board with a login of its own that was hot for some seconds, and has greeted."""
    password = site.broker.command("device", "add", name, "--quiet").stdout.strip()
    login = Credential(username=name, password=password)
    until(lambda: admits(site.broker, login), "the broker knows it")
    began_ms = time.time_ns() // 1_000_000 - readings * 100
    with site.broker.join(login) as board:
        birth = {"asset": "fan", "epoch": "9f2c41aa-1", "rate_hz": 10.0}
        board.publish(topic(name, "birth"), json.dumps(birth).encode(), retain=True)
        board.publish(topic(name, "status"), b"online", retain=True)
        for first in range(1, readings, 20):
            items = [
                {"epoch": "9f2c41aa-1", "seq": n, "time_ms": began_ms + n * 100, "values": VALUES}
                for n in range(first, first + 20)
            ]
            board.publish(topic(name, "telemetry"), json.dumps(items).encode())
    until(lambda: stored(site, name) == readings, "all of it is stored")
    want = {"by": "Sam", "desired": {"rate_hz": 5.0}}
    assert site.client.put(f"/devices/{name}/settings", json=want).status_code == 200
    until(
        lambda: {"birth", "status", "state", "alarm", "desired"} <= kept(site, name), "its topics"
    )
    return login


def stored(site: Site, name: str) -> int:
    counts = {each["device"]: each["stored"] for each in site.client.get("/delivery").json()}
    return int(counts.get(name, 0))


def kept(site: Site, name: str) -> set[str]:
    """The kinds of its topics that the broker keeps."""
    with site.broker.local() as reader:
        reader.subscribe(f"edgetwin/v1/{SITE}/{name}/#")
        reader.subscribe(topic("gateway", "alarm"))  # comes behind whatever is kept of the other
        until(
            lambda: any(heard == topic("gateway", "alarm") for heard, _ in reader.heard), "an end"
        )
        return {heard.rpartition("/")[2] for heard, _ in reader.heard if f"/{name}/" in heard}


def rows(site: Site) -> int:
    with apsw.Connection(str(site.broker.data_dir / "journal.db")) as journal:
        tables = ("reading", "minute", "alarm", "epoch", "twin")
        found = sum(journal.execute(f"SELECT count(*) FROM {name}").get for name in tables)
    return int(found)


def is_gone(site: Site, name: str) -> bool:
    return site.client.get(f"/devices/{name}").status_code == 404


@contextlib.contextmanager
def killed_when(site: Site, begun: Path) -> Iterator[None]:
    """The gateway is killed as soon as that file is there; who asks within may get no answer."""
    answered = threading.Event()

    def kill() -> None:
        while not (begun.exists() or answered.is_set()):  # it is there for some milliseconds only
            pass
        site.gateway.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    with contextlib.suppress(httpx.TransportError):
        yield
    answered.set()
    killer.join()
    site.gateway.wait()
    assert begun.exists(), "it was killed too late: it had come to its end"


def test_rest_asks_twice_and_then_nothing_is_left(site: Site) -> None:
    login = live(site, "press")
    told = site.client.get("/devices/press/removal").json()
    assert (told["lost"]["readings"], told["lost"]["open_alarms"]) == (100, 1)
    asked = site.client.delete("/devices/press")
    assert asked.status_code == 409
    assert "100 readings" in asked.json()["detail"]
    assert stored(site, "press") == 100

    with site.broker.join(login) as board:
        done = site.client.delete("/devices/press", params={"confirm": "press", "by": "Sam"})
        assert (done.status_code, done.json()["is_removed"]) == (200, True)
        until(board.lost.is_set, "its connection ends")
    assert not admits(site.broker, login)
    assert is_gone(site, "press")
    assert site.client.get("/alarms", params={"state": "all"}).json() == []
    until(lambda: not kept(site, "press"), "the broker keeps nothing")
    until(lambda: rows(site) == 0, "its rows are gone")
    assert site.await_entry(what="device_removed")["who"] == "Sam"
    assert site.client.get("/devices/press/removal").status_code == 404

    site.broker.restart()
    until(site._is_connected, "the gateway is back")
    until(lambda: not kept(site, "press"), "nor after a restart")

    new = live(site, "press")
    assert (stored(site, "press"), admits(site.broker, new)) == (100, True)


def test_a_gateway_that_is_killed_in_the_middle_goes_on_when_it_starts(site: Site) -> None:
    login = live(site, "press", readings=READINGS)
    begun = site.broker.data_dir / "removals" / "press.json"
    with killed_when(site, begun):
        site.client.delete("/devices/press", params={"confirm": "press", "by": "Sam"})
    site.start()
    until(lambda: is_gone(site, "press") and not begun.exists(), "it comes to its end")
    until(lambda: rows(site) == 0, "its rows are gone")
    until(lambda: not kept(site, "press"), "the broker keeps nothing")
    assert not admits(site.broker, login)


def test_the_command_line_does_the_same_with_a_gateway_and_without(site: Site) -> None:
    live(site, "press")
    live(site, "lathe")
    refused = site.broker.command("device", "remove", "press")
    assert (refused.returncode, "--yes" in refused.stderr) == (1, True)
    done = site.broker.command("device", "remove", "press", "--yes")
    assert done.stdout == "press: removed with all that was kept of it here\n"
    assert is_gone(site, "press")
    until(lambda: not kept(site, "press"), "the broker keeps nothing")

    site.stop()
    done = site.broker.command("device", "remove", "lathe", "--yes")
    assert done.returncode == 0, done.stderr
    assert rows(site) == 0
    site.start()
    until(lambda: not kept(site, "lathe"), "nor when the gateway is back")
    assert is_gone(site, "lathe")


# ---------------------------------------------------------------- a time of its readings


def times(site: Site) -> list[int]:
    shown = site.client.get("/devices/press/readings", params={"limit": 10_000}).json()
    return [each["time_ms"] for each in shown["readings"]]


def delete(site: Site, from_ms: int, to_ms: int, **said: str) -> httpx.Response:
    params = {"from": str(from_ms), "to": str(to_ms)} | said
    return site.client.delete("/devices/press/readings", params=params)


def counted(site: Site) -> int:
    """Of the sums, and of readings that are in none yet."""
    found = site.client.get("/devices/press/history", params={"from": "-1h"}).json()
    return sum(found["count"])


def test_a_time_is_deleted_by_rest_and_by_command_with_a_gateway_and_without(site: Site) -> None:
    live(site, "press", readings=1_400)
    every = times(site)
    assert delete(site, every[0], every[600]).status_code == 409
    done = delete(site, every[0], every[600], confirm="press", by="Sam", reason="a test")
    assert done.status_code == 200, done.text
    until(lambda: not list((site.broker.data_dir / "deletions").iterdir()), "it is done")
    assert times(site) == every[600:]
    until(lambda: counted(site) == 800, "sums are of what is left")
    entry = site.await_entry(what="readings_deleted")
    assert (entry["who"], entry["detail"].split(" of ")[0]) == (
        "Sam",
        "press: 600 readings and 0 events",
    )

    def command(first: int, behind: int, *more: str) -> str:
        ends = ("--from", str(every[first]), "--to", str(every[behind]))
        told = site.broker.command("device", "delete-readings", "press", *ends, *more)
        return (told.stdout + told.stderr).strip().splitlines()[-1]

    assert "would be lost for good: say so with --yes" in command(600, 700)
    assert command(600, 700, "--yes").startswith("press: 100 readings, 0 events and")
    assert times(site) == every[700:]
    assert "Nothing of press is kept from" in command(600, 700, "--yes")
    assert "The newest reading of press" in command(1390, 1399, "--yes", "--to", "now")
    site.gateway.terminate()
    site.gateway.wait()
    assert command(700, 800, "--yes").startswith("press: 100 readings, 0 events and")
    site.start()
    assert times(site) == every[800:]
    until(lambda: counted(site) == 600, "so are sums")


def test_a_gateway_that_is_killed_while_it_deletes_goes_on_when_it_starts(
    site: Site,
) -> None:
    live(site, "press", readings=READINGS)
    every = times(site)
    begun = site.broker.data_dir / "deletions" / "press.json"
    with killed_when(site, begun):
        delete(site, every[100], every[-100], confirm="press", by="Sam")
    site.start()
    until(lambda: not begun.exists(), "it comes to its end")
    assert times(site) == every[:100] + every[-100:]
    until(lambda: counted(site) == 200, "sums are of what is left")
    entries = site.client.get("/audit", params={"what": "readings_deleted"}).json()
    assert len(entries) == 1
