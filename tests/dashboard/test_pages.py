"""Every page at every width: it shows its content, fits the screen and complains of nothing."""

import io
import json
import re
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.dashboard.axe import serious_findings
from tests.dashboard.conftest import PATIENCE_MS, Complaints
from tests.dashboard.workshop import DEVICES, ZONE, Workshop

pytestmark = pytest.mark.browser

PHONE = (390, 844)
# Page and what it shows once its data has come.
PAGES = {
    "fleet": "[data-device=fan-01] .figures dd",
    "machine?device=fan-01": ".trend canvas",
    "energy": "[data-line=fan-01]",
    "faults": ".refused code",
    "types": "[data-type=fan]",
    "system": "[data-audit=gateway_started]",
    "machine?device=water-01&range=1h": "[data-lane=state] .stretch",
    "machine?device=fan-01&compare=power_w&with=fan-02&before=day": "[data-line='fan-02 true']",
    "fleet?wall": "[data-wall=fan-01]",
    "operations": "[data-device=lab-01] .stretch",
    "business": "[data-label=operator] tbody td",
    "report?period=today": "[data-used=fan-01]",
}
WATER = {
    "flow": 0.0,
    "tank_level": 60.0,
    "hot_temperature": 85.0,
    "cold_temperature": 5.0,
    "power": 36.0,
    "hot_set_point": 85.0,
    "energy": 12.5,
}


LAB = {
    "temperature": 38.0,
    "vibration": 0.9,
    "sample_time": 30.0,
    "state": "running",
    "error_code": "none",
}


@pytest.fixture(scope="module", autouse=True)
def refused(workshop: Workshop) -> None:
    """A long message in quarantine, for the page that shows what was refused."""
    workshop.publish("fan-01", "telemetry", '{"values":"' + "unbroken" * 100 + '"}', retain=False)


@pytest.fixture(scope="module", autouse=True)
def shifts(workshop: Workshop) -> None:
    """A shift that always works, so that the energy page has all its periods to offer."""
    (workshop.data / "shifts.toml").write_text(
        '[[shift]]\nname = "all day"\nfrom = "00:00"\nto = "24:00"\n'
        'days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]\n'
    )


@pytest.fixture(scope="module", autouse=True)
def water(workshop: Workshop) -> None:
    """A machine with states, counters and events, which has served one drink."""
    workshop.publish("water-01", "birth", json.dumps({"asset": "dispenser", "rate_hz": 1.0}))
    begun_ms = int(time.time() * 1000) - 20_000
    items = [
        {
            "time_ms": begun_ms + at * 1000,
            "values": WATER
            | {"state": "idle" if at < 10 else "dispensing", "litres": 100 + at / 50},
        }
        for at in range(20)
    ]
    drink = {"volume": 0.24, "wait": 5.0, "temperature": 84.5, "right": 1, "drink": "tea"}
    items.append({"time_ms": begun_ms + 19_500, "event": "service", "values": drink})
    numbered = [item | {"epoch": "9f2c41aa-1", "seq": at + 1} for at, item in enumerate(items)]
    for part in (numbered[:20], numbered[20:]):
        workshop.publish("water-01", "telemetry", json.dumps(part), retain=False)


@pytest.fixture(scope="module", autouse=True)
def lab(workshop: Workshop) -> None:
    """An instrument that ran for a minute, in which Ada did two samples."""
    workshop.publish("lab-01", "birth", json.dumps({"asset": "instrument", "rate_hz": 0.5}))
    begun_ms = int(time.time() * 1000) - 62_000
    items = [
        {
            "epoch": "9f2c41ab-1",
            "seq": at + 1,
            "time_ms": begun_ms + at * 2000,
            "values": LAB | {"samples": at // 15, "operator": "Ada Brandt"},
        }
        for at in range(31)
    ]
    for part in (items[:20], items[20:]):
        workshop.publish("lab-01", "telemetry", json.dumps(part), retain=False)


@pytest.mark.parametrize("width", [PHONE[0], 768, 1440])
@pytest.mark.parametrize("name", PAGES)
def test_page_fits_and_is_quiet(
    workshop: Workshop, page: Page, complaints: Complaints, name: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": PHONE[1]})
    page.goto(f"{workshop.dashboard}/dashboard/{name}")
    expect(page.locator(PAGES[name]).first).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_timeout(1500)  # a snapshot and a detail more, drawn
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []


def test_axe_finds_nothing_serious_in_either_theme_wide_or_on_a_phone(
    workshop: Workshop, page: Page
) -> None:
    found = list[str]()
    for name, shown in PAGES.items():
        page.goto(f"{workshop.dashboard}/dashboard/{name}")
        expect(page.locator(shown).first).to_be_visible(timeout=PATIENCE_MS)
        for width in (PHONE[0], 1440):
            page.set_viewport_size({"width": width, "height": PHONE[1]})
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)
                expect(page.locator("html")).to_have_attribute("data-shown", theme)
                found += [f"{name}, {width}, {theme}: {line}" for line in serious_findings(page)]
    assert found == []


def test_gauges_stand_in_two_columns_on_a_phone(workshop: Workshop, page: Page) -> None:
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=fan-01")
    expect(page.locator(".gauge")).to_have_count(4)
    page.wait_for_function(
        """() => {  // all four at one moment: what is live moves them
            const gauges = [...document.querySelectorAll(".gauge")];
            const places = gauges.map((gauge) => gauge.getBoundingClientRect());
            const count = (side) => new Set(places.map((place) => Math.round(place[side]))).size;
            return count("x") === 2 && count("y") === 2;
        }"""
    )


def test_a_machine_is_drawn_from_its_kinds(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=water-01&figures=total&range=1h")
    expect(page.locator(".gauge")).to_have_count(6)
    lane = page.locator("[data-lane=state] .legend")
    expect(lane).to_contain_text("Idle standby")
    expect(lane).to_contain_text("Dispensing producing")
    expect(page.locator("[data-counter=litres]")).to_contain_text("+0.38 L in this time")
    expect(page.get_by_test_id("events")).to_contain_text("Volume 0.24 L")
    expect(page.get_by_test_id("maintenance")).to_contain_text("not due")
    expect(page.get_by_test_id("oee")).to_contain_text("Performance loss")
    figure = page.locator("[data-kpi=full_quality_percent]")
    expect(figure).to_contain_text("100.0%")
    expect(figure).to_contain_text("goal reached at least 90 %")
    page.get_by_test_id("why-full_quality_percent").focus()
    page.keyboard.press("Enter")
    expect(figure.get_by_role("note")).to_contain_text("the share of services")
    page.keyboard.press("Escape")
    expect(figure.get_by_role("note")).to_have_count(0)
    assert complaints == []


def test_a_card_leads_to_its_machine_and_a_choice_to_another(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    page.goto(f"{workshop.dashboard}/dashboard")
    page.locator("[data-device=fan-02]").click()
    expect(page).to_have_url(f"{workshop.dashboard}/dashboard/machine?device=fan-02")
    page.get_by_label("Machine", exact=True).select_option("fan-01")
    expect(page).to_have_url(f"{workshop.dashboard}/dashboard/machine?device=fan-01")
    expect(page.locator("[data-channel=temperature] .reading")).to_have_text(
        re.compile(r"^-?\d"), timeout=PATIENCE_MS
    )
    assert complaints == []


def test_the_chosen_range_is_in_the_address_and_stays(workshop: Workshop, page: Page) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=fan-01")
    chosen = page.get_by_role("button", name="15 min")
    chosen.click()
    expect(page).to_have_url(f"{workshop.dashboard}/dashboard/machine?device=fan-01&range=15m")
    page.reload()
    expect(chosen).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Machine", exact=True).select_option("fan-02")
    expect(page).to_have_url(f"{workshop.dashboard}/dashboard/machine?device=fan-02&range=15m")
    expect(chosen).to_have_attribute("aria-pressed", "true")


def test_any_stretch_of_time_is_shown_zoomed_and_left_again(workshop: Workshop, page: Page) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=fan-01&range=15m")
    expect(page.locator(".trend canvas").first).to_be_visible()
    sheet = page.locator(".trend .canvas").first.bounding_box()
    assert sheet is not None
    middle = sheet["y"] + sheet["height"] / 2
    page.mouse.move(sheet["x"] + 0.4 * sheet["width"], middle)
    page.mouse.down()
    page.mouse.move(sheet["x"] + 0.97 * sheet["width"], middle, steps=5)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=\d+&to=\d+"))
    expect(page.locator("[data-test=live]")).to_be_visible()
    zoomed = page.url
    page.locator(".trend-range [aria-label=Earlier]").click()
    expect(page).not_to_have_url(zoomed)
    page.go_back()
    expect(page).to_have_url(zoomed)
    page.reload()  # a link shows the same
    start = page.locator(".trend-range input").first
    expect(start).not_to_have_value("")
    start.fill("2024-02-29T10:00:00")
    page.locator(".trend-range").get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"from=1709"))
    expect(page.locator(".trends .axis")).to_be_visible()
    for part in ("timeline", "anomalies"):
        expect(page.get_by_test_id(part)).not_to_contain_text("last ")
    # Figures are of the same time by themselves: their "in this time" would be another.
    expect(page.get_by_test_id("stretch")).to_contain_text("29 Feb 2024 10:00 to")
    page.locator("[data-test=live]").click()
    expect(page).not_to_have_url(re.compile("from="))
    expect(page.get_by_test_id("anomalies")).to_contain_text("last ")
    begun = start.input_value()
    expect(start).not_to_have_value(begun)  # it goes on with time
    page.locator(".machine .segments button", has_text="1 year").click()
    expect(page).to_have_url(re.compile("range=1y"))
    expect(page.locator(".trends .axis")).to_be_visible()


def test_any_range_is_shown_on_every_page_and_said_beside_its_figures(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/energy")
    energy = page.locator("[data-total=energy]")
    expect(energy).to_contain_text("last 24 h")
    page.get_by_test_id("preset").select_option("this-month")
    expect(page).to_have_url(re.compile(r"energy\?from=\d+&to=\d+$"))
    expect(energy).to_contain_text("so far")
    chosen = page.url
    page.reload()
    expect(energy).to_contain_text("so far")
    expect(page.get_by_test_id("preset")).to_have_value("this-month")
    page.locator(".trend-range [aria-label=Earlier]").click()
    expect(page.get_by_test_id("preset")).to_have_value("last-month")
    expect(page.get_by_test_id("comparison").get_by_test_id("reason")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(chosen)
    expect(energy).to_contain_text("so far")
    ends = chosen.partition("?")[2]
    for name, said in {
        "faults": "[data-test=alarm-statistics] .panel-head",
        "operations": "[data-test=time]",
        "business": "[data-kpi=revenue]",
    }.items():
        page.goto(f"{workshop.dashboard}/dashboard/{name}?{ends}")
        expect(page.locator(said)).to_contain_text("so far")
        page.get_by_test_id("live").click()
        expect(page).to_have_url(re.compile(rf"/{name}$"))
        expect(page.locator(said)).not_to_contain_text("so far")
    assert complaints == []


def test_what_is_shown_can_be_taken_along_as_somebody_wants_it(
    workshop: Workshop, page: Page
) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=fan-01&range=15m")
    button, panel = page.get_by_test_id("download"), page.get_by_test_id("download-panel")
    button.click()
    panel.get_by_label("Decimal comma").check()
    page.reload()  # the browser keeps it
    for way, begins in (
        ("Readings (CSV)", "\ufefftime_ms;time;board_time_ms;device;".encode()),
        ("Readings (Parquet)", b"PAR1"),
        ("Figures by minute (CSV)", "\ufefftime_ms;time;end;label;device;".encode()),
    ):
        button.click()
        expect(panel.get_by_label("Decimal comma")).to_be_checked()
        with page.expect_download() as taken:
            panel.get_by_role("link", name=way).click()
        assert taken.value.path().read_bytes().startswith(begins)
        expect(panel).to_be_hidden()


def test_machines_and_times_are_compared_in_one_chart(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=fan-01&range=15m")
    card = page.get_by_test_id("compare")
    lines = card.locator("[data-line]")
    card.get_by_label("What is compared").select_option("temperature")
    expect(lines).to_have_count(1)
    card.get_by_label("With another machine").select_option("fan-02")
    expect(lines).to_have_count(2)
    card.get_by_label("With the time before").select_option("week")
    expect(lines).to_have_count(4)
    expect(card.locator("[data-line='fan-02 true']")).to_contain_text("no readings in this time")
    page.go_back()
    expect(lines).to_have_count(2)
    page.reload()
    expect(lines).to_have_count(2)
    expect(card.locator("canvas")).to_be_visible()
    card.get_by_role("button", name="Without fan-02").click()
    expect(lines).to_have_count(1)
    page.locator(".trend .canvas").first.dblclick()
    log = page.get_by_test_id("log")
    expect(log.get_by_label("Note")).to_be_focused()
    expect(log.get_by_label("At", exact=True)).not_to_have_value("")
    log.get_by_label("Note").fill("Belt changed.")
    log.get_by_label("Your name").fill("Ada")
    log.get_by_role("button", name="Save").click()
    expect(card.get_by_test_id("trend-notes")).to_contain_text("Belt changed.")
    assert complaints == []


def test_one_filter_holds_on_all_pages_and_in_the_address(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/fleet?sort=name")
    cards = page.locator(".fleet-card")
    expect(page.locator("[data-device=fan-02]")).to_be_visible()
    page.get_by_label("Search").fill("no such machine")
    expect(page.get_by_text("No machine matches.")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(page.locator("[data-device^=fan-]")).to_have_count(DEVICES)
    page.get_by_label("Search").fill("fan-02")
    expect(cards).to_have_count(1)
    expect(page).to_have_url(re.compile(r"fleet\?sort=name&q=fan-02$"))
    page.reload()
    expect(cards).to_have_count(1)
    pages = page.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Energy").click()
    expect(page.locator("[data-line]")).to_have_count(1)
    page.get_by_role("button", name="7 days").click()
    pages.get_by_role("link", name="Faults").click()
    expect(page.locator("[data-timeline]")).to_have_count(1)
    pages.get_by_role("link", name="Machine").click()
    expect(page.get_by_label("Machine", exact=True).locator("option")).to_have_text(["fan-02"])
    pages.get_by_role("link", name="Faults").click()
    page.get_by_role("button", name="24 h").click()
    expect(page).to_have_url(re.compile(r"faults\?q=fan-02&span=24h$"))
    page.get_by_test_id("filter").get_by_role("button", name="Show all").click()
    expect(page.locator("[data-timeline=fan-01]")).to_be_visible()
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    name = page.locator("[data-timeline=fan-01] .who").bounding_box()
    assert name is not None
    assert name["width"] > PHONE[0] / 2  # room for the whole of a longer one
    assert complaints == []


def test_paper_has_the_whole_chart_in_its_own_colours(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{workshop.dashboard}/dashboard/energy")
    chart = page.locator(".bar-chart canvas").first  # the other is the comparison
    expect(chart).to_be_visible()
    wide = chart.evaluate("canvas => canvas.clientWidth")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert chart.evaluate("canvas => canvas.clientWidth") == 680 < wide
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    exact = "bar => getComputedStyle(bar).printColorAdjust"
    assert page.locator(".bar-fill").first.evaluate(exact) == "exact"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(chart).to_have_js_property("clientWidth", wide)
    assert complaints == []


def test_a_machine_that_is_not_there_is_said_so(workshop: Workshop, page: Page) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=nobody")
    expect(page.get_by_text("There is no machine called nobody.")).to_be_visible()


def test_times_are_the_sites_and_not_the_browsers(workshop: Workshop, page: Page) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=fan-01&range=15m")
    page.wait_for_function(
        """(zone) => {  // the axis of the last 15 minutes says times of the last hour there
            const minutes = (text) => text.split(":").reduce((sum, part) => 60 * sum + +part, 0);
            const now = new Date().toLocaleTimeString("en-GB", { timeZone: zone }).slice(0, 5);
            const texts = [...document.querySelectorAll(".timeline .axis .num")]
                .map((tick) => tick.textContent).filter((text) => text.includes(":"));
            const ago = (text) => (minutes(now) - minutes(text) + 1440) % 1440;
            return texts.length > 0 && texts.every((text) => ago(text) <= 60);
        }""",
        arg=ZONE,
    )


def test_the_keyboard_comes_by_content_and_pages_first_and_alarms_are_said(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/system")
    expect(page.locator("[data-part=journal]")).to_contain_text("Works")
    expect(page.get_by_test_id("system-facts")).to_contain_text("Model of fan")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Types").press("Enter")
    expect(page.locator("[data-type=fan]")).to_be_visible()
    alarm = {"id": 1_000_000, "name": "fault_overcurrent", "severity": "High", "raised_ms": 1}
    told = {"device": "fan-02", "event": None, "open": [alarm | {"text": "", "kind": "fault"}]}
    workshop.publish("fan-02", "alarm", json.dumps(told))
    expect(page.get_by_test_id("said")).to_have_text("High alarm: Overcurrent Fault of fan-02.")
    workshop.publish("fan-02", "alarm", json.dumps(told | {"open": []}))
    assert complaints == []


@pytest.mark.parametrize(
    ("period", "title"),
    [("12 weeks", "by week"), ("12 months", "by month"), ("Shifts", "by shift")],
)
def test_energy_is_shown_by_the_sites_weeks_months_and_shifts(
    workshop: Workshop, page: Page, complaints: Complaints, period: str, title: str
) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/energy")
    page.get_by_role("button", name=period).click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.locator(".bar-chart canvas").first).to_be_visible()
    expect(page.locator("[data-line=fan-01]")).to_be_visible()
    against = page.get_by_test_id("comparison")
    expect(against.get_by_test_id("reason")).to_contain_text("last week was not measured")
    against.get_by_role("button", name="Month").click()
    expect(against.get_by_test_id("reason")).to_contain_text("last month was not measured")
    expect(page.get_by_test_id("power")).to_contain_text("Base load")
    assert complaints == []


def test_business_is_reckoned_with_what_can_be_changed_there_and_names_nobody(
    workshop: Workshop, page: Page
) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/business")
    revenue = page.locator("[data-kpi=revenue] .figure")
    expect(revenue).to_have_text("£2.40")  # two samples at 1.2
    expect(page.locator("[data-kpi=utilisation_percent] .figure")).to_contain_text("100.0")
    gain = page.locator("[data-kpi=gain_a_month]").get_by_test_id("reason")
    expect(gain).to_contain_text("the target is reached already")  # and no loss
    row = page.locator("[data-label=operator] tbody tr").first
    expect(row).to_contain_text(re.compile(r"P-[A-Z2-7]{10}.*120\.0"))
    param = page.locator("[data-param=price_per_sample]")
    param.get_by_test_id("change").click()
    param.get_by_label("New value, GBP").fill("20")
    param.get_by_label("Counts").select_option(label="ever since")
    param.get_by_label("Your name").fill("Sam")
    param.get_by_role("button", name="Save").click()
    expect(revenue).to_have_text("£40.00")
    expect(page.locator("body")).not_to_contain_text("Ada")
    page.get_by_role("link", name="lab-01", exact=True).click()
    expect(page.locator("[data-service=calibration]")).to_be_visible()


def test_operations_shows_who_does_what_and_leads_to_each(workshop: Workshop, page: Page) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/operations")
    expect(page.locator("[data-group=other] [data-device=fan-01]")).to_be_visible()
    expect(page.get_by_text("that tell their state")).to_be_visible()
    tile = page.locator("[data-device=lab-01]")
    expect(tile).to_contain_text("100 %")
    expect(page.get_by_test_id("average-use")).to_have_text("100 %")
    tile.click()
    expect(page).to_have_url(re.compile(r"/machine\?device=lab-01"))


def test_a_report_is_of_a_period_and_some_machines_prints_and_comes_as_pdf(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    now_ms = int(time.time() * 1000)
    span = f"from={now_ms - 86_400_000}&to={now_ms + 3_600_000}"  # whatever day begins meanwhile
    page.goto(f"{workshop.dashboard}/dashboard/report?{span}")
    expect(page.locator("[data-used=water-01]")).to_be_visible()
    expect(page.get_by_test_id("report-doubts")).to_contain_text("Refused, as it was")
    expect(page.locator("[data-ran=lab-01]")).to_be_visible()
    page.get_by_label("Search").fill("fan-02")
    expect(page.locator("[data-used]")).to_have_count(1)
    expect(page.locator("[data-used=fan-02]")).to_contain_text("since")  # and not with holes
    page.get_by_role("button", name="This month").click()
    expect(page).to_have_url(re.compile(r"period=this-month"))
    expect(page.get_by_test_id("period")).to_have_text(re.compile(r"^\w{3,4} 20\d\d$"))
    known = page.locator(".as-known")
    here = datetime.now(ZoneInfo(ZONE)).strftime("%Y-%m-%dT%H:%M:%S")
    known.get_by_test_id("as-known").fill(here)
    known.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"as_of=\d+"))
    expect(page.get_by_test_id("known")).to_contain_text("As known at")
    expect(page.get_by_test_id("report-doubts")).to_contain_text("is not told as it was known")
    with page.expect_download() as download:
        page.get_by_test_id("pdf").click()
    assert "as-known" in download.value.suggested_filename
    for pdf in (download.value.path().read_bytes(), page.pdf(prefer_css_page_size=True)):
        text = text_of(pdf)
        assert "What it used and cost" in text
        assert "As known at" in text
        assert "fan-02" in text
        assert "fan-01" not in text
        assert "Operations" not in text  # what leads to other pages is not on paper
    assert complaints == []


def text_of(pdf: bytes) -> str:
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.split())
