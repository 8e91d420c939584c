"""The dashboard for Grafana: each of its questions has an answer, by the names there are."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.sinks.influxdb.access import Access, history_of
from tests.gateway.sinks.keeper import HOUR_MS, Keeper, deliver, end, now_ms
from tests.influx.running import Influxd

FILE = Path(__file__).parents[3] / "influx" / "grafana.json"
DASHBOARD: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
QUESTIONS = {panel["title"]: panel["targets"][0]["query"] for panel in DASHBOARD["panels"]} | {
    variable["label"]: variable["query"]
    for variable in DASHBOARD["templating"]["list"]
    if variable["type"] == "query"
}


def asked(query: str, bucket: str) -> str:
    """As Grafana asks, of all machines and channels and the last day."""
    known = {
        "${bucket}_history": history_of(bucket),
        "${bucket}": bucket,
        "${device:regex}": ".*",
        "${channel:regex}": ".*",
        "v.timeRangeStart": "-1d",
        "v.timeRangeStop": "now()",
        "v.windowPeriod": "1m",
    }
    for name, value in known.items():
        query = query.replace(name, value)
    assert "${" not in query
    assert "v." not in query
    return query


@pytest.mark.influxdb
def test_every_panel_finds_what_is_there(influxd: Influxd, access: Access, keeper: Keeper) -> None:
    then_ms = now_ms() - HOUR_MS
    keeper.add_event(time_ms=then_ms, seq=1, event="service", values={"volume": 0.2})
    keeper.add(times_ms=[then_ms], first_seq=2)
    keeper.add_minute(start_ms=then_ms // 60_000 * 60_000, energy_j=5.0)
    keeper.add_diagnosis(time_ms=then_ms)
    keeper.put_alarm(raised_ms=then_ms)
    end(deliver(keeper, access))
    for title, query in QUESTIONS.items():
        assert influxd.ask(asked(query, access.bucket)), title


def test_it_asks_for_its_server_and_names_no_other() -> None:
    assert [each["name"] for each in DASHBOARD["__inputs"]] == ["DS_INFLUXDB"]
    assert "http" not in FILE.read_text(encoding="utf-8")
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
