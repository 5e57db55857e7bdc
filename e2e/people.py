"""What a person does on the pages, by the words they read there."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

PASSWORD = "a long way to the lighthouse"  # of people who exist for one test


@dataclass(frozen=True)
class Person:
    email: str
    slug: str
    """The address of their personal workspace: /o/<slug>/."""


def sign_up(page: Page, email: str) -> Person:
    """Sign up, open the confirmation link in the local outbox, and arrive in the personal workspace."""
    page.goto("/accounts/signup/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name=re.compile("sign up|create", re.IGNORECASE)).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    confirm_email(page, email)
    page.wait_for_url(re.compile(r"/o/[^/]+/"))
    found = re.search(r"/o/([^/]+)/", page.url)
    assert found is not None
    return Person(email, found.group(1))


def confirm_email(page: Page, email: str) -> None:
    page.goto("/outbox/")
    page.get_by_text(email).first.click()
    page.get_by_role("link", name=re.compile("confirm-email")).first.click()
    page.get_by_role("button", name=re.compile("confirm", re.IGNORECASE)).click()
