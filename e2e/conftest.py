"""The whole product, started as `make run` starts it, and browsers in front of it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from e2e.goods import Shop
from e2e.site import ROOT, Site

START_SECONDS = 120
OURS = ("LABELHUB_", "DATABASE_URL", "REDIS_URL", "STRIPE_", "S3_", "SMTP_", "DJANGO_")
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PATIENCE = 20_000  # milliseconds: the machine may be busy with other things
NOTE_LOADED = "addEventListener('load', () => document.documentElement.setAttribute('data-loaded', ''))"

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if running := os.environ.get("LABELHUB_E2E_VAR"):  # while writing journeys: the folder of a stack that runs
        yield _running(Path(running))
        return
    port, folder = _free_port(), tmp_path_factory.mktemp("e2e")
    here = {"LABELHUB_VAR_DIR": str(folder / "var"), "LABELHUB_PORT": str(port), "LABELHUB_DEMO": "0"}
    found = Site(f"http://localhost:{port}", _environment() | here)
    with (folder / "log").open("wb") as log:
        stack = subprocess.Popen(
            [sys.executable, "-m", "labelhub.embedded"], cwd=ROOT, env=found.env, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_ready(f"{found.url}/readyz", stack, folder / "log")
            yield found
        finally:
            stack.send_signal(signal.SIGINT)
            stack.wait(60)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the one that is installed, else Playwright's own. A missing one fails the journeys."""
    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=installed, args=CHROMIUM_OPTIONS)
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """One person's browser."""
    yield from browse(browser, site)


@pytest.fixture
def other_page(browser: Browser, site: Site) -> Iterator[Page]:
    """A second person's, with cookies of their own."""
    yield from browse(browser, site)


@pytest.fixture(scope="session")
def shop(browser: Browser, site: Site) -> Iterator[Shop]:
    """A producer's browser, and what they have on the market."""
    for page in browse(browser, site):
        yield Shop(page)


def browse(browser: Browser, site: Site) -> Iterator[Page]:
    """A browser of its own. A script error on any page fails the test."""
    context = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    _wait_for_scripts(page)
    yield page
    context.close()
    assert errors == []


def _wait_for_scripts(page: Page) -> None:
    """Before each act and look, the page has loaded: a text is there sooner than the script that its button needs."""
    page.add_init_script(NOTE_LOADED)
    page.add_locator_handler(
        page.locator("html:not([data-loaded])"), lambda: page.wait_for_load_state(), no_wait_after=True
    )


def _running(folder: Path) -> Site:
    lines = (folder / "stack.env").read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    return Site(values["LABELHUB_SITE_URL"], _environment() | {"LABELHUB_VAR_DIR": str(folder)})


def _environment() -> dict[str, str]:
    """Without what the tests' own settings put there, and without services of this machine."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def _wait_until_ready(address: str, stack: "subprocess.Popen[bytes]", log: Path) -> None:
    for _attempt in range(START_SECONDS * 2):
        if stack.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310  # a loopback address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    pytest.fail(f"the stack did not start:\n{log.read_text(errors='replace')[-3000:]}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All journeys in one test worker, since each worker would start a stack of its own."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
