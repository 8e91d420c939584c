"""A time of a machine's readings is deleted over REST: asked for twice, and entered."""

import httpx

from gateway.registry import deletions
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop

HOUR_MS = 60 * MINUTE_MS
FROM, TO = NOON_MS - HOUR_MS, NOON_MS - HOUR_MS // 2


def asked(
    client: httpx.Client, *, of: str = "fan-01", from_: int = FROM, to: int = TO, **said: str
) -> httpx.Response:
    params = {"from": str(from_), "to": str(to)} | said
    return client.delete(f"/devices/{of}/readings", params=params)


def count(client: httpx.Client) -> int:
    shown = client.get("/devices/fan-01/readings", params={"limit": 10_000}).json()
    return len(shown["readings"])


def test_it_is_asked_for_twice_and_entered(workshop: Workshop, serve: Serve) -> None:
    client = serve(workshop)
    assert count(client) == 3600
    first = asked(client)
    assert first.status_code == 409
    assert first.json()["detail"] == (
        "900 readings, 0 events and 30 minutes of sums of fan-01 would be lost for good: say"
        " ?confirm=fan-01 if that is meant."
    )
    for other in ("fan-02", ""):
        assert asked(client, confirm=other, by="Sam").status_code == 409
    nobody = asked(client, confirm="fan-01")
    assert (nobody.status_code, "Say who" in nobody.json()["detail"]) == (422, True)
    assert count(client) == 3600
    done = asked(client, confirm="fan-01", by="Sam", reason="a test run")
    assert (done.status_code, done.json()["is_done"]) == (200, True), done.text
    assert done.json()["lost"] == {"readings": 900, "events": 0, "minutes": 30}
    assert count(client) == 2700
    [entry] = client.get("/audit", params={"what": "readings_deleted"}).json()
    assert (entry["who"], entry["origin"]) == ("Sam", "127.0.0.1")
    assert entry["detail"].startswith("fan-01: 900 readings and 0 events of 2025-11-20T11:00:00Z")
    assert entry["detail"].endswith(": a test run")
    assert not list(deletions.waiting(workshop.settings.data_dir))


def test_what_cannot_be_deleted_is_said(client: httpx.Client) -> None:
    def detail(status: int, from_: int = FROM, to: int = TO) -> str:
        answer = asked(client, from_=from_, to=to)
        assert answer.status_code == status, answer.text
        return str(answer.json()["detail"])

    assert "The newest reading of fan-01" in detail(422, to=NOON_MS)
    assert "later than 'to'" in detail(422, to=FROM - 1)
    assert "Nothing of fan-01 is kept from" in detail(404, 0, FROM - 2 * HOUR_MS)
    assert client.delete("/devices/fan-01/readings").status_code == 422, "of which time?"
    assert asked(client, of="fan-99").status_code == 404
    assert count(client) == 3600
