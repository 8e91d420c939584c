"""What InfluxDB has lost is found and written again by a person's command."""

import argparse

import pytest

from contract.errors import Misconfigured, Refused
from contract.settings import Settings
from gateway import reconciling
from gateway.sinks.influxdb.access import Access
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
