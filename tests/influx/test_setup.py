"""The set-up against a real InfluxDB: repeatable, private, and nobody may more than they need."""

import stat
from pathlib import Path

import pytest
from influxdb_client import InfluxDBClient, Organization
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException

from gateway.sinks.influxdb.access import Access
from influx import setup
from influx.credentials import Admin, read
from influx.setup import HISTORY_RETENTION_S, RAW_RETENTION_S, SetupFailed
from tests.influx.running import Influxd

pytestmark = pytest.mark.influxdb

PATIENCE_MS = 60_000


def _client(access: Access) -> InfluxDBClient:
    return InfluxDBClient(url=access.url, token=access.token, org=access.org, timeout=PATIENCE_MS)


def _write(access: Access, bucket: str) -> None:
    with _client(access) as client:
        client.write_api(write_options=SYNCHRONOUS).write(bucket=bucket, record="probe value=1")


def _read(access: Access, bucket: str) -> None:
    with _client(access) as client:
        list(client.query_api().query_stream(f'from(bucket: "{bucket}") |> range(start: -1m)'))


def _secret_files(influxd: Influxd) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in influxd.paths.home.glob("*.json")}


def _dashboard(influxd: Influxd) -> Access:
    access = read(influxd.paths.dashboard, Access)
    assert access is not None
    return access


def test_a_second_setup_changes_nothing(influxd: Influxd) -> None:
    before = _secret_files(influxd)
    first = influxd.set_up()
    with InfluxDBClient(url=influxd.url, token=influxd.admin_token, timeout=PATIENCE_MS) as client:
        held = sorted(a.description for a in client.authorizations_api().find_authorizations())
    assert influxd.set_up() == first
    assert _secret_files(influxd) == before
    assert sorted(before) == ["admin.json", "dashboard.json", "gateway.json"]
    with InfluxDBClient(url=influxd.url, token=influxd.admin_token, timeout=PATIENCE_MS) as client:
        after = sorted(a.description for a in client.authorizations_api().find_authorizations())
    assert after == held


def test_buckets_keep_what_the_schema_says(influxd: Influxd) -> None:
    with InfluxDBClient(url=influxd.url, token=influxd.admin_token, timeout=PATIENCE_MS) as client:
        kept = {
            bucket.name: bucket.retention_rules[0].every_seconds
            for bucket in client.buckets_api().find_buckets_iter()
            if not bucket.name.startswith("_")
        }
    assert kept == {"edgetwin": RAW_RETENTION_S, "edgetwin_history": HISTORY_RETENTION_S}


def test_secrets_are_for_their_owner_only(influxd: Influxd) -> None:
    assert stat.S_IMODE(influxd.paths.home.stat().st_mode) == 0o700
    for name in _secret_files(influxd):
        assert stat.S_IMODE((influxd.paths.home / name).stat().st_mode) == 0o600


def test_tokens_differ(influxd: Influxd) -> None:
    assert len({influxd.set_up().token, _dashboard(influxd).token, influxd.admin_token}) == 3


def test_the_gateway_may_write_and_read_its_buckets_and_no_other(influxd: Influxd) -> None:
    other = influxd.set_up(influxdb_bucket="other", data_dir=influxd.settings.data_dir / "other",
                           influxdb_admin_token=influxd.admin_token)  # fmt: skip
    access = influxd.set_up()
    for bucket in (access.bucket, access.history_bucket):
        _write(access, bucket)
        _read(access, bucket)
    for bucket in (other.bucket, other.history_bucket, "_monitoring"):
        with pytest.raises(ApiException):
            _write(access, bucket)
        with pytest.raises(ApiException):
            _read(access, bucket)


def test_the_dashboard_may_only_read(influxd: Influxd) -> None:
    access = _dashboard(influxd)
    _read(access, access.bucket)
    with pytest.raises(ApiException) as refused:
        _write(access, access.bucket)
    assert refused.value.status == 403


def test_neither_may_make_tokens_or_buckets(influxd: Influxd) -> None:
    for access in (influxd.set_up(), _dashboard(influxd)):
        with _client(access) as client:
            assert not client.authorizations_api().find_authorizations()
            org_id = next(iter(client.buckets_api().find_buckets_iter())).org_id
            organisation = Organization(name=access.org)
            organisation.id = org_id
            with pytest.raises(ApiException):
                client.buckets_api().create_bucket(bucket_name="mine", org=organisation)
            with pytest.raises(ApiException):
                client.authorizations_api().create_authorization(org_id=org_id, permissions=[])


def test_a_lost_file_gives_a_new_token_and_withdraws_the_old(influxd: Influxd) -> None:
    old = influxd.set_up()
    influxd.paths.gateway.unlink()
    new = influxd.set_up()
    assert new.token != old.token
    _write(new, new.bucket)
    with pytest.raises(ApiException) as refused:
        _write(old, old.bucket)
    assert refused.value.status == 401


def test_a_torn_file_is_made_anew(influxd: Influxd) -> None:
    influxd.paths.gateway.write_text("{")
    access = influxd.set_up()
    assert read(influxd.paths.gateway, Access) == access


def test_somebody_elses_server_wants_their_token(influxd: Influxd, tmp_path: Path) -> None:
    foreign = influxd.settings.model_copy(update={"data_dir": tmp_path})
    with pytest.raises(SetupFailed, match="EDGETWIN_INFLUXDB_ADMIN_TOKEN"):
        setup.run(foreign)
    with_token = foreign.model_copy(update={"influxdb_admin_token": influxd.admin_token})
    access = setup.run(with_token.model_copy(update={"influxdb_bucket": "foreign"}))
    _write(access, "foreign")
    assert read(tmp_path / "influxdb" / "admin.json", Admin) is None


def test_no_server_is_said_plainly(tmp_path: Path) -> None:
    nobody = Influxd(tmp_path)
    with pytest.raises(SetupFailed, match="does not answer"):
        nobody.set_up()
