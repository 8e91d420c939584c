"""A fault from the button to the diagnosis, the alarm and the timeline, and back."""

import re
import time
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.dashboard.conftest import PATIENCE_MS, Complaints
from tests.dashboard.workshop import Workshop
from tests.gateway.sinks.people.office import Hook

pytestmark = pytest.mark.browser

SHOWN_WITHIN_S = 5.0
MORE_TRIES = 9
OVERCURRENT = "Overcurrent Fault"
# One cause, one alarm: called after what was found first, the fault or the limit.
ALARM = ":is([data-alarm=fault_overcurrent], [data-alarm=current_high])"
OPEN = f"[data-test=open-alarms] {ALARM}"


def open_machine(page: Page, workshop: Workshop, device: str) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/machine?device={device}")
    expect(page.get_by_test_id("class")).not_to_have_text(OVERCURRENT, timeout=PATIENCE_MS)
    expect(page.locator(".trend canvas").first).to_be_visible()


def shown_after_s(page: Page) -> float:
    """Press the button; the seconds until class, alarm and timeline entry are all on the page."""
    page.locator("[data-test=inject] [data-fault=overcurrent]").click()
    pressed_s = time.monotonic()
    expect(page.get_by_test_id("class")).to_have_text(OVERCURRENT)
    expect(page.locator(OPEN)).to_be_visible()
    expect(page.locator("[data-episode=overcurrent]").first).to_be_visible()
    return time.monotonic() - pressed_s


def keep_in_maintenance(page: Page) -> None:
    """A window on the machine's page: its alarm is kept and asks for nobody, until that is over."""
    windows = page.get_by_test_id("windows")
    windows.get_by_role("button", name="Add").click()
    windows.get_by_label("Why").fill("New bearing")
    windows.get_by_label("Your name").fill("Ada")
    windows.get_by_role("button", name="Save").click()
    expect(windows).to_contain_text("New bearing, by Ada")
    expect(page.get_by_test_id("in-maintenance").first).to_contain_text("In maintenance")
    expect(page.locator(OPEN).get_by_test_id("suppressed")).to_contain_text("New bearing (Ada)")
    windows.get_by_role("button", name=re.compile("^Remove the window")).click()
    expect(page.locator(OPEN).get_by_test_id("suppressed")).to_have_count(0)


def ask_why(page: Page) -> None:
    """What takes points from its health, and what of it wears."""
    page.get_by_test_id("why-health").click()
    parts = page.get_by_test_id("health-parts")
    expect(parts.locator("[data-part=alarm]")).to_contain_text("50.0")
    expect(parts.locator("[data-part=limits]")).to_contain_text("limit")
    page.get_by_test_id("why-health").click()
    expect(parts).to_have_count(0)
    bearing = page.locator("[data-service=bearing]")
    expect(bearing.get_by_test_id("sign")).to_contain_text("vibration while it turns")
    expect(bearing.get_by_test_id("left")).to_contain_text("too little was measured yet")


def clear(page: Page) -> None:
    page.locator("[data-test=inject] [data-fault=clear]").click()
    expect(page.get_by_test_id("class")).to_have_text("Normal")
    expect(page.locator(OPEN)).to_have_count(0)


def test_an_injected_fault_shows_is_acknowledged_clears_and_stays_in_the_history(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    open_machine(page, workshop, "fan-01")
    alarm = page.locator(OPEN)
    episode = page.locator("[data-episode=overcurrent]")

    quickest_s = shown_after_s(page)
    for _ in range(MORE_TRIES):  # a busy machine may be slow once, the product may not
        if quickest_s < SHOWN_WITHIN_S:
            break
        clear(page)
        quickest_s = min(quickest_s, shown_after_s(page))
    assert quickest_s < SHOWN_WITHIN_S
    expect(page.get_by_text("fan-01 has carried it out")).to_be_visible()

    page.get_by_label("Acknowledge as").fill("Ada")
    acknowledge = alarm.get_by_role("button", name=re.compile(r"^Acknowledge .+ of fan-01$"))
    acknowledge.click()
    expect(alarm).to_contain_text("Acknowledged by Ada")
    alarm.get_by_role("button", name="Undo").click()
    expect(alarm).not_to_contain_text("Acknowledged by")
    page.get_by_label("Note", exact=True).fill("The rotor is being cleaned.")
    acknowledge.click()
    expect(alarm.get_by_test_id("note-of")).to_have_text("The rotor is being cleaned.")
    expect(alarm.get_by_test_id("evidence")).to_contain_text("1 more found of the same cause")
    ask_why(page)
    keep_in_maintenance(page)

    clear(page)
    expect(alarm).to_have_count(0)
    found = page.get_by_test_id("anomalies").locator("[data-odd=fault_overcurrent]")
    expect(found).to_contain_text("Overload")
    expect(found).to_contain_text("in healthy machines")
    recovery = page.get_by_test_id("anomalies").locator("[data-figure=response_index]")
    expect(recovery).to_contain_text("min")

    page.reload()
    expect(episode.first).to_be_visible()
    page.goto(f"{workshop.dashboard}/dashboard/faults")
    expect(page.locator("[data-timeline=fan-01] [data-fault=overcurrent]")).to_be_visible()
    cleared = page.get_by_test_id("alarm-history").locator(ALARM)
    expect(cleared.first).to_contain_text("Acknowledged by Ada")
    statistics = page.get_by_test_id("alarm-statistics")
    expect(statistics.locator("[data-sums=fan-01]")).to_be_visible()
    statistics.get_by_role("button", name="Alarms").click()
    expect(
        statistics.locator("[data-sums=fault_overcurrent], [data-sums=current_high]").first
    ).to_be_visible()
    assert complaints == []


def test_an_acknowledgement_wants_a_name(workshop: Workshop, page: Page) -> None:
    open_machine(page, workshop, "fan-02")
    page.locator("[data-test=inject] [data-fault=overcurrent]").click()
    expect(page.get_by_text("fan-02 has carried it out")).to_be_visible()  # not cut off by leaving
    page.goto(f"{workshop.dashboard}/dashboard/faults")
    alarm = page.locator(OPEN)
    alarm.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("Enter your name first")).to_be_visible()
    page.get_by_label("Acknowledge as").fill("Ada")
    page.get_by_label("Note", exact=True).fill("A part is on its way.")
    alarm.get_by_role("button", name="Shelve").click()
    on_shelf = page.get_by_test_id("shelved-alarms").locator(ALARM)
    expect(on_shelf).to_contain_text("A part is on its way.")
    expect(alarm).to_have_count(0)
    on_shelf.get_by_role("button", name="Off the shelf").click()
    expect(alarm).to_be_visible()
    open_alarms = workshop.api("/alarms?state=open&device=fan-02").json()
    assert [entry["acknowledged_by"] for entry in open_alarms] == [None]
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=fan-02")
    clear(page)


NOTED: Final = """
    window.noted = [];
    const Browsers = window.Notification;
    window.Notification = class extends Browsers {
        constructor(title, options) { super(title, options); window.noted.push(options.body); }
    };"""


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.stop()


def test_a_target_is_tried_and_this_browser_tells_of_a_new_alarm_once(
    workshop: Workshop, page: Page, complaints: Complaints, hook: Hook
) -> None:
    routes = '[[route]]\nname = "all"\ntell = ["mes", "away"]\nseverity = "Critical"\n'
    where = f'[targets]\nmes = "{hook.address}"\naway = "json://s3cret@127.0.0.1:9/"\n'
    (workshop.data / "people.toml").write_text(where + routes)
    page.context.grant_permissions(["notifications"], origin=workshop.dashboard)
    page.add_init_script(NOTED)
    page.goto(f"{workshop.dashboard}/dashboard/faults")
    card = page.get_by_test_id("notifications")
    expect(card).to_contain_text("Tells mes, away of alarms from Critical up.")
    card.get_by_label("Your name").fill("Ada")
    card.get_by_role("button", name="Send a test to mes").click()
    expect(card.locator("[data-target=mes]")).to_contain_text("has taken the test")
    assert hook.titles == ["Test: alarms reach you"]
    card.get_by_role("button", name="Send a test to away").click()
    expect(card.locator("[data-target=away]")).to_contain_text("did not arrive")
    expect(card).not_to_contain_text("s3cret")

    switch = page.get_by_test_id("browser-alarms")
    switch.get_by_test_id("least").select_option("Low")
    switch.get_by_test_id("notify").check()
    switch.get_by_test_id("sound").check()
    expect(switch.get_by_test_id("needs")).to_have_text("Only while this page is open.")
    fault = {"name": "inject_fault", "args": {"fault": "overcurrent"}}
    workshop.send("POST", "/devices/fan-02/commands", fault)
    told = "window.noted.filter((body) => body.includes('Overcurrent Fault, fan-02')).length"
    page.wait_for_function(f"{told} === 1")
    page.reload()
    expect(page.locator(OPEN)).to_be_visible()
    expect(switch.get_by_test_id("notify")).to_be_checked()
    workshop.send("POST", "/devices/fan-02/commands", {"name": "clear_fault", "args": {}})
    expect(page.locator(OPEN)).to_have_count(0)
    assert page.evaluate(told) == 0
    (workshop.data / "people.toml").write_text("[targets")
    expect(card).to_contain_text("people.toml is not TOML")
    expect(page.get_by_test_id("problem-people")).to_contain_text(
        "What was read before still counts"
    )
    (workshop.data / "people.toml").unlink()
    expect(page.get_by_test_id("problem-people")).to_have_count(0)
    assert complaints == []


def test_a_reload_shows_the_trend_from_before(workshop: Workshop, page: Page) -> None:
    open_machine(page, workshop, "fan-01")
    with page.expect_response(lambda answer: "/history?" in answer.url and answer.ok) as answered:
        page.reload()
    history = answered.value.json()
    assert len(history["time_ms"]) > 5
    expect(page.locator(".trend .item")).to_have_count(len(history["channels"]))
    expect(page.locator(".trend canvas").first).to_be_visible()


def judge(verdict: Locator, answer: str) -> None:
    """Open the form of an alarm and choose an answer."""
    verdict.get_by_test_id("judge").click()
    verdict.get_by_label(answer, exact=True).check()


def test_people_say_whether_an_alarm_was_right(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    limit = {"side": "high", "at": 0.03, "hysteresis": 0.01, "delay_s": 0.0, "severity": "Low"}
    still = {"normal": [0.0, 0.01], "limits": [limit]}  # of a channel that no fault above shows in
    limits = {"by": "Ada", "limits": {"vibration": still}}
    workshop.send("PUT", "/devices/fan-02/limits", limits)
    page.goto(f"{workshop.dashboard}/dashboard/faults")
    shaking = "[data-alarm=vibration_high]"
    verdict = page.get_by_test_id("open-alarms").locator(shaking).get_by_test_id("verdict")
    judge(verdict, "Something else")
    verdict.get_by_test_id("cause").select_option("overcurrent")
    verdict.get_by_test_id("verdict-note").fill("A cable.")
    verdict.get_by_label("Your name").fill("Ada")
    verdict.get_by_role("button", name="Save").click()
    said = verdict.get_by_test_id("said")
    expect(said).to_contain_text("It was")
    expect(said).to_contain_text(f"{OVERCURRENT} said by Ada")
    expect(said).to_contain_text("A cable.")

    judge(verdict, "Normal for this machine")
    verdict.get_by_role("button", name="Save").click()
    expect(said).to_contain_text("Normal for this machine")
    verdict.get_by_role("link", name="Set own limit").click()
    expect(page.locator("[data-limits=vibration] form")).to_be_in_viewport()
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=fan-02")
    verdict = page.get_by_test_id("open-alarms").locator(shaking).get_by_test_id("verdict")
    expect(verdict.get_by_test_id("said")).to_contain_text("Normal for this machine")
    verdict.get_by_role("link", name="Set own limit").click()  # from the machine's own page too
    expect(page.locator("[data-limits=vibration] form")).to_be_in_viewport()

    workshop.send("PUT", "/devices/fan-02/limits", {"by": "Ada", "limits": {"vibration": None}})
    page.goto(f"{workshop.dashboard}/dashboard/faults")
    history = page.get_by_test_id("alarm-history")
    expect(history.locator(shaking)).to_be_visible()
    history.get_by_test_id("by-verdict").select_option("right")
    expect(history.locator(shaking)).to_have_count(0)
    history.get_by_test_id("by-verdict").select_option("normal_here")
    expect(history.locator(shaking)).to_be_visible()
    judged = page.get_by_test_id("precision").filter(has_text="0 %")  # whatever else was raised
    expect(judged.first).to_be_visible()
    history.get_by_test_id("take-back").click()
    expect(history.locator(shaking)).to_have_count(0)
    every = workshop.api("/alarms?state=all&device=fan-02").json()
    [id_] = [each["id"] for each in every if each["name"] == "vibration_high"]
    former = workshop.api(f"/alarms/{id_}/verdict").json()["former"]
    assert [each["verdict"] for each in former] == [None, "normal_here", "cause"]
    assert complaints == []
