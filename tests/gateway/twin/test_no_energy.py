"""A machine of which nothing says energy has none: unknown, and never 0."""

from dataclasses import replace

import msgspec

from contract.messages import Minute
from gateway.journal.streams import MINUTES
from gateway.sinks.influxdb.points import MEASUREMENTS
from gateway.twin.minutes import restate
from gateway.twin.twin import Twin
from tests.gateway.builders import DRILL, FACTORS, POWER, T0, every, state_of

KPIS = tuple(entry for entry in DRILL.kpis if entry not in POWER.kpis)
METERLESS = replace(DRILL, derived=(), params=(), kpis=KPIS)


def twin_of(count: int) -> Twin:
    twin = Twin(device="one", asset=METERLESS, factors=FACTORS)
    for each in every(1000, count):
        assert twin.fold(each)
    return twin


def test_its_minutes_and_its_state_say_nothing_of_energy() -> None:
    twin = twin_of(90)
    [closed] = twin.take_closed()
    assert closed.energy_j is None
    assert (closed.measured_ms, closed.running_ms) == (59_000, 59_000)
    assert restate(asset=METERLESS, start_ms=T0, before=[], readings=every(1000, 60), after=[]) == (
        closed
    )
    kpis = state_of(twin).kpis
    assert list(kpis) == ["cooling", "index", "running_h", "health_percent"]
    assert kpis["running_h"].value is not None


def test_it_stays_unknown_through_a_checkpoint_and_a_restated_minute() -> None:
    twin = twin_of(90)
    [closed] = twin.take_closed()
    again = Twin.restore(twin.snapshot(), device="one", asset=METERLESS, factors=FACTORS)
    again.replace_minute(new=closed, old=closed)
    assert state_of(again).kpis == state_of(twin).kpis


def test_its_minute_is_null_in_json_and_no_field_in_influxdb() -> None:
    [closed] = twin_of(61).take_closed()
    body = msgspec.json.encode(closed)
    assert b'"energy_j":null' in body
    assert msgspec.json.decode(body, type=Minute) == closed
    row = (1, "one", "drill", closed.start_ms, body.decode())
    line = MEASUREMENTS[MINUTES.name].encode(row, lambda *_: FACTORS)
    assert not any(name in line for name in ("energy_wh", "co2_g", "cost"))
    assert "running_s=59.0" in line


def test_a_minute_from_before_says_its_energy_as_ever() -> None:
    """As it stands in journals of the first releases."""
    body = b'{"start_ms":0,"count":2,"measured_ms":9,"running_ms":9,"energy_j":1.5,"channels":{}}'
    minute = msgspec.json.decode(body, type=Minute)
    assert (minute.energy_j, minute.program, minute.sums) == (1.5, "", [])
