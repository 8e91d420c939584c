"""Buckets of REST by the site's time: where they begin and end, what they are called."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.site_time import SiteTime
from tests.gateway.api.workshop import MINUTE_MS, Serve, Workshop

HOUR_MS = 60 * MINUTE_MS
LONDON = SiteTime("Europe/London")
SUNDAY_MS = 1_792_886_400_000  # 2026-10-25T00:00:00Z: that night the clock is put back
EARLY = """
[[shift]]
name = "early"
days = ["mon", "tue", "wed", "thu", "fri"]
from = "06:00"
to = "14:00"
"""


@pytest.fixture
def autumn(tmp_path: Path) -> Iterator[Workshop]:
    """A site in London with two minutes of each hour from Saturday noon (UTC) to Monday noon."""
    with Workshop(tmp_path, time_zone="Europe/London") as made:
        device = made.add("fan-01")
        for hour in range(-12, 36):
            start_ms = SUNDAY_MS + hour * HOUR_MS
            made.run(device, from_ms=start_ms, to_ms=start_ms + 2 * MINUTE_MS, step_ms=1000)
        made.now_ms = SUNDAY_MS + 36 * HOUR_MS
        yield made


def asked(client: httpx.Client, **params: Any) -> dict[str, Any]:
    answer = client.get("/devices/fan-01/kpis", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def lengths_h(answer: dict[str, Any]) -> list[float]:
    return [
        (end - start) / HOUR_MS
        for start, end in zip(answer["time_ms"], answer["end_ms"], strict=True)
    ]


def test_the_day_on_which_the_clock_is_put_back_has_25_hours(
    autumn: Workshop, serve: Serve
) -> None:
    answer = asked(serve(autumn), bucket="day")
    assert answer["time_zone"] == "Europe/London"
    assert answer["label"] == ["2026-10-24", "2026-10-25", "2026-10-26"]
    assert lengths_h(answer) == [24, 25, 24]
    assert answer["time_ms"][1] == SUNDAY_MS - HOUR_MS


def test_the_hour_that_comes_twice_is_two_hours(autumn: Workshop, serve: Serve) -> None:
    answer = asked(serve(autumn), bucket="hour", **{"from": SUNDAY_MS, "to": SUNDAY_MS + 7_200_000})
    assert answer["label"] == ["2026-10-25T01:00+01:00", "2026-10-25T01:00+00:00"]


def test_weeks_and_months_are_the_sites(autumn: Workshop, serve: Serve) -> None:
    client = serve(autumn)
    assert asked(client, bucket="week")["label"] == ["2026-W43", "2026-W44"]
    assert asked(client, bucket="month")["label"] == ["2026-10"]
    assert lengths_h(asked(client, bucket="week")) == [169, 168]


def test_total_is_the_range_itself(autumn: Workshop, serve: Serve) -> None:
    span = {"from": SUNDAY_MS - HOUR_MS, "to": SUNDAY_MS + 24 * HOUR_MS}
    answer = asked(serve(autumn), bucket="total", **span)
    assert [*answer["time_ms"], *answer["end_ms"]] == list(span.values())
    assert answer["label"] == ["2026-10-25T00:00+01:00/2026-10-26T00:00+00:00"]


@pytest.mark.slow
@pytest.mark.parametrize("bucket", ["minute", "hour", "day", "week", "month", "shift"])
def test_the_sum_of_all_buckets_is_the_total(autumn: Workshop, serve: Serve, bucket: str) -> None:
    autumn.settings.shifts_path.write_text(EARLY)
    client = serve(autumn)
    span = {"from": SUNDAY_MS - 6 * HOUR_MS + MINUTE_MS, "to": SUNDAY_MS + 30 * HOUR_MS}
    (total,) = asked(client, bucket="total", **span)["kpis"]["energy_wh"]["value"]
    parts = asked(client, bucket=bucket, **span)["kpis"]["energy_wh"]["value"]
    assert sum(parts) == pytest.approx(total, rel=1e-12)


def test_times_may_be_told_as_the_sites_wall_shows_them(autumn: Workshop, serve: Serve) -> None:
    client = serve(autumn)
    answer = asked(client, bucket="day", time="iso")
    assert answer["time"][1:] == ["2026-10-25T00:00:00+01:00", "2026-10-26T00:00:00+00:00"]
    assert answer["end"][0] == answer["time"][1]
    assert "time_ms" not in answer
    energy = client.get("/energy", params={"bucket": "day", "time": "iso"}).json()
    assert energy["time"] == answer["time"]


def test_shifts_are_named_and_so_is_the_time_between_them(autumn: Workshop, serve: Serve) -> None:
    autumn.settings.shifts_path.write_text(EARLY)
    answer = asked(serve(autumn), bucket="shift", time="iso")
    assert answer["shift"] == [None, "early"]
    assert answer["label"] == ["2026-10-23 no shift", "2026-10-26 early"]
    assert answer["time"] == ["2026-10-23T14:00:00+01:00", "2026-10-26T06:00:00+00:00"]


def test_energy_of_all_devices_is_by_the_sites_days_too(autumn: Workshop, serve: Serve) -> None:
    answer = serve(autumn).get("/energy", params={"bucket": "day"}).json()
    assert answer["time_zone"] == "Europe/London"
    assert lengths_h(answer) == [24, 25, 24]
    assert answer["devices"]["fan-01"]["coverage"][1] == pytest.approx(1 / 30, rel=0.02)


def test_without_a_file_of_shifts_the_answer_says_how_to_write_one(
    autumn: Workshop, serve: Serve
) -> None:
    answer = serve(autumn).get("/devices/fan-01/kpis", params={"bucket": "shift"})
    assert answer.status_code == 422
    assert "write shifts.toml into EDGETWIN_DATA_DIR" in answer.json()["detail"]


def test_a_mistake_in_the_file_is_told_to_who_asks_for_shifts_and_costs_nobody_else(
    autumn: Workshop, serve: Serve
) -> None:
    autumn.settings.shifts_path.write_text(EARLY.replace("14:00", "25:00"))
    client = serve(autumn)
    answer = client.get("/energy", params={"bucket": "shift"})
    assert answer.status_code == 422
    assert 'shift "early": to = "25:00" is no time' in answer.json()["detail"]
    health = client.get("/health").json()
    assert health["shifts"] == []
    assert health["shifts_error"] in answer.json()["detail"]
    assert client.get("/energy", params={"bucket": "day"}).status_code == 200


def test_the_file_is_read_again_when_it_has_changed(autumn: Workshop, serve: Serve) -> None:
    path = autumn.settings.shifts_path
    client = serve(autumn)
    assert client.get("/health").json()["shifts"] == []
    for number, name in zip(itertools.count(1), ("early", "first", "day"), strict=False):
        path.write_text(EARLY.replace("early", name))
        os.utime(path, ns=(number, number))
        assert client.get("/health").json()["shifts"] == [name]
    path.unlink()
    assert client.get("/health").json()["shifts"] == []


def test_health_tells_the_sites_time_zone(autumn: Workshop, serve: Serve) -> None:
    assert serve(autumn).get("/health").json()["time_zone"] == "Europe/London"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"\xff\xfe", "shifts.toml is not TOML"),
        (b"[[shift]", "shifts.toml is not TOML"),
        (b"#" * 300_000, "it has more than 256 KiB"),
        (b"", "it has no [[shift]]"),
    ],
)
def test_whatever_is_in_the_file_it_is_named(
    autumn: Workshop, serve: Serve, content: bytes, part: str
) -> None:
    autumn.settings.shifts_path.write_bytes(content)
    assert part in serve(autumn).get("/health").json()["shifts_error"]


def test_a_directory_of_that_name_is_no_file(autumn: Workshop, serve: Serve) -> None:
    autumn.settings.shifts_path.mkdir()
    assert "cannot be read: Is a directory" in serve(autumn).get("/health").json()["shifts_error"]


def test_shifts_of_a_calendar_file_are_shifts_and_two_files_are_one_too_many(
    autumn: Workshop, serve: Serve
) -> None:
    toml, client = autumn.settings.shifts_path, serve(autumn)
    example = Path(__file__).parents[3] / "docs" / "examples" / "shifts.ics"
    toml.with_suffix(".ics").write_text(example.read_text())
    assert client.get("/health").json()["shifts"] == ["early", "night"]
    toml.write_text(EARLY)
    assert "keep the one" in client.get("/health").json()["shifts_error"]
    toml.with_suffix(".ics").unlink()
    assert client.get("/health").json()["shifts"] == ["early"]
    toml.unlink()
    toml.with_suffix(".ics").write_bytes(b"\xff")
    assert "shifts.ics is not iCalendar" in client.get("/health").json()["shifts_error"]
