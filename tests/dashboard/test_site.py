"""The dashboard's server without a browser: what it hands out, and what it keeps to itself."""

import socket
import subprocess

import httpx
import pytest

from tests.dashboard.workshop import ROOT, Workshop

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", ["/", "/ui", "/ui/", "/ui/fleet"])
def test_old_addresses_lead_to_the_dashboard(workshop: Workshop, path: str) -> None:
    answer = httpx.get(workshop.dashboard + path, follow_redirects=True)
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
def test_what_is_not_for_browsers_is_not_there(workshop: Workshop, path: str) -> None:
    assert httpx.get(workshop.dashboard + path).status_code == httpx.codes.NOT_FOUND


def test_the_token_stays_on_the_server(workshop: Workshop) -> None:
    closed = httpx.get(workshop.url("gateway") + "/devices")
    through = httpx.get(workshop.dashboard + "/api/devices")
    assert closed.status_code == httpx.codes.UNAUTHORIZED
    assert {device["device"] for device in through.json()} >= {"fan-01", "fan-02"}


def test_the_download_is_the_gateways_csv(workshop: Workshop) -> None:
    answer = httpx.get(workshop.dashboard + "/api/devices/fan-01/export.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.startswith("time_ms,device,epoch,seq,")
    assert len(answer.text.splitlines()) > 1


def test_a_refused_command_is_the_gateways_sentence(workshop: Workshop) -> None:
    answer = httpx.post(
        workshop.dashboard + "/api/devices/nobody/commands",
        json={"name": "identify", "args": {}},
    )
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert "nobody" in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Origin": "http://evil.example"}],
    ids=["rebound name", "other site"],
)
@pytest.mark.parametrize("path", ["/dashboard", "/api/devices", "/app/live.mjs"])
def test_strangers_are_refused(workshop: Workshop, path: str, headers: dict[str, str]) -> None:
    answer = httpx.get(workshop.dashboard + path, headers=headers)
    assert answer.status_code == httpx.codes.FORBIDDEN


def test_the_socket_refuses_strangers_too(workshop: Workshop) -> None:
    path = "/dashboard/socket.io/?EIO=4&transport=polling"
    with httpx.Client(base_url=workshop.dashboard, headers={"Origin": "http://evil.ex"}) as client:
        session = client.get(path).text
        identity = session.partition('"sid":"')[2].partition('"')[0]
        client.post(f"{path}&sid={identity}", content="40")
        answer = client.get(f"{path}&sid={identity}").text
    assert answer.startswith("44")  # socket.io's CONNECT_ERROR
    assert "refused" in answer


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
        timeout=60,
        check=False,
    )
