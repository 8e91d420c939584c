"""The log of a machine and of the site: what people note, change and take back."""

from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from gateway.api import schema
from gateway.journal import JournalReader
from gateway.registry.params import ParamBook
from gateway.registry.register import Register
from hosting.audit.events import What
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop

SAM = {"by": "Sam"}
LOG = TypeAdapter(list[schema.LogEntry])


@pytest.fixture
def kitchen(empty_workshop: Workshop) -> Workshop:
    empty_workshop.add("dispenser-01", asset="dispenser")
    empty_workshop.add("fan-01")
    return empty_workshop


def log(client: httpx.Client, path: str = "/devices/fan-01/log") -> list[dict[str, Any]]:
    found = client.get(path)
    LOG.validate_json(found.content, strict=True)
    return list(found.json())


def noted(client: httpx.Client, path: str, **said: Any) -> dict[str, Any]:
    answer = client.post(path, json=SAM | said)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_word_is_noted_changed_and_taken_back_each_with_who(
    kitchen: Workshop, serve: Serve
) -> None:
    client = serve(kitchen)
    path = "/devices/fan-01/annotations"
    first = noted(client, path, text=" New filter. ", time=NOON_MS - MINUTE_MS)
    assert log(client) == [first]
    assert (first["text"], first["time_ms"]) == ("New filter.", NOON_MS - MINUTE_MS)
    body = {"by": "Kim", "text": "New filter, and belt.", "until": NOON_MS}
    changed = client.put(f"{path}/{first['id']}", json=body).json()
    assert changed["time_ms"] == first["time_ms"]
    assert (changed["until_ms"], changed["changed_by"]) == (NOON_MS, "Kim")
    assert client.delete(f"{path}/{first['id']}?by=Sam").json() == changed
    assert log(client) == []
    assert client.delete(f"{path}/{first['id']}?by=Sam").status_code == 404
    assert [(who, what) for who, what, _ in kitchen.audited] == [
        ("Sam", What.LOG_CHANGED), ("Kim", What.LOG_CHANGED), ("Sam", What.LOG_CHANGED),
    ]  # fmt: skip


def test_the_log_of_a_machine_has_the_words_of_the_site_and_those_that_reach_into_the_range(
    kitchen: Workshop, serve: Serve
) -> None:
    client = serve(kitchen)
    noted(client, "/annotations", text="Power cut.", time=NOON_MS - 60 * MINUTE_MS)
    noted(
        client, "/devices/fan-01/annotations", text="Night shift.",
        time=NOON_MS - 90 * MINUTE_MS, until=NOON_MS - 30 * MINUTE_MS,
    )  # fmt: skip
    assert [entry["text"] for entry in log(client)] == ["Power cut.", "Night shift."]
    assert [entry["text"] for entry in log(client, "/log")] == ["Power cut."]
    assert log(client, "/log")[0]["device"] is None
    span = f"?from={NOON_MS - 40 * MINUTE_MS}&to={NOON_MS}"
    assert [entry["text"] for entry in log(client, f"/devices/fan-01/log{span}")] == [
        "Night shift."
    ]
    assert [entry["text"] for entry in log(client, "/devices/dispenser-01/log")] == ["Power cut."]


@pytest.mark.parametrize(
    ("path", "said", "wrong"),
    [
        ("annotations", {"text": "  "}, "The note is empty"),
        ("annotations", {"text": "a\x07"}, "cannot be shown"),
        ("annotations", {"text": "a", "time": 1, "until": 1}, "later than its beginning"),
        ("events", {"event": "descaled"}, "it has bearing_changed"),
    ],
)
def test_what_cannot_be_noted_is_a_sentence(
    kitchen: Workshop, serve: Serve, path: str, said: dict[str, Any], wrong: str
) -> None:
    client = serve(kitchen)
    said = {name: NOON_MS if value == 1 else value for name, value in said.items()}
    answer = client.post(f"/devices/fan-01/{path}", json=SAM | said)
    assert answer.status_code == 422
    assert wrong in answer.json()["detail"]
    assert log(client) == []


def test_only_a_service_of_the_type_is_done_and_not_in_the_future(
    kitchen: Workshop, serve: Serve
) -> None:
    client = serve(kitchen)
    path = "/devices/dispenser-01/events"
    wrong = client.post(path, json=SAM | {"event": "oiled"})
    assert (
        "'oiled' resets no service of this machine: it has condenser_cleaned, descaled"
        in wrong.json()["detail"]
    )
    late = client.post(path, json=SAM | {"event": "descaled", "time": NOON_MS + 10 * MINUTE_MS})
    assert "later than now" in late.json()["detail"]
    assert client.post("/devices/nobody/events", json=SAM | {"event": "a"}).status_code == 404


def test_what_was_noted_is_there_after_a_restart(kitchen: Workshop, serve: Serve) -> None:
    client = serve(kitchen)
    kept = noted(client, "/devices/fan-01/annotations", text="Kept.")
    gone = noted(client, "/devices/fan-01/annotations", text="Gone.")
    client.delete(f"/devices/fan-01/annotations/{gone['id']}?by=Sam")
    register = Register(ParamBook(()))
    reader = JournalReader(kitchen.settings.journal_path)
    for change in reader.changes():
        register.take(change)
    reader.close()
    [entry] = register.log.of("fan-01").values()
    assert (entry.id, entry.note.text, entry.changed_by) == (kept["id"], "Kept.", "Sam")
