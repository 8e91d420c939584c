"""The gateway's classifier against the real service: a type without a model costs nobody else."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import httpx
import pytest

from contract.assets.words import Asset
from contract.diagnosing import NO_MODEL, Window
from contract.errors import NotServed, Unavailable
from gateway.judging.classifier import NO_MODEL_PAUSE_S, Classifier

HEALTHY = (41.2, 1187.0, 1.0, 0.82)
WINDOW = Window("fan-01", [200 * k for k in range(15)], [HEALTHY] * 15)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is slow on a busy machine is not away."""
    monkeypatch.setattr("gateway.judging.classifier.TIMEOUT_S", 60.0)


def asked(
    service: httpx.Client, ask: Callable[[Classifier], Coroutine[Any, Any, None]]
) -> Classifier:
    """A classifier of ``service`` after ``ask``."""

    async def main() -> Classifier:
        classifier = Classifier(url=str(service.base_url))
        try:
            await ask(classifier)
        finally:
            await classifier.close()
        return classifier

    return asyncio.run(main())


@pytest.mark.slow
def test_a_type_nobody_trained_is_told_by_name_and_asked_about_rarely(
    service: httpx.Client, fan: Asset
) -> None:
    lathe = replace(fan, name="lathe")

    async def ask(classifier: Classifier) -> None:
        for _ in range(2):
            with pytest.raises(NotServed, match=r"No model of lathe is served: .*'lathe'") as told:
                await classifier.predict(lathe, [WINDOW])
            assert 0 < told.value.retry_s <= NO_MODEL_PAUSE_S

    classifier = asked(service, ask)
    assert classifier.pause_s == 0
    status = classifier.status()
    assert status.status == "ok"
    assert status.detail.endswith("no model of lathe")


@pytest.mark.slow
def test_between_two_refusals_of_one_type_another_is_judged(
    service: httpx.Client, fan: Asset
) -> None:
    lathe = replace(fan, name="lathe")

    async def ask(classifier: Classifier) -> None:
        for _ in range(3):
            with pytest.raises(NotServed):
                await classifier.predict(lathe, [WINDOW])
            [found] = await classifier.predict(fan, [WINDOW])
            assert found.model.startswith("fan-")

    status = asked(service, ask).status()
    assert status.status == "ok"
    assert status.detail.startswith("fan-")


@pytest.mark.slow
def test_a_window_that_is_refused_is_a_failure_of_its_type_alone(
    service: httpx.Client, fan: Asset
) -> None:
    impossible = Window("fan-01", [0], [(900.0, 1187.0, 1.0, 0.82)])

    async def ask(classifier: Classifier) -> None:
        with pytest.raises(NotServed, match="can only report"):
            await classifier.predict(fan, [impossible])

    classifier = asked(service, ask)
    assert classifier.pause_s == 0
    assert classifier.status().status == "down"


def test_a_service_that_is_away_is_left_alone_for_all_types(fan: Asset) -> None:
    async def ask(classifier: Classifier) -> None:
        with pytest.raises(Unavailable, match="does not answer") as told:
            await classifier.predict(fan, [WINDOW])
        assert not isinstance(told.value, NotServed)
        assert classifier.pause_s > 0

    with httpx.Client(base_url="http://127.0.0.1:9") as nobody:
        assert asked(nobody, ask).status().status == "down"


@pytest.mark.slow
def test_refusals_say_their_kind(service: httpx.Client) -> None:
    body = {"asset": "lathe", "channels": ["speed"], "windows": [{"time_ms": [0], "rows": [[1]]}]}
    problem = service.post("/predict/batch", json=body).json()
    assert problem["type"] == NO_MODEL
    problem = service.post("/predict/batch", json={**body, "asset": "fan"}).json()
    assert problem["type"] == "about:blank"
