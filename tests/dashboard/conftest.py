"""One workshop and one Chromium for each file of dashboard tests; a fresh page for each test."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.dashboard.workshop import LOGIN, Workshop

CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE: Final = (1440, 900)
PATIENCE_MS: Final = 90_000


# The stack and the browser end with each file: Playwright keeps an event loop running in this
# thread, under which no later test of this run could have one of its own.


@pytest.fixture(scope="module")
def workshop(models: Path) -> Iterator[Workshop]:
    with tempfile.TemporaryDirectory(prefix="et-", ignore_cleanup_errors=True) as folder:
        running = Workshop(Path(folder))
        shutil.copytree(models, running.models)
        try:
            for name in ("broker", "inference", "gateway", "dashboard", "devices"):
                running.start(name)
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        expect.set_options(timeout=PATIENCE_MS)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


class Complaints(list[str]):
    """What a page wrote to the console as error or warning, threw, or could not fetch."""

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.append(f"uncaught: {error}"))
        page.on("requestfailed", self._request)

    def _request(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left meanwhile
            self.append(f"not fetched: {request.url}: {request.failure}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.append(f"{message.type}: {message.text}")


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def page(browser: Browser, complaints: Complaints) -> Iterator[Page]:
    width, height = WIDE
    name, password = LOGIN
    context = browser.new_context(
        viewport={"width": width, "height": height},
        http_credentials={"username": name, "password": password},
    )
    context.set_default_timeout(PATIENCE_MS)
    fresh = context.new_page()
    complaints.watch(fresh)
    yield fresh
    context.close()
