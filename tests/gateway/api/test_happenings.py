"""Events and states by REST: what happened, newest first; episodes of one state; and as CSV."""

import argparse
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from contract import assets
from contract.messages import Aside, Event, Reading
from gateway.api import exporting, schema
from gateway.journal import Row
from gateway.twin.fleet import Device
from tests.gateway.api.workshop import NOON_MS, Serve, Workshop, Written
from tests.gateway.machines import BREWER, IDLE

EPOCH = "9f2c41aa-1"
START_MS = NOON_MS - 600_000


@pytest.fixture
def brewery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    monkeypatch.setitem(assets.CATALOGUE, "brewer", BREWER)
    with Workshop(tmp_path) as workshop:
        workshop.add("brewer-1", asset="brewer")
        yield workshop


@pytest.fixture
def client(brewery: Workshop, serve: Serve) -> httpx.Client:
    return serve(brewery)


def tell(workshop: Workshop, *items: Reading | Event) -> None:
    """Store and fold items, numbered as they come."""
    device: Device = workshop.fleet.get("brewer-1")
    assert device.epoch is not None
    rows = []
    for at, item in enumerate(items):
        item.seq = device.counts.stored = device.counts.stored + 1
        body = msgspec.json.encode(item.values)
        rows.append(Row(workshop.journal.next_id + at, device.epoch.id, device.id, item, body))
        if isinstance(item, Event):
            device.twin.on_event(item)
        else:
            device.twin.fold(item)
    with Written(workshop.journal):
        workshop.journal.add_items(rows)
    workshop.journal.next_id += len(rows)


def said(at_s: float, /, **values: Any) -> Reading:
    time_ms = START_MS + round(at_s * 1000)
    return Reading(EPOCH, 1, values, time_ms, received_ms=time_ms, board_ms=time_ms)


def event(at_s: float, name: str = "service", /, **values: Any) -> Event:
    time_ms = START_MS + round(at_s * 1000)
    return Event(EPOCH, 1, values, time_ms, received_ms=time_ms, board_ms=time_ms, event=name)


def get(client: httpx.Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


# ---------------------------------------------------------------- events


def test_events_come_newest_first_and_without_readings(
    brewery: Workshop, client: httpx.Client
) -> None:
    tell(brewery, said(0, **IDLE), event(1, volume=0.2, user="u7"), said(2, **IDLE))
    tell(brewery, event(4, "door_opened"), event(3, volume=0.3, user="u8"))
    listed = get(client, "/devices/brewer-1/events")
    assert [(each["event"], each["seq"]) for each in listed] == [
        ("door_opened", 4), ("service", 5), ("service", 2),
    ]  # fmt: skip
    assert listed[2]["values"] == {"volume": 0.2, "user": "u7"}
    for each in listed:
        schema.Happening.model_validate(each)
    assert get(client, "/devices/brewer-1/latest")["events"]["service"]["count"] == 2
    history = get(client, f"/devices/brewer-1/history?from={START_MS}&to={NOON_MS}")
    assert sum(history["count"]) == 2


def test_events_are_chosen_by_name_and_range_and_paged(
    brewery: Workshop, client: httpx.Client
) -> None:
    tell(brewery, *(event(at, "service" if at % 2 else "refill") for at in range(10)))
    path = f"/devices/brewer-1/events?event=service&from={START_MS + 2_000}&limit=2"
    answer = client.get(path)
    assert [each["seq"] for each in answer.json()] == [10, 8]
    more = answer.links["next"]["url"]
    assert [each["seq"] for each in get(client, more)] == [6, 4]
    assert get(client, f"/devices/brewer-1/events?to={START_MS}") == []


def test_a_name_that_none_can_have_is_refused(client: httpx.Client) -> None:
    assert client.get("/devices/brewer-1/events?event=a%20b").status_code == 422
    assert client.get("/devices/nobody/events").status_code == 404


# ---------------------------------------------------------------- states


def episodes(client: httpx.Client, **query: Any) -> list[tuple[str, float, float | None]]:
    """(state, start, end) in seconds from the start."""
    wanted: dict[str, Any] = {"channel": "mode", "from": START_MS, "to": NOON_MS} | query
    answer = client.get("/devices/brewer-1/states", params=wanted)
    assert answer.status_code == 200, answer.text
    for each in answer.json():
        schema.StateEpisode.model_validate(each)
    return [
        (
            each["state"],
            (each["start_ms"] - START_MS) / 1000,
            None if each["end_ms"] is None else (each["end_ms"] - START_MS) / 1000,
        )
        for each in answer.json()
    ]


def test_episodes_of_a_state_that_is_sent_as_it_changes(
    brewery: Workshop, client: httpx.Client
) -> None:
    changes = {0: "idle", 4: "brewing", 7: "idle", 8: "error"}
    for at in range(12):
        more = {"mode": changes[at]} if at in changes else {}
        tell(brewery, said(at, boiler=90.0, **more), event(at + 0.5))
    assert episodes(client) == [
        ("idle", 0.0, 4.0), ("brewing", 4.0, 7.0), ("idle", 7.0, 8.0), ("error", 8.0, 11.0),
    ]  # fmt: skip
    assert episodes(client, **{"from": START_MS + 5_000, "to": START_MS + 8_000}) == [
        ("brewing", 4.0, 7.0), ("idle", 7.0, 7.0),
    ]  # fmt: skip
    assert episodes(client, limit=1) == [("error", 8.0, 11.0)]


def test_a_state_lasts_while_its_machine_is_heard(brewery: Workshop, client: httpx.Client) -> None:
    tell(brewery, *(said(at, **IDLE) for at in range(590, 600)))
    brewery.now_ms = NOON_MS
    assert episodes(client) == [("idle", 590.0, None)]


def test_nothing_is_known_of_a_silence_nor_of_a_state_that_is_none(
    brewery: Workshop, client: httpx.Client
) -> None:
    tell(brewery, *(said(at, boiler=90.0, mode="idle") for at in range(5)))
    tell(brewery, *(said(at, boiler=90.0) for at in range(100, 103)))
    tell(brewery, *(said(at, boiler=90.0, mode="idle") for at in range(103, 106)))
    off = said(106, boiler=90.0)
    off.aside = {"mode": Aside("off", "unknown_state", "")}
    tell(brewery, off, said(107, boiler=90.0), said(108, boiler=90.0, mode="brewing"))
    assert episodes(client) == [
        ("idle", 0.0, 4.0), ("idle", 103.0, 106.0), ("brewing", 108.0, 108.0),
    ]  # fmt: skip


def test_the_first_state_is_meant_where_none_is_named(
    brewery: Workshop, client: httpx.Client
) -> None:
    tell(brewery, said(0, mode="idle"))
    path = f"/devices/brewer-1/states?from={START_MS}&to={NOON_MS}"
    assert [each["state"] for each in get(client, path)] == ["idle"]
    brewery.add("fan-01")
    assert get(client, "/devices/fan-01/states") == []


def test_a_label_has_episodes_where_it_is_named(brewery: Workshop, client: httpx.Client) -> None:
    tell(brewery, said(0, operator="u7"), said(1, mode="idle"), said(2, operator="u8"))
    assert episodes(client, channel="operator") == [("u7", 0.0, 2.0), ("u8", 2.0, 2.0)]


def test_a_state_that_its_type_has_not_is_refused_by_name(client: httpx.Client) -> None:
    answer = client.get("/devices/brewer-1/states?channel=boiler")
    assert answer.status_code == 422
    assert "it has mode" in answer.json()["detail"]


# ---------------------------------------------------------------- counters


def test_a_counter_grows_over_a_gap_a_round_and_a_new_meter(
    brewery: Workshop, client: httpx.Client
) -> None:
    pulses = {0: 65_500, 1: 65_530, 12: 65_534, 13: 4, 21: 10, 22: 10, 34: 0}
    tell(brewery, *(said(at, pulses=float(value)) for at, value in pulses.items()))
    tell(brewery, said(45, boiler=90.0))
    path = f"/devices/brewer-1/history?from={START_MS}&to={START_MS + 60_000}&points=6"
    answer = get(client, path)
    schema.History.model_validate(answer)
    assert answer["bucket_ms"] == 10_000
    assert answer["counters"]["pulses"] == {
        "last": [65_530.0, 4.0, 10.0, 0.0, None],
        "increase": [30.0, 10.0, 6.0, 0.0, None],
    }
    assert answer["counters"]["cups"]["last"] == [None] * 5
    chosen = get(client, f"{path}&channels=cups,boiler")
    assert (chosen["counters"].keys(), chosen["channels"].keys()) == ({"cups"}, {"boiler"})


def test_a_range_without_readings_has_counters_without_buckets(client: httpx.Client) -> None:
    answer = get(client, f"/devices/brewer-1/history?from={START_MS}&to={START_MS + 1}")
    assert answer["counters"]["pulses"] == {"last": [], "increase": []}


# ---------------------------------------------------------------- as CSV


def rows(client: httpx.Client, path: str) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_readings_as_csv_have_counters_states_and_labels(
    brewery: Workshop, client: httpx.Client
) -> None:
    tell(brewery, said(0, **IDLE | {"operator": '=1+"x"\n'}), event(1, volume=0.2))
    tell(brewery, said(2, mode="brewing"))
    first, second = rows(client, "/devices/brewer-1/export.csv")
    assert (first["cups"], first["mode"], first["boiler [°C]"]) == ("1200.0", "idle", "91.5")
    assert first["operator"] == '\'=1+"x"\n', "no spreadsheet takes it for a formula"
    assert (second["cups"], second["mode"], second["operator"]) == ("", "brewing", "")


def test_events_as_csv_have_the_fields_of_their_type_and_all_as_json(
    brewery: Workshop, client: httpx.Client
) -> None:
    tell(brewery, said(0, **IDLE), event(1, volume=-0.25, user="=u7"), event(2, "odd", x='a"b'))
    first, second = rows(client, "/devices/brewer-1/events.csv")
    assert (first["event"], first["volume [L]"], first["user"]) == ("service", "-0.25", "'=u7")
    assert (first["wait [s]"], first["seq"], first["device"]) == ("", "2", "brewer-1")
    assert msgspec.json.decode(first["values"]) == {"volume": -0.25, "user": "=u7"}
    assert (second["event"], second["volume [L]"]) == ("odd", "")
    assert msgspec.json.decode(second["values"]) == {"x": 'a"b'}


# ---------------------------------------------------------------- the catalogue


def test_the_command_writes_the_events_of_all_devices_in_one_table(
    brewery: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(brewery, said(0, **IDLE), event(1, volume=0.2, user="u7"), said(2, **IDLE))
    brewery.add("fan-02")
    parser = argparse.ArgumentParser()
    exporting.add_arguments(parser)
    assert exporting.run(parser.parse_args(["--events"]), brewery.settings) == 0
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["device"], row["event"], row["seq"]) == ("brewer-1", "service", "2")
    assert (row["volume [L]"], row["user"]) == ("0.2", "u7")


def test_the_catalogue_shows_every_kind_of_word(client: httpx.Client) -> None:
    shown = next(e for e in get(client, "/catalogue") if e["name"] == "brewer")
    schema.AssetType.model_validate(shown)
    assert [each["name"] for each in shown["counters"]] == ["cups", "pulses"]
    assert shown["counters"][1]["wraps_at"] == 65536
    [mode] = shown["states"]
    assert [(v["name"], v["time_element"]) for v in mode["values"]] == [
        ("idle", "standby"), ("brewing", "producing"), ("error", None),
    ]  # fmt: skip
    assert [each["name"] for each in shown["labels"]] == ["operator"]
    assert shown["events"][0]["fields"] == [
        {"name": "volume", "unit": "L"}, {"name": "wait", "unit": "s"},
    ]  # fmt: skip
    assert shown["events"][0]["words"] == ["user"]
