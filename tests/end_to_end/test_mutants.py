"""The checker finds something wrong with each of five mistakes, and nothing without them.

Each scenario makes its mistake tell with certainty; the sound build goes through the same.
"""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.mutants import MUTANTS
from tests.end_to_end.witness import Witness
from tests.end_to_end.workshop import SITE, Workshop
from tests.mosquitto import eventually

pytestmark = pytest.mark.broker

QUEUE = "edgetwin_queue_messages"
UNHEARD = 10  # messages under way that the broker has not acknowledged, at most

Scenario = Callable[[Workshop], None]


def broker_dies_with_what_it_holds(workshop: Workshop) -> None:
    """The gateway is away, the broker acknowledges readings for it, and dies with them."""
    workshop.start_gateway()
    workshop.kill_gateway()
    workshop.start_devices()
    eventually(lambda: workshop.accepted() >= 60, "readings")
    await_pubacks(workshop)
    workshop.broker.kill()
    workshop.broker.start()
    workshop.start_gateway()
    workshop.quiesce()


def await_pubacks(workshop: Workshop) -> None:
    """Wait for more messages of one device than it sends without the broker's word of some."""
    heard: Counter[str] = Counter()
    listener = workshop.client()
    listener.on_message = lambda _client, _userdata, message: heard.update([message.topic])
    listener.subscribe(f"edgetwin/v1/{SITE}/+/telemetry", 0)
    eventually(lambda: any(count > UNHEARD + 5 for count in dict(heard).values()), "messages")
    listener.disconnect()
    listener.loop_stop()


def gateway_dies_after_it_has_acknowledged(workshop: Workshop) -> None:
    """Devices free what is acknowledged; then the gateway is gone."""
    workshop.start_gateway()
    workshop.start_devices()
    workshop.await_progress(60)
    workshop.kill_gateway()
    workshop.broker.kill()
    workshop.broker.start()
    workshop.start_gateway()
    workshop.quiesce()


def gateway_dies_before_it_has_acknowledged(workshop: Workshop) -> None:
    """A batch is stored; broker and device have to send it again."""
    workshop.start_gateway()
    workshop.start_devices()
    for _ in range(3):
        workshop.await_progress(10)
        workshop.orders.kill_at("after_commit")
        workshop.await_gateway_dead()
        workshop.start_gateway()
    workshop.quiesce()


def connection_changes_while_a_batch_is_stored(workshop: Workshop) -> None:
    """The old connection's packet ids mean other messages on the new one.

    The witness sends each reading once, so what the broker is told of it decides.
    """
    workshop.start_gateway()
    witness = Witness(workshop)
    witness.introduce()
    eventually(lambda: workshop.get("/devices") != [], "the gateway knows the witness")
    workshop.orders.hold_at("before_commit")
    witness.send(1)
    eventually(lambda: workshop.orders.is_held_at("before_commit"), "a batch is being stored")
    workshop.restart_broker()
    witness.send(60)  # their packet ids begin at 1 again
    eventually(lambda: workshop.metric(QUEUE) >= 60, "the gateway has received them")
    workshop.orders.kill_at("after_puback")
    workshop.orders.let_one_pass("before_commit")  # what came meanwhile is not stored yet
    workshop.await_gateway_dead()
    workshop.orders.release("before_commit")
    workshop.start_gateway()
    eventually(lambda: workshop.get("/delivery")[0]["stored"] >= 60, "they are stored")
    eventually(lambda: workshop.metric(QUEUE) == 0, "the last is taken")
    time.sleep(1)  # what has not come by now was never going to


def gateway_dies_with_an_event_stored(workshop: Workshop) -> None:
    """The broker has to send the event again."""
    workshop.start_gateway()
    witness = Witness(workshop)
    witness.introduce()
    eventually(lambda: workshop.get("/devices") != [], "the gateway knows the witness")
    witness.send(3)
    eventually(lambda: workshop.get("/delivery")[0]["stored"] == 3, "its readings are stored")
    workshop.orders.kill_at("after_commit")
    witness.happen("cleaned")
    workshop.await_gateway_dead()
    workshop.start_gateway()
    eventually(lambda: workshop.get("/delivery")[0]["duplicates"] > 0, "it came again")
    witness.send(1)  # the state that tells of it has the event


SCENARIOS: dict[str, Scenario] = {
    "frees_on_puback": broker_dies_with_what_it_holds,
    "acknowledges_before_commit": gateway_dies_after_it_has_acknowledged,
    "counts_repeats": gateway_dies_before_it_has_acknowledged,
    "acknowledges_on_another_connection": connection_changes_while_a_batch_is_stored,
    "counts_an_event_twice": gateway_dies_with_an_event_stored,
}
SYMPTOMS = {
    "frees_on_puback": "accepted and never stored",
    "acknowledges_before_commit": "acknowledged and lost",
    "counts_repeats": "stored more than once",
    "acknowledges_on_another_connection": "accepted and never stored",
    "counts_an_event_twice": "it has 1 events cleaned and its state says 2",
}


def test_every_mutant_has_a_scenario() -> None:
    assert SCENARIOS.keys() == SYMPTOMS.keys() == MUTANTS.keys()


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_checker_sees_what_a_mistake_does(mutant: str, tmp_path: Path) -> None:
    found = play(tmp_path, SCENARIOS[mutant], mutants=(mutant,))
    assert any(SYMPTOMS[mutant] in sentence for sentence in found), found


@pytest.mark.parametrize("mutant", MUTANTS)
def test_without_the_mistake_the_same_story_ends_well(mutant: str, tmp_path: Path) -> None:
    assert play(tmp_path, SCENARIOS[mutant], mutants=()) == []


def play(directory: Path, scenario: Scenario, *, mutants: tuple[str, ...]) -> list[str]:
    """The violations at the scenario's end."""
    with Workshop(directory, devices=2, rate_hz=20.0, mutants=mutants, events=True) as workshop:
        workshop.broker.start()
        scenario(workshop)
        return workshop.violations()
