"""Organisation, buckets and least-privilege tokens on an InfluxDB 2: the same after every run."""

import fcntl
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from influxdb_client import (
    Authorization,
    Bucket,
    BucketRetentionRules,
    InfluxDBClient,
    OnboardingRequest,
    Organization,
    Permission,
    PermissionResource,
    SetupService,
)
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from gateway.sinks.influxdb.access import Access, history_of
from influx.credentials import Admin, read, write_private
from influx.paths import Paths
from influx.settings import InfluxSettings

DAY_S: Final = 86_400
RAW_RETENTION_S: Final = 30 * DAY_S
HISTORY_RETENTION_S: Final = 5 * 365 * DAY_S
_USERNAME: Final = "edgetwin"
_SECRET_BYTES: Final = 32
_TIMEOUT_MS: Final = 10_000
_POLL_S: Final = 0.25


class SetupFailed(Exception):
    """The server does not answer or lets nobody in; the text says what to do."""


def run(settings: InfluxSettings, *, wait_s: float = 0.0) -> Access:
    """Bring the server to what edgetwin needs, write the credential files, return the gateway's.

    Raises:
        SetupFailed: no answer within ``wait_s``, or the server was set up by somebody else and
            ``EDGETWIN_INFLUXDB_ADMIN_TOKEN`` names no token of it.
    """
    paths = Paths.below(settings.data_dir)
    paths.make_home()
    _wait_until_answering(settings.url, wait_s)
    with _alone(paths):
        return _bring_about(settings, paths)


def _bring_about(settings: InfluxSettings, paths: Paths) -> Access:
    raw = settings.influxdb_bucket
    retention_s = {raw: RAW_RETENTION_S, history_of(raw): HISTORY_RETENTION_S}
    with _talking_to(settings.url, _admin_token(settings, paths)) as client:
        organisation = _organisation(client, settings.influxdb_org)
        buckets = [_bucket(client, organisation, *wanted) for wanted in retention_s.items()]
        for path, actions in {paths.gateway: ("read", "write"), paths.dashboard: ("read",)}.items():
            if not _still_good(read(path, Access), settings, buckets):
                role = f"edgetwin {path.stem} of {raw}"
                if not settings.influxdb_admin_token:
                    _withdraw(client, role)
                token = _authorise(client, buckets, role, actions)
                write_private(path, _access(settings, token))
    print(f"InfluxDB at {settings.url} is set up: {', '.join(b.name for b in buckets)}")
    access = read(paths.gateway, Access)
    assert access is not None  # written above
    return access


@contextmanager
def _alone(paths: Paths) -> Iterator[None]:
    """One set-up at a time: a restarting influxd starts one each time."""
    with (paths.home / ".setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _talking_to(url: str, token: str) -> Iterator[InfluxDBClient]:
    try:
        with InfluxDBClient(url=url, token=token, timeout=_TIMEOUT_MS) as client:
            yield client
    except ApiException as error:
        raise SetupFailed(f"InfluxDB at {url} refused the set-up: {error.body}") from error
    except HTTPError as error:
        raise SetupFailed(f"InfluxDB at {url} went away during the set-up: {error}") from error


def _wait_until_answering(url: str, wait_s: float) -> None:
    deadline_s = time.monotonic() + wait_s
    with InfluxDBClient(url=url, token="", timeout=_TIMEOUT_MS) as client:
        while not client.ping():
            if time.monotonic() >= deadline_s:
                raise SetupFailed(f"InfluxDB does not answer at {url}; is it running?")
            time.sleep(_POLL_S)


def _admin_token(settings: InfluxSettings, paths: Paths) -> str:
    """A token that may do everything: somebody else's, or ours, claimed on a fresh server.

    The file is written before the server is claimed, so that a crash in between locks nobody out.
    """
    if settings.influxdb_admin_token:
        return settings.influxdb_admin_token
    admin = read(paths.admin, Admin)
    with _talking_to(settings.url, "") as client:
        service = SetupService(client.api_client)
        if service.get_setup().allowed:
            admin = admin or _new_admin()
            write_private(paths.admin, admin)
            service.post_setup(_onboarding(settings, admin))
    if admin is None:
        raise SetupFailed(
            f"InfluxDB at {settings.url} was set up by somebody else: put an operator's token into "
            "EDGETWIN_INFLUXDB_ADMIN_TOKEN for this one command."
        )
    return admin.token


def _new_admin() -> Admin:
    return Admin(
        username=_USERNAME,
        password=secrets.token_urlsafe(_SECRET_BYTES),
        token=secrets.token_urlsafe(_SECRET_BYTES),
    )


def _onboarding(settings: InfluxSettings, admin: Admin) -> OnboardingRequest:
    return OnboardingRequest(
        username=admin.username,
        password=admin.password,
        token=admin.token,
        org=settings.influxdb_org,
        bucket=settings.influxdb_bucket,
        retention_period_seconds=RAW_RETENTION_S,
    )


def _organisation(client: InfluxDBClient, name: str) -> Organization:
    api = client.organizations_api()
    found = [org for org in api.find_organizations() if org.name == name]
    return found[0] if found else api.create_organization(name=name)


def _bucket(
    client: InfluxDBClient, organisation: Organization, name: str, retention_s: int
) -> Bucket:
    """The bucket ``name``; one that exists keeps the retention it has."""
    api = client.buckets_api()
    known: Iterator[Bucket] = api.find_buckets_iter(org_id=organisation.id)
    for bucket in known:
        if bucket.name == name:
            return bucket
    rules = BucketRetentionRules(type="expire", every_seconds=retention_s)
    return api.create_bucket(bucket_name=name, org=organisation, retention_rules=[rules])


def _access(settings: InfluxSettings, token: str) -> Access:
    return Access(
        url=settings.url,
        org=settings.influxdb_org,
        bucket=settings.influxdb_bucket,
        history_bucket=history_of(settings.influxdb_bucket),
        token=token,
    )


def _still_good(access: Access | None, settings: InfluxSettings, buckets: list[Bucket]) -> bool:
    """Whether the file names this server and its token still sees exactly these buckets."""
    if access is None or access != _access(settings, access.token):
        return False
    try:
        with InfluxDBClient(url=access.url, token=access.token, timeout=_TIMEOUT_MS) as client:
            seen = {bucket.id for bucket in client.buckets_api().find_buckets_iter()}
    except ApiException:
        return False
    return seen == {bucket.id for bucket in buckets}


def _withdraw(client: InfluxDBClient, role: str) -> None:
    """Take back earlier tokens of ``role``: on a server of our own nobody holds them any more."""
    api = client.authorizations_api()
    for earlier in api.find_authorizations():
        if earlier.description == role:
            api.delete_authorization(earlier)


def _authorise(
    client: InfluxDBClient, buckets: list[Bucket], role: str, actions: tuple[str, ...]
) -> str:
    """A new token that may do ``actions`` in ``buckets`` and nothing else."""
    permissions = [
        Permission(
            action=action,
            resource=PermissionResource(type="buckets", id=bucket.id, org_id=bucket.org_id),
        )
        for bucket in buckets
        for action in actions
    ]
    wanted = Authorization(org_id=buckets[0].org_id, permissions=permissions, description=role)
    granted = client.authorizations_api().create_authorization(authorization=wanted)
    return str(granted.token)
