"""/docs in a real browser: it renders without internet, and an operation can be tried out."""

import os
import shutil

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def try_out(page: Page, operation: str) -> str:
    """Open an operation, execute it as it is filled in, and return what is shown as answered."""
    block = page.locator(f"[id^='operations-'][id*='-{operation}_']")
    block.locator(".opblock-summary").click()
    block.locator(".try-out__btn").click()
    block.locator(".execute").click()
    return block.locator(".live-responses-table .response").inner_text()


@pytest.mark.browser
def test_docs_work_in_a_browser(client: httpx.Client) -> None:
    assert CHROMIUM, "install Chromium: apt-get install chromium"
    home = f"http://127.0.0.1:{client.base_url.port}"
    complaints: list[str] = []
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's own rule for root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        page.on("request", lambda request: _note_foreign(request.url, home, complaints))
        page.goto(f"{home}/docs")
        assert '"fan-01"' in try_out(page, "latest")
        assert '"ok": true' in try_out(page, "command")
        browser.close()
    assert complaints == []


def _note_foreign(url: str, home: str, complaints: list[str]) -> None:
    if not url.startswith((home, "data:", "blob:")):
        complaints.append(f"asked {url}")
