"""A machine from its first login to its last row, by who sits at the dashboard."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from gateway.accounts.credentials import Credential, spool_file, write_file
from tests.dashboard.conftest import Complaints
from tests.dashboard.workshop import Workshop

pytestmark = pytest.mark.browser

DEVICE = "press-01"


@contextmanager
def emulated(workshop: Workshop, password: str) -> Iterator[None]:
    """A virtual machine with the login that was shown."""
    login = Credential(username=DEVICE, password=password)
    write_file(spool_file(workshop.data, DEVICE), login)
    words = ("--asset", "fan", "--prefix", "press", "--devices", "1", "--faults", "none")
    with (workshop.data / "press.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "firmware.emulator", *words],
            env=workshop.environ, cwd=workshop.data, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def test_a_board_is_added_has_two_lives_and_is_removed(
    workshop: Workshop, page: Page, complaints: Complaints
) -> None:
    page.goto(f"{workshop.dashboard}/dashboard/fleet")
    expect(page.locator("[data-device]")).to_have_count(2)
    lost = added(page)
    password = renewed(page)
    assert password != lost
    with emulated(workshop, password):
        expect(page.locator(f"[data-device='{DEVICE}']")).to_contain_text("Online")
        waiting = page.get_by_test_id("waiting")
        expect(waiting.locator("li", has_text=DEVICE)).to_have_count(0)
        page.locator(f"[data-device='{DEVICE}']").click()
        expect(page.get_by_test_id("stage")).to_have_text("In use")
        commissioned(page)
        replaced(page, password)
    past_is_read(page)
    removed(page)
    expect(page.locator(f"[data-device='{DEVICE}']")).to_have_count(0)
    expect(page.locator("[data-device]")).to_have_count(2)
    # A chart may ask for its readings in the moment in which they go.
    assert [each for each in complaints if "404" not in each] == []


def added(page: Page) -> str:
    """Through the dialog; the password that it shows."""
    page.get_by_test_id("add-board").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=device]").fill("fan-01")
    expect(dialog).to_contain_text("There is a machine fan-01 already.")
    dialog.locator("[name=device]").fill(DEVICE)
    dialog.locator("[name=asset]").select_option("fan")
    dialog.locator("[name=by]").fill("Sam")
    dialog.get_by_role("button", name="Make its login").click()
    shown = dialog.get_by_test_id("password").locator("pre")
    password = shown.inner_text()
    assert len(password) == 32
    code = dialog.get_by_role("img", name=f"QR code of the page of {DEVICE}")
    expect(code).to_have_js_property("complete", True)
    assert code.evaluate("image => image.naturalWidth") > 0
    expect(dialog).to_contain_text(f'id = "{DEVICE}"')
    expect(dialog).to_contain_text("python -m firmware flash")
    dialog.get_by_role("button", name="Close").click()
    expect(page.locator("body")).not_to_contain_text(password)
    return password


def renewed(page: Page) -> str:
    """Of the board that waits for its first reading; the password that is shown."""
    waiting = page.get_by_test_id("waiting")
    waiting.locator("li", has_text=DEVICE).get_by_role("button", name="New login").click()
    waiting.get_by_role("button", name="Make a new login").click()
    password = waiting.get_by_test_id("password").locator("pre").inner_text()
    waiting.get_by_role("button", name="Close").click()
    return password


def commissioned(page: Page) -> None:
    life = page.get_by_test_id("life")
    life.get_by_role("button", name="Change").click()
    life.get_by_label("Commissioning").check()
    life.get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("stage-notice")).to_contain_text("Learning since")
    life.get_by_role("button", name="Change").click()
    life.get_by_label("In use").check()
    life.get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("stage-notice")).to_have_count(0)


def replaced(page: Page, password: str) -> None:
    """Its board is cut off, and everything begins anew."""
    life = page.get_by_test_id("life")
    life.get_by_role("button", name="Replace …").click()
    life.get_by_role("button", name="Replace it").click()
    expect(life.get_by_test_id("login")).not_to_contain_text(password)
    expect(page.get_by_test_id("stage")).to_contain_text("second life")
    expect(page.locator(".gauges")).to_contain_text(re.compile(r"Speed .rpm"))


def past_is_read(page: Page) -> None:
    page.get_by_test_id("lives").get_by_role("link", name="first life").click()
    expect(page.get_by_test_id("stage-notice")).to_contain_text(f"called {DEVICE} now")
    expect(page.locator(".gauges")).to_contain_text(re.compile(r"Speed 1,\d+rpm"))
    page.get_by_test_id("lives").get_by_role("link", name="second life").click()
    expect(page.get_by_test_id("stage")).to_contain_text("second life")


def removed(page: Page) -> None:
    page.get_by_test_id("remove").click()
    form = page.get_by_test_id("removal")
    expect(form.get_by_role("button", name="Remove for good")).to_be_disabled()
    form.locator("[name=confirm]").fill(DEVICE)
    form.get_by_role("button", name="Remove for good").click()
    page.wait_for_url("**/fleet*")
