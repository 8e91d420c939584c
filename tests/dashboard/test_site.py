"""The dashboard's server without a browser: what it hands out, and what it keeps to itself."""

import socket
import subprocess
from collections.abc import Iterator

import httpx
import pytest

from tests.dashboard.workshop import LOGIN, ROOT, Workshop
from tests.mosquitto import eventually

pytestmark = pytest.mark.browser

SOCKET = "/dashboard/socket.io/?EIO=4&transport=polling"


@pytest.fixture
def site(workshop: Workshop) -> Iterator[httpx.Client]:
    """Whoever knows the password."""
    with httpx.Client(base_url=workshop.dashboard, auth=LOGIN, timeout=60) as client:
        yield client


@pytest.fixture
def stranger(workshop: Workshop) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=workshop.dashboard, timeout=60) as client:
        yield client


@pytest.mark.parametrize("path", ["/?wall", "/dashboard?wall", "/ui?wall"])
def test_what_is_chosen_in_the_address_comes_along(site: httpx.Client, path: str) -> None:
    found = site.get(path, follow_redirects=True).url
    assert (found.path, found.query) == ("/dashboard/fleet", b"wall")


@pytest.mark.parametrize("path", ["/", "/ui", "/ui/", "/ui/fleet"])
def test_old_addresses_lead_to_the_dashboard(site: httpx.Client, path: str) -> None:
    answer = site.get(path, follow_redirects=True)
    assert answer.is_success
    assert answer.url.path.startswith("/dashboard")
    assert "<title>edgetwin</title>" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/editor",
        "/flows",
        "/admin",
        "/settings",
        "/dashboard/_debug/datastore/shell",
        "/api/metrics",
        "/api/docs",
        "/app/../lib/proxy.mjs",
        "/app/%2e%2e/settings.js",
    ],
)
def test_what_is_not_for_browsers_is_not_there(site: httpx.Client, path: str) -> None:
    assert site.get(path).status_code == httpx.codes.NOT_FOUND


def test_an_address_that_is_no_page_is_shown_as_one(site: httpx.Client) -> None:
    page = site.get("/dashboard/nope")
    assert page.is_success
    assert page.text == site.get("/dashboard/fleet").text
    assert "app.css" in page.text
    assert "app.css" not in site.get("/dashboard/_setup").text


def test_the_token_stays_on_the_server(workshop: Workshop, site: httpx.Client) -> None:
    closed = httpx.get(workshop.url("gateway") + "/devices", auth=LOGIN, timeout=60)
    through = site.get("/api/devices")
    assert closed.status_code == httpx.codes.UNAUTHORIZED
    assert {device["device"] for device in through.json()} >= {"fan-01", "fan-02"}


@pytest.mark.parametrize(
    "path", ["/", "/dashboard/fleet", "/dashboard/socket.io.js", "/api/devices", "/app/live.mjs"]
)
def test_who_has_not_the_password_sees_nothing(stranger: httpx.Client, path: str) -> None:
    for login in (None, ("anybody", "wrong"), (LOGIN[1], "")):
        answer = stranger.get(path, auth=login)
        assert answer.status_code == httpx.codes.UNAUTHORIZED
        assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_a_wrong_password_is_in_the_audit_trail(site: httpx.Client) -> None:
    with httpx.Client(base_url=site.base_url, auth=("me", "a guess"), timeout=60) as guesser:
        for _ in range(3):
            assert guesser.get("/dashboard").status_code in {401, 429}

    def entries() -> int:
        found = site.get("/api/audit", params={"what": "password_refused"}).json()
        return sum(entry["count"] for entry in found if entry["origin"] == "127.0.0.1")

    eventually(lambda: entries() >= 3, "three wrong passwords in the audit trail")


def test_who_has_not_the_password_commands_nothing(stranger: httpx.Client) -> None:
    command = {"name": "identify", "args": {}}
    answer = stranger.post("/api/devices/fan-01/commands", json=command)
    assert answer.status_code == httpx.codes.UNAUTHORIZED


def test_the_download_is_the_gateways_csv(site: httpx.Client) -> None:
    answer = site.get("/api/devices/fan-01/export.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.startswith("time_ms,time,board_time_ms,device,epoch,seq,")
    assert len(answer.text.splitlines()) > 1


def test_a_refused_command_is_the_gateways_sentence(site: httpx.Client) -> None:
    command = {"name": "identify", "args": {}}
    answer = site.post("/api/devices/nobody/commands", json=command)
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert "nobody" in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Origin": "http://evil.example"}],
    ids=["rebound name", "other site"],
)
@pytest.mark.parametrize("path", ["/dashboard", "/api/devices", "/app/live.mjs"])
def test_other_sites_are_refused(site: httpx.Client, path: str, headers: dict[str, str]) -> None:
    answer = site.get(path, headers=headers)
    assert answer.status_code == httpx.codes.FORBIDDEN


def test_the_socket_refuses_other_sites_and_strangers_too(
    site: httpx.Client, stranger: httpx.Client
) -> None:
    refused = "44"  # socket.io's CONNECT_ERROR
    assert _connected(site).startswith("40")
    assert "password" in _connected(stranger)
    assert _connected(stranger).startswith(refused)
    site.headers["Origin"] = "http://evil.ex"
    assert _connected(site).startswith(refused)


def _connected(client: httpx.Client) -> str:
    """What socket.io answers to who asks to hear."""
    identity = client.get(SOCKET).text.partition('"sid":"')[2].partition('"')[0]
    address = f"{SOCKET}&sid={identity}"
    client.post(address, content="40")
    return client.get(address).text


def test_a_busy_port_is_named_with_what_to_do(workshop: Workshop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        failed = _start(workshop, {"EDGETWIN_DASHBOARD_PORT": port})
    assert failed.returncode == 1
    assert f"Port {port} is in use" in failed.stderr
    assert "EDGETWIN_DASHBOARD_PORT" in failed.stderr


def test_open_to_others_without_a_token_does_not_start(workshop: Workshop) -> None:
    failed = _start(workshop, {"EDGETWIN_HOST": "0.0.0.0", "EDGETWIN_API_TOKEN": ""})
    assert failed.returncode == 1
    assert "EDGETWIN_API_TOKEN" in failed.stderr


def _start(workshop: Workshop, changes: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    # In a directory of its own the flows of the running dashboard stay as they are.
    environ = workshop.environ | changes
    environ["EDGETWIN_DATA_DIR"] = environ["EDGETWIN_DATA_DIR"] + "/second"
    return subprocess.run(
        ["node", "start.mjs"],
        cwd=ROOT / "node-red",
        env=environ,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
