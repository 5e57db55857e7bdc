"""What a person does on the pages, by the words they read there."""

import re
import secrets
import time
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from e2e.site import Site

PASSWORD = "a long way to the lighthouse"  # of people who exist for one test
MAIL_SECONDS = 30


@dataclass(frozen=True)
class Person:
    email: str
    slug: str
    """The address of their personal workspace: /o/<slug>/."""

    @property
    def home(self) -> str:
        return f"/o/{self.slug}/"


def new_email(name: str) -> str:
    return f"{name}.{secrets.token_hex(3)}@example.test"


def sign_up(page: Page, email: str) -> Person:
    """Sign up, open the confirmation link in the local outbox, and arrive in the personal workspace."""
    page.goto("/")
    page.get_by_role("banner").get_by_role("link", name="Sign up").click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Create an account")
    confirm_address(page, email)
    return Person(email, workspace_of(page))


def sign_in(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)


def sign_in_as_moderator(page: Page, site: Site) -> None:
    email = new_email("moderator")
    site.manage("createsuperuser", "--noinput", "--email", email, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
    sign_in(page, email)
    confirm_address(page, email)


def confirm_address(page: Page, email: str) -> None:
    follow_letter(page, email, "/accounts/confirm-email/")
    page.get_by_role("button", name="Confirm").click()


def workspace_of(page: Page) -> str:
    """The slug of the workspace that opens."""
    page.wait_for_url(re.compile(r"/o/[^/]+/"))
    found = re.search(r"/o/([^/]+)/", page.url)
    assert found is not None
    return found.group(1)


def follow_letter(page: Page, email: str, link: str) -> None:
    """Open the link in the newest letter to the address; a worker sends letters, so one may be on its way."""
    letter = page.get_by_role("article").filter(has_text=f"To {email}").filter(has_text=link).first
    _reload_until(letter, page, "/outbox/")
    letter.get_by_role("link", name=link).click()


def _reload_until(wanted: Locator, page: Page, address: str) -> None:
    give_up = time.monotonic() + MAIL_SECONDS
    page.goto(address)
    while not wanted.is_visible() and time.monotonic() < give_up:
        page.reload()
    expect(wanted).to_be_visible()
