"""Lists that are longer than an answer: each page says where the next one is."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from hosting.audit.events import Event, What
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop, Written

TIES = [0, 0, 0, 1, 2, 2, 3]  # minutes ago: several of one and the same time


@pytest.fixture
def busy(empty_workshop: Workshop) -> Workshop:
    """Seven entries in each list, of one fan, and some of another."""
    for name in ("fan-01", "fan-02"):
        device = empty_workshop.add(name)
        for at, minutes in enumerate(reversed(TIES)):
            raised_ms = NOON_MS - minutes * MINUTE_MS
            empty_workshop.alarm(device, raised_ms=raised_ms, cleared_ms=raised_ms + at)
            empty_workshop.diagnose(device, time_ms=NOON_MS - (60 - at) * 1000, fault="normal")
            empty_workshop.refuse(name, reason="out_of_range", raw=b"%d" % at)
            event = Event(
                time_ms=NOON_MS - 1, who=name, origin="127.0.0.1", what=What.COMMAND, detail=str(at)
            )
            with Written(empty_workshop.journal):
                empty_workshop.journal.audits.add(event, count=1)
    return empty_workshop


def pages(client: httpx.Client, address: str) -> Iterator[list[dict[str, Any]]]:
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        yield answer.json()
        address = answer.links.get("next", {}).get("url", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "listed",
    [
        "/alarms?state=all&device=fan-01",
        "/alarms?state=all",
        "/diagnoses?device=fan-01",
        "/diagnoses",
        "/quarantine?device=fan-01&reason=out_of_range",
        "/quarantine",
        "/audit?who=fan-01&what=command",
        "/audit",
    ],
)
@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_the_pages_are_the_list(busy: Workshop, serve: Serve, listed: str, limit: int) -> None:
    client = serve(busy)
    whole = client.get(listed).json()
    assert len(whole) >= len(TIES)
    sheets = list(pages(client, f"{listed}{'&' if '?' in listed else '?'}limit={limit}"))
    assert [entry for sheet in sheets for entry in sheet] == whole
    assert [len(sheet) for sheet in sheets[:-1]] == [limit] * (len(sheets) - 1)
    assert sheets[-1], "a last page is no empty one"


def test_what_came_meanwhile_moves_no_page(busy: Workshop, serve: Serve) -> None:
    client = serve(busy)
    whole = client.get("/quarantine").json()
    first = client.get("/quarantine?limit=2")
    busy.refuse("fan-01", reason="not_json", raw=b"newer")
    second = client.get(first.links["next"]["url"])
    assert first.json() + second.json() == whole[:4]


@pytest.mark.parametrize("before", ["0", "-1", "x", str(2**63)])
def test_a_page_begins_behind_an_entry_there_can_be(
    busy: Workshop, serve: Serve, before: str
) -> None:
    answer = serve(busy).get(f"/alarms?before={before}")
    assert answer.status_code == 422
    assert "before" in answer.json()["detail"]
