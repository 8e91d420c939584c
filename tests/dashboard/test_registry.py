"""What people say of machines, settings and tariffs: typed on a page, kept, shown to the next."""

import io
import json
import time

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.dashboard.conftest import Complaints
from tests.dashboard.workshop import Workshop

pytestmark = pytest.mark.browser


def open_machine(page: Page, workshop: Workshop, device: str) -> tuple[Locator, Locator]:
    """The cards of its registry and of its settings, once they are there."""
    page.goto(f"{workshop.dashboard}/dashboard/machine?device={device}")
    registry, settings = page.get_by_test_id("registry"), page.get_by_test_id("settings")
    expect(registry.get_by_test_id("edit")).to_be_visible()
    return registry, settings


def test_what_is_said_of_a_machine_is_shown_to_the_next_who_looks(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    registry, _ = open_machine(page, workshop, "fan-01")
    registry.get_by_test_id("edit").click()
    registry.get_by_label("Name", exact=True).fill("Extract fan")
    registry.get_by_label("Tags, separated by commas").fill("night, hall 2")
    registry.get_by_label("Your name").fill("Ada")
    registry.get_by_role("button", name="Save").click()
    expect(registry).to_contain_text("Last changed by Ada")
    expect(page.locator(".machine .head")).to_contain_text("Extract fan")

    page.reload()
    expect(registry).to_contain_text("Extract fan")
    expect(registry).to_contain_text("night, hall 2")
    said = workshop.api("/devices/fan-01/registry").json()
    assert (said["name"], said["changed_by"]) == ("Extract fan", "Ada")
    photographed(page, workshop, registry)
    assert complaints == []


def photographed(page: Page, workshop: Workshop, registry: Locator) -> None:
    """As large as a camera's, sent small, shown on both pages, and taken away again."""
    photo = registry.get_by_test_id("photo")
    chooser = photo.get_by_test_id("photo-file")
    chooser.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    expect(photo.get_by_role("alert")).to_contain_text("This browser cannot read that picture")
    made = io.BytesIO()
    Image.effect_noise((4000, 3000), 60).convert("RGB").save(made, "JPEG", quality=95)
    assert len(made.getvalue()) > 8_000_000
    chooser.set_input_files({"name": "b.jpg", "mimeType": "image/jpeg", "buffer": made.getvalue()})
    shown = photo.get_by_role("img", name="Photo of Extract fan")
    expect(shown).to_have_js_property("naturalWidth", 1600)
    kept = workshop.api("/devices/fan-01/photo")
    assert kept.headers["content-type"] == "image/jpeg"
    assert len(kept.content) < 2_000_000
    page.goto(f"{workshop.dashboard}/dashboard/fleet")
    badge = page.locator("[data-device=fan-01] .badge img")
    expect(badge).to_have_js_property("naturalWidth", 128)

    open_machine(page, workshop, "fan-01")
    photo.get_by_test_id("photo-remove").click()
    photo.get_by_role("button", name="Remove the photo for good").click()
    expect(shown).to_have_count(0)
    expect(photo).to_contain_text("Add a photo")
    assert workshop.api("/devices/fan-01/registry").json()["photo"] is None


def test_who_was_overtaken_is_told_and_loses_nothing_typed(workshop: Workshop, page: Page) -> None:
    registry, _ = open_machine(page, workshop, "fan-02")
    registry.get_by_test_id("edit").click()
    registry.get_by_label("Place").fill("hall 3")
    registry.get_by_label("Your name").fill("Ada")
    workshop.send("PATCH", "/devices/fan-02/registry", {"by": "Sam", "place": "hall 2"})
    registry.get_by_role("button", name="Save").click()
    expect(registry.get_by_role("alert")).to_contain_text("Sam has changed the registry of fan-02")
    expect(registry.get_by_label("Place")).to_have_value("hall 3")
    registry.get_by_role("button", name="Save").click()
    expect(registry).to_contain_text("Last changed by Ada")
    assert workshop.api("/devices/fan-02/registry").json()["place"] == "hall 3"


def test_a_setting_is_taken_up_by_the_machine_and_one_that_is_refused_says_why(
    workshop: Workshop, page: Page
) -> None:
    _, settings = open_machine(page, workshop, "fan-01")
    rate, set_point = (
        settings.locator(f"[data-setting={name}] td").nth(2) for name in ("rate_hz", "set_point")
    )
    settings.get_by_test_id("edit").click()
    settings.get_by_label("Rate, readings a second").fill("2")
    settings.get_by_label("Set point").fill("9000")
    settings.get_by_label("Your name").fill("Ada")
    settings.get_by_role("button", name="Save").click()
    expect(rate).to_have_text("2")
    difference = settings.get_by_test_id("difference")
    expect(difference).to_contain_text("9,000 is desired, the machine refuses it")
    expect(difference).to_contain_text("600 to 1600 rpm")

    settings.get_by_test_id("edit").click()
    settings.get_by_label("Set point").fill("fast")
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_role("alert")).to_contain_text("Set point must be a number")
    settings.get_by_label("Set point").fill("900")
    settings.get_by_role("button", name="Save").click()
    expect(set_point).to_have_text("900")
    expect(difference).to_have_count(0)
    assert json.loads(workshop.hear("fan-01", "desired")) == {"rate_hz": 2.0, "set_point": 900.0}


def test_what_if_is_answered_with_less_where_the_fan_is_told_to_turn_slower(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    open_machine(page, workshop, "fan-01")
    card = page.get_by_test_id("what-if")
    card.get_by_test_id("open").click()
    slider = card.locator("[data-input=set_point] input")
    slider.fill("700")
    expect(slider).to_have_attribute("aria-valuetext", "700 rpm")
    card.get_by_test_id("hours").select_option("1")
    card.get_by_test_id("ask").click()
    answer = card.get_by_test_id("answer")
    expect(answer.locator("[data-delta=kwh]")).to_contain_text("\u22120.")
    expect(answer.locator("[data-delta=kwh]")).to_have_class("falls")
    expect(answer).to_contain_text("12 virtual machines")
    slider.fill("1500")
    card.get_by_test_id("ask").click()
    rise = answer.locator("[data-delta=kwh].rises b")
    expect(rise).to_be_visible()
    box = rise.bounding_box()
    assert box is not None
    assert box["height"] < 2.5 * 25  # two lines at most
    assert complaints == []


def test_a_limit_of_its_own_is_the_gauges_and_raises_its_alarm_until_it_is_taken_back(
    workshop: Workshop, page: Page
) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=fan-02")
    gauge = page.locator(".gauge[data-channel=rpm]")
    before = gauge.text_content() or ""
    expect(gauge).to_contain_text("normal")
    card = page.locator("[data-limits=rpm]")
    card.get_by_test_id("edit").click()
    card.get_by_label("Normal from").fill("2000")
    card.get_by_label("to", exact=True).fill("900")
    card.get_by_label("Your name").fill("Ada")
    card.get_by_role("button", name="Save").click()
    expect(card.get_by_role("alert")).to_contain_text("must begin below its end")
    card.get_by_label("Normal from").fill("2100")
    card.get_by_label("to", exact=True).fill("2200")
    while card.get_by_role("button", name="Remove this limit").count():
        card.get_by_role("button", name="Remove this limit").first.click()
    card.get_by_test_id("add-limit").click()
    card.get_by_label("Alarm when it is").select_option("low")
    card.get_by_label("the limit, rpm").fill("2000")
    card.get_by_label("for, s").fill("0")
    card.get_by_label("What is to be done then").fill("Look at the belt.")
    card.get_by_role("button", name="Save").click()
    expect(gauge).to_contain_text("normal 2,100 to 2,200")
    alarm = page.locator("[data-test=open-alarms] [data-alarm=rpm_low]")
    expect(alarm).to_contain_text("look at the belt")
    expect(card).to_contain_text("Ada, since")
    card.get_by_test_id("reset").click()
    expect(alarm).to_have_count(0)
    expect(gauge).not_to_contain_text("2,200")
    assert "2,200" not in before


WATER = {
    "flow": 0.0, "tank_level": 60.0, "hot_temperature": 85.0, "cold_temperature": 5.0,
    "power": 36.0, "hot_set_point": 85.0, "litres": 100.0, "energy": 999.99, "state": "idle",
}  # fmt: skip


def test_what_people_enter_resets_a_service_and_is_marked_on_the_trends_until_it_is_taken_back(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    reading = {"epoch": "water-1", "seq": 1, "time_ms": round(time.time() * 1000), "values": WATER}
    workshop.publish("water-1", "telemetry", json.dumps(reading), retain=False)
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=water-1")
    service = page.locator("[data-service=descaling]")
    expect(service).to_contain_text("since the first reading")
    service.get_by_role("button", name="Done: Descaling").click()
    service.get_by_label("Note").fill("With the new agent.")
    service.get_by_label("Your name").fill("Ada")
    service.get_by_role("button", name="Save").click()
    expect(service).to_contain_text("since it was done by Ada")
    log = page.get_by_test_id("log")
    expect(log.get_by_role("listitem")).to_contain_text("Done: Descaling. With the new agent.")
    expect(page.get_by_test_id("trend-notes")).to_contain_text("Done: Descaling")
    expect(page.locator(".timeline .mark")).to_have_count(1)

    log.get_by_test_id("note").click()
    log.get_by_label("Note").fill("The hall had no power.")
    log.get_by_label("of the whole site").check()
    log.get_by_role("button", name="Save").click()
    expect(log.get_by_role("listitem")).to_have_count(2)
    log.get_by_role("button", name="Change: The hall had no power.").click()
    log.get_by_label("Note").fill("The hall had no water.")
    log.get_by_role("button", name="Save").click()
    expect(log).to_contain_text("The hall had no water.")
    log.get_by_role("button", name="Take back: Done: Descaling. With the new agent.").click()
    expect(log.get_by_role("listitem")).to_have_count(1)
    expect(service).to_contain_text("since the first reading")
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=fan-01")
    expect(page.get_by_test_id("trend-notes")).to_contain_text("The hall had no water.")
    assert complaints == []


def test_a_tariff_counts_from_the_day_that_is_typed_and_can_be_taken_back(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/energy")
    price = page.get_by_test_id("tariffs").locator("[data-param=price_per_kwh]")
    price.get_by_test_id("change").click()
    price.get_by_label("New value, GBP/kWh").fill("0.5")
    price.get_by_label("Counts").select_option("day")
    price.get_by_label("Day", exact=True).fill("2100-01-01")
    price.get_by_label("Your name").fill("Ada")
    price.get_by_test_id("band").click()  # a night from 22:00 to 06:00
    price.get_by_label("Value", exact=True).fill("0,19")
    price.get_by_label("Days").select_option("work")
    price.get_by_role("button", name="Save").click()
    price.get_by_text("2 dated values").click()
    expect(price.get_by_role("listitem").first).to_contain_text("0.5 from 1 Jan 2100")
    night = "night Monday to Friday 22:00–06:00 0.19"  # noqa: RUF001 - a range
    expect(price.get_by_role("listitem").first).to_contain_text(night)
    expect(price.get_by_role("listitem").first).to_contain_text("to come · Ada")
    expect(price.get_by_test_id("value")).to_contain_text("0.2635")

    price.get_by_role("button", name="Take back").first.click()
    expect(price).to_contain_text("1 dated value")
    assert len(workshop.api("/params").json()["params"]["price_per_kwh"]["versions"]) == 1
    assert complaints == []


def test_a_board_of_no_type_is_shown_described_and_becomes_a_type(
    workshop: Workshop, page: Page
) -> None:
    reading = json.dumps({"values": {"humidity": 41.2}})
    workshop.publish("green-01", "telemetry", reading, retain=False)
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=green-01")
    gauge = page.locator(".gauge[data-channel=humidity]")
    expect(gauge).to_contain_text("41.2")

    humidity = page.get_by_test_id("channels").locator("[data-own=humidity]")
    humidity.get_by_test_id("edit").click()
    humidity.get_by_label("Title").fill("Air humidity")
    humidity.get_by_label("Unit").fill("%")
    humidity.get_by_label("Normal from").fill("60")
    humidity.get_by_label("to", exact=True).fill("30")
    humidity.get_by_label("Your name").fill("Ada")
    humidity.get_by_role("button", name="Save").click()
    expect(humidity.get_by_role("alert")).to_contain_text("normal (60 to 30) must begin below")
    humidity.get_by_label("Normal from").fill("20")
    humidity.get_by_role("button", name="Save").click()
    expect(humidity).to_contain_text("% · normal 20 to 30")
    expect(gauge).to_contain_text("Air humidity")

    making = page.get_by_test_id("make-type")
    making.get_by_test_id("begin").click()
    making.get_by_label("Title").fill("Green house")
    making.get_by_role("button", name="Make it").click()
    expect(page.locator(".machine .head")).to_contain_text("Green house")
    expect(page.get_by_test_id("channels")).to_have_count(0)
    page.goto(f"{workshop.dashboard}/dashboard/types")
    expect(page.locator("[data-type=green_house]")).to_contain_text("a file of this site")
