"""A bucket of the real InfluxDB in the journal: as a file of the same, whoever wrote it."""

import json
import os
import signal
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contract.errors import Misconfigured, Refused, Unavailable
from firmware.models.fan import Machine
from gateway.importing.influxdb import download, pages
from gateway.sinks.influxdb.access import Access
from scripts.settings import ROOT
from tests import certificates
from tests.gateway.importing.passing import before
from tests.gateway.importing.recordings import imported, rows
from tests.gateway.sinks.keeper import HOUR_MS, Keeper, deliver, end, now_ms
from tests.influx.running import Influxd

pytestmark = pytest.mark.influxdb

STORED = (
    "SELECT d.name, r.time_ms, r.body FROM reading r JOIN device d ON d.id = r.device"
    " WHERE r.event IS NULL ORDER BY 1, 2, r.id"
)
OURS = ("--measurement", "reading", "--device-tag", "device", "--asset", "fan")
LONG_AGO_NS = 1_763_632_800_000_000_000  # 2025-11-20T10:00:00Z


def readings(data_dir: Path) -> list[tuple[str, int, dict[str, Any]]]:
    """(machine, time, values) of all, whatever order the values came in."""
    return [(name, ms, json.loads(body)) for name, ms, body in rows(data_dir, STORED)]


def address(access: Access, port: int | None = None, scheme: str = "influxdb") -> str:
    where = access.url.partition("://")[2] if port is None else f"localhost:{port}"
    return f"{scheme}://{where}/{access.org}/{access.bucket}"


@pytest.fixture
def token(access: Access, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("INFLUX_TOKEN", access.token)
    return access.token


def emulated(keeper: Keeper, count: int) -> None:
    """Two fans of an hour each, of which one began anew in between; and what else we write."""
    begin_ms = now_ms() - 3 * HOUR_MS
    keeper.add_event(time_ms=begin_ms, seq=999, event="note", values={"temperature": 1.0})
    for at, device in enumerate(("fan-01", "fan-02")):
        machine = Machine(at)
        for n in range(count):
            time_ms = begin_ms + n * 200 + n // 100 * 60_000
            epoch = "9f2c41aa-7" if n < count // 2 else "9f2c41aa-8"
            keeper.add(
                device=device,
                times_ms=[time_ms],
                first_seq=n % (count // 2) + 1,
                epoch=epoch,
                values=machine.step(0.2),
            )


def test_what_this_wrote_comes_back_as_it_was(  # noqa: PLR0917 - fixtures
    access: Access,
    keeper: Keeper,
    token: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(pages, "TARGET", 200)
    monkeypatch.setattr(download, "MOST", 800)
    emulated(keeper, 300)
    end(deliver(keeper, access))
    wanted = readings(keeper.data_dir)
    assert len(wanted) == 600
    there = tmp_path / "there"

    imported(there, address(access), *OURS, "--dry-run")
    said = capsys.readouterr().out
    assert "300 rows from" in said
    assert "not taken" not in said
    assert not there.exists()

    imported(there, address(access), *OURS)
    assert readings(there) == wanted
    assert "fan-02: stored 300 readings" in capsys.readouterr().out
    assert [path.name for path in (there / "imports").iterdir()] == []

    imported(there, address(access), *OURS)
    assert capsys.readouterr().out.count("imported already") == 2
    keeper.add(times_ms=[now_ms() - HOUR_MS], epoch="9f2c41aa-9")
    end(deliver(keeper, access))
    imported(there, address(access), *OURS)
    assert "fan-01: stored 1 readings, 300 were there already" in capsys.readouterr().out
    assert readings(there) == readings(keeper.data_dir)
    assert token not in "".join(path.read_text() for path in (there / "audit").iterdir())


def lines(count: int, head: str, fields: str) -> str:
    """Points of a minute ago and so on, one a second; ``{n}`` is its number."""
    return "\n".join(
        f"{head} {fields.format(n=n)} {LONG_AGO_NS + n * 1_000_000_000}" for n in range(count)
    )


def test_what_others_write_is_machines_channels_and_states(
    influxd: Influxd,
    access: Access,
    token: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bucket = f"{access.bucket}_history"  # it keeps what is older than a month
    there = f"{address(access)}_history"
    hosts = (lines(20, f"pump,host={host},room=a\\ b", TYPES) for host in ("west", "east"))
    influxd.write(bucket, "\n".join(hosts))
    influxd.write(bucket, lines(5, "cpu,host=west,cpu=cpu0", "usage=0.{n}"))
    influxd.write(bucket, lines(5, "cpu,host=west,cpu=cpu1", "usage=1.{n}"))
    influxd.write(bucket, lines(5, "°F,entity_id=boiler,domain=sensor", "value=10{n}"))

    pumps = ("--measurement", "pump", "--device-tag", "host", "--asset", "generic")
    imported(tmp_path, there, *pumps)
    begin_ms, text = LONG_AGO_NS // 10**6, 'a "b"\nc'
    assert readings(tmp_path)[:2] == [
        ("east", begin_ms, {"count": 0.0, "flow": 0.5, "mode": text, "on": "true"}),
        ("east", begin_ms + 1000, {"count": 1.0, "flow": 1.5, "mode": text, "on": "true"}),
    ]
    assert len(readings(tmp_path)) == 40

    one = ("--device", "pc", "--asset", "generic", "--measurement", "cpu", "--tag", "host=west")
    imported(tmp_path, there, *one)
    assert readings(tmp_path)[20] == ("pc", begin_ms, {"usage_cpu0": 0.0, "usage_cpu1": 1.0})
    boiler = ("--device", "f-1", "--asset", "fan", "--map", "boiler=temperature")
    home = ("--measurement", "°F", "--ignore-tag", "domain", "--map", "value=temperature")
    with pytest.raises(Refused, match="There is no column 'boiler'"):
        imported(tmp_path, there, *boiler, "--measurement", "°F")
    imported(tmp_path, there, *boiler[:4], *home)
    assert "value [°F] → temperature (converted)" in capsys.readouterr().out
    assert ("f-1", begin_ms, {"temperature": 37.777777778}) in readings(tmp_path)
    span = ("--from", "2025-11-20T10:00:05Z", "--to", "2025-11-20T10:00:10Z")
    imported(tmp_path / "part", there, *pumps, *span)
    assert len(readings(tmp_path / "part")) == 10


TYPES = 'flow={n}.5,count={n}i,on=true,mode="a \\"b\\"\nc"'


def test_of_a_field_that_was_text_for_some_days_it_is_said(
    influxd: Influxd, access: Access, token: str, tmp_path: Path
) -> None:
    """InfluxDB lets a field change what it is from one of its own stretches of days to another."""
    month_ns = 30 * 86_400 * 10**9
    for at, value in enumerate(("1.5", '"open"', "2.5")):
        written = f"valve flow={value} {LONG_AGO_NS - (3 - at) * month_ns}"
        influxd.write(f"{access.bucket}_history", written)
    argv = ("--device", "v", "--asset", "generic", "--measurement", "valve")
    with pytest.raises(Refused, match="valve has numbers in its field flow"):
        imported(tmp_path, f"{address(access)}_history", *argv)
    assert not (tmp_path / "journal.db").exists()


def test_what_cannot_be_is_said_and_nothing_is_half(
    access: Access, keeper: Keeper, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulated(keeper, 200)
    end(deliver(keeper, access))
    there = tmp_path / "there"

    def refused(where: str, *argv: str, error: Any = Refused) -> str:
        with pytest.raises(error) as raised:
            imported(there, where, *(argv or OURS))
        assert token not in str(raised.value)
        return str(raised.value)

    nowhere = address(access).replace(access.bucket, "nowhere")
    assert "has no bucket 'nowhere'" in refused(nowhere, error=Misconfigured)
    assert "say --asset" in refused(address(access), "--device-tag", "device").lower()
    assert (
        "no series of the bucket has a tag 'host'"
        in refused(address(access), "--device-tag", "host", "--asset", "fan").lower()
    )
    assert "--split says nothing of a bucket" in refused(address(access), *OURS, "--split", "x")
    assert "--tag says nothing of a file" in refused("a.csv", "--asset", "fan", "--tag", "a=b")
    assert "by itself" in refused(address(access), address(access), *OURS)
    with before(access.url) as door:
        door.whole = 2  # what there is, and from when to when
        broken = refused(address(access, door.port), error=Unavailable)
        assert "does not answer" in broken
        assert "What was being read is not stored" in broken
        assert not (there / "journal.db").exists()
        door.whole = 3
        refused(address(access, door.port), error=Unavailable)
        assert {name for name, *_ in readings(there)} == {"fan-01"}
        assert len(readings(there)) == 200
    assert "does not answer" in refused(address(access, door.port), error=Unavailable)
    monkeypatch.setenv("INFLUX_TOKEN", "wrong")
    assert "does not let this token in" in refused(address(access), error=Misconfigured)
    assert [*there.rglob("*.parcel*")] == []


def test_with_a_certificate(
    access: Access, keeper: Keeper, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulated(keeper, 20)
    end(deliver(keeper, access))
    certificates.authority(tmp_path, "ours")
    certificates.certify(tmp_path, by="ours", host="localhost")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    with before(access.url, tls=tls) as door:
        where = address(access, door.port, "influxdbs")
        with pytest.raises(Unavailable, match="certificate verify failed"):
            imported(tmp_path / "there", where, *OURS)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ours.pem"))
        imported(tmp_path / "there", where, *OURS)
    assert readings(tmp_path / "there") == readings(keeper.data_dir)


KILLED = """
import os, sys
from gateway.importing.influxdb import download, pages
from gateway.importing.influxdb.pages import Pages
pages.TARGET, download.MOST = 200, 800
left = int(sys.argv.pop(1))
note = Pages.note
def deadly(self, points):
    global left
    note(self, points)
    left -= 1
    if left < 0:
        os.kill(os.getpid(), 9)
Pages.note = deadly
from gateway.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_killed_while_it_fetches_and_begun_again_it_is_whole(
    access: Access, keeper: Keeper, token: str, tmp_path: Path
) -> None:
    emulated(keeper, 400)
    end(deliver(keeper, access))
    there = tmp_path / "there"
    environment = {**os.environ, "EDGETWIN_DATA_DIR": str(there)}
    for left in (9, 10_000):
        argv = [sys.executable, "-c", KILLED, str(left), "import", address(access), *OURS]
        done = subprocess.run(argv, cwd=ROOT, env=environment, check=False, timeout=120)
        assert done.returncode == (0 if left == 10_000 else -signal.SIGKILL)
    assert readings(there) == readings(keeper.data_dir)
    assert [path.name for path in (there / "imports").iterdir()] == []
