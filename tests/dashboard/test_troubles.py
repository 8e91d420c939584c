"""What is wrong with a machine's channels, clock, rate and presence, as the pages show it.

States are published by hand, as the gateway would: what is shown of each is the dashboard's own.
"""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.workshop import Workshop

pytestmark = pytest.mark.browser

MACHINE = "press-09"
# It measures once an hour, so that nobody misses its readings.
BIRTH = {"asset": "fan", "epoch": "9f2c41aa-1", "rate_hz": 1 / 3600, "model": "Fan of the test"}
KINDS = ("birth", "status", "state", "diagnosis", "alarm")
GOOD = {"temperature": 41.0, "rpm": 1200.0, "current": 1.05, "vibration": 0.8}
HOUR_MS = 3_600_000
BAD = {
    "value": -127.0,
    "reason": "out_of_range",
    "detail": "temperature is -127, possible is -40 to 150 °C",
    "since_ms": 1_795_835_400_000,
}
HUMIDITY = {"value": 41.0, "reason": "unknown_channel", "detail": "", "since_ms": 1}


class Machine:
    """A machine as the gateway tells of it: what is not named is well."""

    def __init__(self, workshop: Workshop, page: Page) -> None:
        self._workshop = workshop
        self._page = page

    def introduce(self) -> None:
        """Have the gateway know it, and say its own word of it before the test says others."""
        self.publish("birth", BIRTH)
        self._workshop.hear(MACHINE, "state")

    def tell(self, *, ago_s: float = 0.0, **extra: Any) -> None:
        now_ms = int((time.time() - ago_s) * 1000)
        state = {
            "device": MACHINE,
            "asset": "fan",
            "time_ms": now_ms,
            "published_ms": now_ms,
            "status": "online",
            "fresh": True,
            "sequenced": True,
            "values": GOOD,
            "kpis": {},
            "open_alarms": 0,
            "period_ms": 600_000,  # so that it stays fresh for the test
            "troubles": {},
        }
        self.publish("state", state | extra)

    def judge(self, **extra: Any) -> None:
        now_ms = int(time.time() * 1000)
        diagnosis = {
            "device": MACHINE,
            "time_ms": now_ms,
            "judged_ms": now_ms,
            "stale": False,
            "fault_code": 0,
            "fault_label": "Normal",
            "fault": "normal",
            "confidence": 0.94,
            "severity": "None",
            "advice": "Nothing to do.",
            "reasons": [],
            "anomaly_score": 0.1,
            "model": "fan-00000000",
            "channel": None,
        }
        self.publish("diagnosis", diagnosis | extra)

    def publish(self, kind: str, value: dict[str, Any]) -> None:
        self._workshop.publish(MACHINE, kind, json.dumps(value))

    def open(self) -> Page:
        self._page.goto(f"{self._workshop.dashboard}/dashboard/machine?device={MACHINE}")
        return self._page

    def fleet(self) -> Page:
        self._page.goto(f"{self._workshop.dashboard}/dashboard/fleet")
        return self._page


@pytest.fixture
def machine(workshop: Workshop, page: Page) -> Iterator[Machine]:
    known = Machine(workshop, page)
    known.introduce()
    yield known
    for kind in KINDS:
        workshop.publish(MACHINE, kind, None)


def test_a_channel_that_is_set_aside_is_grey_with_its_reason_and_no_value(
    machine: Machine,
) -> None:
    machine.tell(troubles={"temperature": BAD, "humidity": HUMIDITY})
    machine.judge()
    page = machine.open()
    gauge = page.locator("[data-channel=temperature]")
    expect(gauge.get_by_test_id("note")).to_contain_text("Set aside since")
    expect(gauge.get_by_test_id("note")).to_contain_text("temperature is -127, possible is -40")
    expect(gauge.locator(".reading")).to_have_text("\N{EN DASH}")
    expect(gauge.locator(".value")).to_have_count(0)
    expect(page.locator("[data-channel=rpm] .reading")).to_have_text("1,200")
    trend = page.locator("[data-trend=temperature]")
    expect(trend).to_contain_text("Set aside: temperature is -127, possible is -40")
    expect(trend).not_to_contain_text("No reading")
    surplus = page.locator("[data-surplus=humidity]")
    expect(surplus).to_have_text("humidity 41: not a channel of a cooling fan")
    card = machine.fleet().locator(f"[data-device={MACHINE}]")
    expect(card).to_contain_text("1 channel set aside")


def test_a_board_whose_clock_is_off_is_told_with_how_sure_that_is(machine: Machine) -> None:
    machine.tell(clock={"offset_ms": 5 * HOUR_MS, "uncertainty_ms": 200, "corrected": True})
    page = machine.open()
    said = "The board's clock is 5 h 0 min behind (± 0.2 s); times are corrected."
    expect(page.get_by_test_id("clock")).to_contain_text(said)
    machine.tell(clock={"offset_ms": 12, "uncertainty_ms": 40, "corrected": False})
    expect(page.get_by_test_id("clock")).to_have_count(0)
    expect(page.locator(".facts")).to_contain_text("right (± 0.1 s)")


def test_the_stuck_channel_is_named_and_its_gauge_is_marked(machine: Machine) -> None:
    machine.tell()
    stuck = {"fault": "stuck_sensor", "fault_label": "Stuck Sensor", "severity": "Low"}
    machine.judge(**stuck, fault_code=5, channel="rpm")
    page = machine.open()
    expect(page.get_by_test_id("suspect")).to_have_text("Speed")
    expect(page.locator("[data-channel=rpm].suspect")).to_contain_text("Stuck Sensor")
    expect(page.locator("[data-channel].suspect")).to_have_count(1)
    machine.judge()
    expect(page.locator("[data-channel].suspect")).to_have_count(0)


def test_a_machine_too_slow_to_judge_is_neither_healthy_nor_faulty(machine: Machine) -> None:
    why = "It measures every hour: the classifier needs a reading every 5 s."
    slow = {"fault": "not_judged", "fault_label": "Too slow to judge", "fault_code": -2}
    machine.tell(period_ms=HOUR_MS, not_judged=why)
    machine.judge(**slow, advice=why)
    page = machine.open()
    diagnosis = page.get_by_test_id("diagnosis")
    expect(diagnosis).to_contain_text("Too slow to judge")
    expect(diagnosis).to_contain_text(why)
    expect(diagnosis).not_to_contain_text("Healthy")
    expect(page.locator(".diagnosis.sev-quiet")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("every 1 h")
    timeline = page.get_by_test_id("timeline")
    expect(timeline.locator("[data-episode=not_judged].sev-quiet")).to_contain_text(why)
    expect(timeline.locator("[data-fault=not_judged].sev-quiet")).to_be_visible()
    expect(timeline).not_to_contain_text("No fault")
    chosen = page.get_by_role("button", name="24 h")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    card = machine.fleet().locator(f"[data-device={MACHINE}]")
    expect(card.locator(".chip.sev-quiet")).to_have_text("Too slow to judge")
    grey = page.locator(f"[data-timeline={MACHINE}] [data-fault=not_judged].sev-quiet")
    expect(grey).to_be_visible()
    expect(grey).to_have_attribute("title", re.compile(f"Not judged.*{re.escape(why)}"))


def test_a_machine_that_nobody_has_judged_yet_has_no_clean_timeline(machine: Machine) -> None:
    machine.tell()
    page = machine.open()
    expect(page.get_by_test_id("timeline")).to_contain_text("Not judged in this time.")
    line = machine.fleet().locator(f"[data-timeline={MACHINE}]")
    expect(line).to_contain_text("Not judged in this time.")


def test_a_machine_that_measures_rarely_is_live_between_its_readings(machine: Machine) -> None:
    machine.tell(ago_s=7_200, period_ms=HOUR_MS)
    machine.judge()
    page = machine.open()
    expect(page.locator(".machine .head .chip")).to_have_text("Online")
    expect(page.locator("[data-channel=rpm] .reading")).to_have_text("1,200")
    expect(page.locator("[data-channel=rpm].past")).to_have_count(0)
    expect(page.get_by_test_id("last-seen")).to_have_count(0)


def test_a_silent_machine_stands_first_and_the_header_says_so(machine: Machine) -> None:
    machine.tell(ago_s=3_000, fresh=False, period_ms=200)
    machine.judge()
    page = machine.fleet()
    first = page.locator(".fleet-card").first
    expect(first).to_have_attribute("data-device", MACHINE)
    expect(first).to_contain_text("Silent since")
    expect(page.locator(f"[data-device={MACHINE}].sev-medium")).to_be_visible()
    expect(page.get_by_test_id("plant")).to_have_text("1 silent")


def test_an_alarm_that_came_back_shows_how_often_and_nothing_says_all_works(
    machine: Machine,
) -> None:
    machine.tell(open_alarms=1)
    alarm = {
        "id": 1,
        "device": MACHINE,
        "name": "current_high",
        "kind": "limit",
        "severity": "High",
        "text": "Current 2.50 A is above 2.2 A.",
        "raised_ms": int(time.time() * 1000),
        "acknowledged_ms": None,
        "acknowledged_by": None,
        "cleared_ms": None,
        "count": 7,
    }
    machine.publish("alarm", {"device": MACHINE, "event": alarm, "open": [alarm]})
    page = machine.open()
    expect(page.get_by_test_id("count")).to_have_text("\N{MULTIPLICATION SIGN} 7")
    expect(page.get_by_test_id("plant")).to_have_text("1 in trouble")
    expect(page.get_by_test_id("worst")).to_have_text(f"Current high, {MACHINE}")
    page.get_by_test_id("plant").focus()  # by keyboard, as by touch
    page.keyboard.press("Enter")
    page.get_by_test_id("plant-panel").get_by_role("link", name=MACHINE).press("Enter")
    expect(page.get_by_test_id("plant-panel")).to_be_hidden()


def test_the_gateways_own_alarms_are_in_the_banner_and_in_no_list_of_machines(
    workshop: Workshop, page: Page
) -> None:
    text = "The journal was damaged and has been set aside."
    alarm = {"id": 0, "name": "journal_damaged", "severity": "Critical", "text": text}
    workshop.publish("gateway", "alarm", json.dumps({"device": "gateway", "open": [alarm]}))
    page.goto(f"{workshop.dashboard}/dashboard/fleet")
    expect(page.get_by_test_id("problem-journal_damaged")).to_have_text(text)
    expect(page.get_by_test_id("system")).to_have_text("System works")  # so says /health
    expect(page.locator("[data-device=gateway]")).to_have_count(0)
    workshop.publish("gateway", "alarm", None)
    expect(page.get_by_test_id("problem-journal_damaged")).to_have_count(0)


def test_a_refused_birth_is_told_and_nothing_of_it_is_shown(machine: Machine) -> None:
    machine.tell()
    page = machine.open()
    facts = page.locator(".facts")
    expect(facts).to_contain_text("Fan of the test")
    machine.publish("birth", {**BIRTH, "model": "Another fan", "location": "Mars", "channels": {}})
    expect(facts).to_contain_text("refused: channels must be a list such as")
    expect(facts).to_contain_text("Fan of the test")
    expect(page.locator("main .machine")).not_to_contain_text("Another fan")
    expect(page.locator("main .machine")).not_to_contain_text("Mars")
    machine.publish("birth", BIRTH)
    expect(facts).not_to_contain_text("refused")


def test_only_machines_that_the_gateway_knows_are_shown_and_counted(
    machine: Machine, workshop: Workshop
) -> None:
    """What the broker retains may be from before a journal was lost."""
    alarm = {"id": 9, "name": "silent", "kind": "system", "severity": "High", "text": "Silent."}
    now_ms = int(time.time() * 1000)
    state = {"device": "ghost-01", "asset": "fan", "time_ms": now_ms, "values": GOOD, "kpis": {}}
    workshop.publish("ghost-01", "state", json.dumps(state | {"status": "online", "fresh": True}))
    workshop.publish("ghost-01", "alarm", json.dumps({"device": "ghost-01", "open": [alarm]}))
    machine.tell()
    page = machine.fleet()
    expect(page.locator(f"[data-device={MACHINE}]")).to_be_visible()
    expect(page.locator("[data-device=ghost-01]")).to_have_count(0)
    expect(page.locator(".shell .count")).to_have_count(0)
    for kind in ("state", "alarm"):
        workshop.publish("ghost-01", kind, None)


def test_a_card_tells_silence_channels_and_alarms_whole(machine: Machine) -> None:
    alarm = {"id": 1, "name": "silent", "severity": "High", "text": "Silent.", "kind": "system"}
    machine.publish("alarm", {"device": MACHINE, "open": [alarm]})
    machine.tell(ago_s=200_000, fresh=False, period_ms=200, troubles={"temperature": BAD})
    card = machine.fleet().locator(f"[data-device={MACHINE}]")
    expect(card.get_by_test_id("aside")).to_have_text("1 channel set aside")
    expect(card).to_contain_text("Silent since")
    is_whole = "chip => chip.scrollWidth <= chip.clientWidth"
    assert card.locator(".class .chip .ellipsis").evaluate(is_whole)
