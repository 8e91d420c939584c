"""What a browser fetches: little the first time, and nothing again that it has."""

import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.dashboard.conftest import PATIENCE_MS
from tests.dashboard.workshop import LOGIN, Workshop

pytestmark = pytest.mark.browser

ROOT: Final = Path(__file__).parents[2]
MOST_BYTES: Final = 1_500_000
WHOLE_FONT: Final = "/dashboard/assets/materialdesignicons"
KEPT: Final = ("/dashboard/assets/", "/app/v-")
_ASSET: Final = "/dashboard/assets/index-"


@pytest.fixture
def newcomer(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody's first visit: Playwright's own way with passwords turns the cache off."""
    word = base64.b64encode(":".join(LOGIN).encode()).decode()
    context = browser.new_context(extra_http_headers={"Authorization": f"Basic {word}"})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


class Wire:
    """The bytes of each address that came over the wire, headers and all."""

    def __init__(self, page: Page) -> None:
        self.encodings = set[str]()  # of what came
        self._address = dict[str, str]()
        self._bytes = dict[str, int]()
        session = page.context.new_cdp_session(page)
        session.on("Network.responseReceived", self._answered)
        session.on("Network.loadingFinished", self._came)
        session.send("Network.enable")

    def _answered(self, event: dict[str, Any]) -> None:
        headers = {name.lower(): word for name, word in event["response"]["headers"].items()}
        self.encodings.add(headers.get("content-encoding", ""))
        if not event["response"].get("fromDiskCache"):
            self._address[event["requestId"]] = event["response"]["url"]

    def _came(self, event: dict[str, Any]) -> None:
        self._bytes[event["requestId"]] = int(event["encodedDataLength"])

    def take(self) -> dict[str, int]:
        """By address, since the last time."""
        came = {address: self._bytes.get(request, 0) for request, address in self._address.items()}
        self._address.clear()
        return {address: size for address, size in came.items() if size}


def test_the_first_load_is_small_and_a_second_takes_what_is_kept(
    workshop: Workshop, newcomer: BrowserContext
) -> None:
    page = newcomer.new_page()
    wire = Wire(page)
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=fan-01")  # has the most parts
    expect(page.locator(".trend canvas").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    first = wire.take()
    assert sum(first.values()) < MOST_BYTES, sorted(first.items(), key=lambda item: -item[1])[:20]
    assert not [address for address in first if WHOLE_FONT in address]
    page.goto(f"{workshop.dashboard}/dashboard/fleet")
    expect(page.locator("[data-device=fan-01] .figures dd").first).to_be_visible()
    again = [
        address for address in wire.take() if address in first and any(k in address for k in KEPT)
    ]
    assert again == []


def test_over_plain_http_where_no_browser_takes_brotli_it_is_small_too(
    workshop: Workshop, newcomer: BrowserContext
) -> None:
    subprocess.run(["node", "dense.mjs"], cwd=ROOT / "node-red", check=True)  # as setup does
    page = newcomer.new_page()
    page.set_extra_http_headers({"Accept-Encoding": "gzip, deflate"})
    wire = Wire(page)
    page.goto(f"{workshop.dashboard}/dashboard/fleet")
    expect(page.locator("[data-device=fan-01] .figures dd").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    first = wire.take()
    assert sum(first.values()) < MOST_BYTES, sorted(first.items(), key=lambda item: -item[1])[:20]
    assert "br" not in wire.encodings
    assert "gzip" in wire.encodings


@pytest.fixture
def site(workshop: Workshop) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=workshop.dashboard, auth=LOGIN, timeout=60) as client:
        yield client


def test_what_has_a_hash_in_its_name_is_kept_and_all_else_asked_for(site: httpx.Client) -> None:
    page = site.get("/dashboard/fleet")
    asset = _ASSET + page.text.partition("./assets/index-")[2].partition('"')[0]
    version = page.text.partition('"/app/":"/app/')[2].partition("/")[0]
    for_ever = [asset, f"/app/{version}/live.mjs", f"/app/{version}/app.css"]
    asked_for = ["/dashboard/fleet", "/app/live.mjs", "/app/v-0123456789ab/live.mjs"]
    for address in for_ever:
        assert "immutable" in site.get(address).headers["Cache-Control"], address
    for address in asked_for:
        assert site.get(address).headers["Cache-Control"] == "private, no-cache", address


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_text_is_compressed_and_a_download_is_not(site: httpx.Client, encoding: str) -> None:
    site.headers["Accept-Encoding"] = encoding
    for address in ("/dashboard/fleet", "/app/app.css", "/api/catalogue"):
        assert site.get(address).headers["Content-Encoding"] == encoding, address
    assert "Content-Encoding" not in site.get("/api/devices/fan-01/export.csv").headers


def test_it_can_be_installed_on_a_phone(workshop: Workshop, newcomer: BrowserContext) -> None:
    page = newcomer.new_page()
    page.goto(f"{workshop.dashboard}/dashboard/fleet")
    session = newcomer.new_cdp_session(page)
    assert session.send("Page.getAppManifest")["errors"] == []
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {error["errorId"] for error in errors} <= {"in-incognito"}  # as every test's is


def test_the_theme_is_the_systems_or_the_chosen_one(
    workshop: Workshop, newcomer: BrowserContext
) -> None:
    page = newcomer.new_page()
    page.emulate_media(color_scheme="light")
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=fan-01")
    shown = page.locator("html")
    expect(shown).to_have_attribute("data-shown", "light")
    page.emulate_media(color_scheme="dark")
    expect(shown).to_have_attribute("data-shown", "dark")
    page.get_by_role("button", name="Theme of the system").click()
    expect(shown).to_have_attribute("data-shown", "light")
    page.reload()
    expect(page.get_by_role("button", name="Light theme")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(243, 246, 250)"


def test_the_language_is_the_browsers_or_the_chosen_one(
    workshop: Workshop, browser: Browser
) -> None:
    name, password = LOGIN
    context = browser.new_context(
        locale="de-DE", http_credentials={"username": name, "password": password}
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{workshop.dashboard}/dashboard/machine?device=fan-01")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("[data-channel=current]")).to_contain_text("normal 0,5 bis 1,6")
    expect(page.get_by_test_id("diagnosis")).to_contain_text("Nichts zu tun.")
    page.get_by_role("button", name="English").click()
    expect(page.locator("[data-channel=current]")).to_contain_text("normal 0.5 to 1.6")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    context.close()
