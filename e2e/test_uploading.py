"""Bringing many files in by the page: what a bad connection, a refusal and a reload do to it."""

import re
from pathlib import Path

import pytest
import pyvips
from playwright.sync_api import Browser, Page, Route, expect

from e2e.people import Person, new_email, sign_up
from e2e.site import Site

SENT = re.compile(r"/files/\?name=")


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """A folder of a dozen pictures, each another."""
    home = tmp_path / "trip"
    home.mkdir()
    for seed in range(12):
        noise = pyvips.Image.gaussnoise(320, 240, mean=128, sigma=40, seed=seed).cast("uchar")
        noise.jpegsave(str(home / f"{seed:02}.jpg"))
    (home / ".DS_Store").write_bytes(b"left by a system")
    return home


def test_a_folder_survives_a_bad_connection_a_refusal_and_a_reload(page: Page, photographs: Path) -> None:
    person = _at_an_empty_dataset(page, "walker")
    broken = iter([True, True])

    def interfere(route: Route) -> None:
        if "07.jpg" in route.request.url:
            route.fulfill(status=413, json={"error": {"code": "too_large", "message": "07.jpg is too large."}})
        elif next(broken, False):
            route.abort()
        else:
            route.continue_()

    page.route(SENT, interfere)
    page.locator("#id_folder").set_input_files(photographs)
    expect(page.get_by_text("11 of 12 files").first).to_be_visible()
    expect(page.get_by_text("One file is not taken")).to_be_visible()
    expect(page.get_by_text("07.jpg is too large.")).to_be_visible()
    page.unroute(SENT)

    page.reload()
    expect(page.get_by_text("11 files").first).to_be_visible()
    page.locator("#id_folder").set_input_files(photographs)
    expect(page.get_by_text("12 of 12 files").first).to_be_visible()
    page.get_by_role("button", name="Start reading").click()
    expect(page.get_by_text("All 12 files were read.")).to_be_visible()
    page.goto(f"{person.home}media/")
    expect(page.locator(".media img")).to_have_count(12)


def test_files_arrive_without_javascript(browser: Browser, site: Site, page: Page, photographs: Path) -> None:
    _at_an_empty_dataset(page, "plain")
    context = browser.new_context(
        base_url=site.url, java_script_enabled=False, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(page.url)
    plain.locator("#id_files").set_input_files([photographs / "00.jpg", photographs / "01.jpg"])
    plain.get_by_role("button", name="Upload", exact=True).click()
    expect(plain.get_by_text("2 files").first).to_be_visible()
    context.close()


def _at_an_empty_dataset(page: Page, name: str) -> Person:
    person = sign_up(page, new_email(name))
    page.goto(f"{person.home}datasets/new/")
    page.get_by_label("Name").fill("Walks")
    page.get_by_role("button", name="Create dataset").click()
    expect(page.get_by_role("heading", name="Upload to Walks")).to_be_visible()
    return person
