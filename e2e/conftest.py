"""The whole product, started as `make run` starts it, and a browser in front of it."""

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
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parent.parent
START_SECONDS = 120
OURS = ("LABELHUB_", "DATABASE_URL", "REDIS_URL", "STRIPE_", "S3_", "SMTP_", "DJANGO_")
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a fresh installation without demo content."""
    port = _free_port()
    folder = tmp_path_factory.mktemp("e2e")
    env = _environment() | {
        "LABELHUB_VAR_DIR": str(folder / "var"),
        "LABELHUB_PORT": str(port),
        "LABELHUB_DEMO": "0",
    }
    with (folder / "log").open("wb") as log:
        stack = subprocess.Popen(  # our own program
            [sys.executable, "-m", "labelhub.embedded"], cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}/readyz", stack, folder / "log")
            yield f"http://127.0.0.1:{port}"
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
def page(browser: Browser, site: str) -> Iterator[Page]:
    """One person's browser. A script error on any page fails the test."""
    context = _context(browser, site)
    yield from _watched(context)
    context.close()


@pytest.fixture
def other_page(browser: Browser, site: str) -> Iterator[Page]:
    """A second person, with cookies of their own."""
    context = _context(browser, site)
    yield from _watched(context)
    context.close()


def _context(browser: Browser, site: str) -> BrowserContext:
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(20_000)
    return context


def _watched(context: BrowserContext) -> Iterator[Page]:
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []


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
