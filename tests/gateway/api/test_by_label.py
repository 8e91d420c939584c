"""Figures by a label over REST: those of all machines of a type together, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from tests.contract.assets import bench
from tests.gateway.api.workshop import NOON_MS, Serve, Workshop

PERIOD_MS = 2500
START_MS = NOON_MS - 600_000


def ten_minutes(*, before: str, after: str) -> list[tuple[int, dict[str, Any]]]:
    """Half of it each; three samples of the one, five of the other."""
    found = []
    for at in range(240):
        second = at * 2.5
        samples = second // 100 if second <= 300 else 3 + (second - 300) // 59
        who = before if second < 300 else after
        values = bench.reading(samples=float(samples), operator=who)
        found.append((START_MS + at * PERIOD_MS, values))
    return found


def test_who_worked_at_two_machines_has_one_figure_of_both(tmp_path: Path, serve: Serve) -> None:
    with Workshop(tmp_path) as workshop:
        for name, before, after in (("lab-1", "P-A", "P-B"), ("lab-2", "P-B", "P-A")):
            device = workshop.add(name, asset="instrument")
            workshop.store(device, ten_minutes(before=before, after=after))
        client = serve(workshop)
        asked: dict[str, int | str] = {"from": START_MS, "to": NOON_MS}
        asked |= {"names": "samples_per_h,samples_done,revenue"}
        [told] = client.get("/kpis/by/operator", params=asked).json()["types"]
        assert (told["asset"], told["devices"]) == ("instrument", ["lab-1", "lab-2"])
        assert told["kept_from_ms"] == START_MS
        assert told["coverage"] == pytest.approx(0.996, abs=0.001)
        figures = {each["value"]: each["kpis"] for each in told["values"]}
        assert {"P-A", "P-B"} <= set(figures)
        for value in ("P-A", "P-B"):
            assert figures[value]["samples_per_h"]["value"] == pytest.approx(48.0, rel=0.01)
            assert figures[value]["samples_done"]["value"] == 8
            assert figures[value]["revenue"]["unit"] == "GBP"
            assert figures[value]["revenue"]["value"] == pytest.approx(9.6)  # 8 x 1.2
        [one] = client.get("/kpis/by/operator", params=asked | {"devices": "lab-2"}).json()["types"]
        assert one["devices"] == ["lab-2"]
        double = client.get("/kpis/by/operator", params=asked | {"from": START_MS - 600_000})
        assert double.json()["types"][0]["coverage"] == pytest.approx(0.498, abs=0.001)


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/kpis/by/colour", 404, "No type has a label 'colour'; there are"),
        ("/kpis/by/operator?names=mood", 422, "has no KPI 'mood'"),
        ("/kpis/by/operator?names=availability_percent", 422, "is of planned time or of the"),
        ("/kpis/by/operator?names=health_percent", 422, "cannot be split"),
        ("/kpis/by/operator?from=2025-11-20&to=2025-11-19", 422, "is later than"),
    ],
)
def test_what_cannot_be_told_is_a_sentence(
    path: str, status: int, says: str, tmp_path: Path, serve: Serve
) -> None:
    with Workshop(tmp_path) as workshop:
        workshop.add("lab-1", asset="instrument")
        answer = serve(workshop).get(path)
    assert answer.status_code == status
    assert says in answer.json()["detail"]
