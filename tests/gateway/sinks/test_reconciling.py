"""What InfluxDB has lost is found and written again by a person's command."""

import argparse
import os
import signal
import subprocess
import sys

import pytest

from contract.errors import Misconfigured, Refused
from contract.settings import Settings
from gateway import reconciling
from gateway.sinks.influxdb.access import Access
from scripts.settings import ROOT
from tests.gateway.sinks.keeper import HOUR_MS, Keeper, deliver, end, now_ms
from tests.influx.running import Influxd

DAY_MS = 24 * HOUR_MS


def asked(**said: str | None) -> argparse.Namespace:
    return argparse.Namespace(**{"from_": None, "to": None} | said)


def settings_of(keeper: Keeper, access: Access) -> Settings:
    return Settings(
        data_dir=keeper.data_dir,
        time_zone="UTC",
        influxdb_url=access.url,
        influxdb_token=access.token,
        influxdb_org=access.org,
        influxdb_bucket=access.bucket,
    )


@pytest.mark.influxdb
def test_what_was_deleted_there_is_there_again(
    influxd: Influxd, access: Access, keeper: Keeper, capsys: pytest.CaptureFixture[str]
) -> None:
    start_ms = now_ms() - 20 * DAY_MS
    for device in ("fan-01", "fan-02"):
        keeper.add(device=device, times_ms=[start_ms + n * HOUR_MS for n in range(40)])
        keeper.add_minute(start_ms=start_ms // 60_000 * 60_000, energy_j=5.0, device=device)
    end(deliver(keeper, access))
    whole = influxd.points(access.bucket, "reading")
    assert len(whole) == 80
    settings = settings_of(keeper, access)
    assert reconciling.run(asked(), settings) == 0
    assert capsys.readouterr().out.split("\n")[0].split() == ["reading", "equal"]

    influxd.delete(access.bucket, start_ms - DAY_MS, now_ms(), 'device="fan-02"')
    assert len(influxd.points(access.bucket, "reading")) == 40
    assert reconciling.run(asked(), settings) == 0
    told = capsys.readouterr().out
    assert "40 hours written again (fan-02)" in told
    assert influxd.points(access.bucket, "reading") == whole
    assert reconciling.run(asked(from_="-30d", to="now"), settings) == 0
    assert "again" not in capsys.readouterr().out


def test_where_there_is_none_it_says_so(keeper: Keeper) -> None:
    settings = Settings(data_dir=keeper.data_dir, time_zone="UTC")
    with pytest.raises(Misconfigured, match="InfluxDB"):
        reconciling.run(asked(), settings)
    with pytest.raises(Refused, match="later than"):
        reconciling.run(asked(from_="now", to="-1h"), settings)


KILLED = """
import os, sys
from gateway.sinks.influxdb.server import Server
left = int(sys.argv.pop(1))
write = Server.write
def deadly(self, bucket, lines):
    global left
    write(self, bucket, lines)
    left -= 1
    if left < 0:
        os.kill(os.getpid(), 9)
Server.write = deadly
from gateway.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.influxdb
@pytest.mark.slow
def test_killed_in_the_middle_and_begun_again_both_sides_are_equal(
    influxd: Influxd, access: Access, keeper: Keeper, capfd: pytest.CaptureFixture[str]
) -> None:
    start_ms = now_ms() - 3 * DAY_MS
    for device in ("fan-01", "fan-02"):
        keeper.add(device=device, times_ms=[start_ms + n * HOUR_MS // 2 for n in range(60)])
    end(deliver(keeper, access))
    whole = influxd.points(access.bucket, "reading")
    cursor = keeper.cursor()
    influxd.delete(access.bucket, start_ms - DAY_MS, now_ms(), 'device="fan-02"')
    environment = os.environ | {
        "EDGETWIN_DATA_DIR": str(keeper.data_dir),
        "EDGETWIN_INFLUXDB_URL": access.url,
        "EDGETWIN_INFLUXDB_TOKEN": access.token,
        "EDGETWIN_INFLUXDB_ORG": access.org,
        "EDGETWIN_INFLUXDB_BUCKET": access.bucket,
    }
    for left in (9, 1_000):
        argv = [sys.executable, "-c", KILLED, str(left), "reconcile"]
        done = subprocess.run(argv, cwd=ROOT, env=environment, check=False, timeout=120)
        assert done.returncode == (0 if left == 1_000 else -signal.SIGKILL)
    told = capfd.readouterr().out
    assert "hours written again (fan-02)" in told
    assert influxd.points(access.bucket, "reading") == whole
    assert keeper.cursor() == cursor
