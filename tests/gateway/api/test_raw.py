"""Raw readings over REST."""

import httpx

from tests.gateway.api.workshop import GOOD, NOON_MS


def test_readings_come_page_after_page(client: httpx.Client) -> None:
    answer = client.get("/devices/fan-01/readings", params={"from": "-1m", "limit": 20})
    first = answer.json()
    assert (len(first["readings"]), first["more"], first["device"]) == (20, True, "fan-01")
    one = first["readings"][0]
    assert (one["time_ms"], one["stamped"], one["epoch"]) == (
        NOON_MS - 60_000,
        "board",
        "9f2c41aa-1",
    )
    assert set(one["values"]) == set(GOOD)
    link = answer.headers["link"]
    assert link.endswith('; rel="next"')
    second = client.get(link.partition(">")[0].removeprefix("<"))
    assert "link" not in second.headers
    times = [each["time_ms"] for each in first["readings"] + second.json()["readings"]]
    assert times == list(range(NOON_MS - 60_000, NOON_MS, 2000))
    assert not second.json()["more"]
    later = {"cursor": second.json()["cursor"]}
    assert client.get("/devices/fan-01/readings", params=later).json()["readings"] == []


def test_only_the_channels_that_are_wanted_and_a_range(client: httpx.Client) -> None:
    asked: dict[str, str | int] = {"from": NOON_MS - 10_000, "to": NOON_MS - 4_000}
    asked["channels"] = "rpm, current"
    shown = client.get("/devices/fan-01/readings", params=asked).json()
    assert [each["values"] for each in shown["readings"]] == [{"rpm": 1187.0, "current": 1.08}] * 3


def test_what_cannot_be_asked_for_is_said(client: httpx.Client) -> None:
    def detail(**params: str | int) -> str:
        answer = client.get("/devices/fan-01/readings", params=params)
        assert answer.status_code == 422
        return str(answer.json()["detail"])

    assert detail(channels="rmp") == (
        "A fan has no channel 'rmp'; it has temperature, rpm, current, vibration, ambient."
    )
    assert "is no cursor" in detail(cursor="gibberish")
    assert "later than 'to'" in detail(**{"from": NOON_MS, "to": NOON_MS - 1})
    for limit in (0, 10_001):
        detail(limit=limit)
    assert client.get("/devices/fan-99/readings").status_code == 404
