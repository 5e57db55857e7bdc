"""A producer's way from a sale to the bank: set up, sold, released, paid by an administrator, arrived."""

import re
import secrets
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import browse
from e2e.goods import stock
from e2e.people import PASSWORD, Person, new_email, sign_in_as_moderator, sign_up
from e2e.site import Site

PAYOUT_SECONDS = 90
RELEASE = """
from django.utils import timezone
from payments.models import Earning
Earning.objects.filter(released_at=None).update(release_at=timezone.now())
"""


@pytest.fixture
def third_page(browser: Browser, site: Site) -> Iterator[Page]:
    yield from browse(browser, site)


def test_from_a_sale_to_the_bank(page: Page, other_page: Page, third_page: Page, site: Site) -> None:
    seller = sign_up(page, new_email("paid"))
    title = f"Terns at noon, {secrets.token_hex(3)}"
    listing = stock(page, seller, title, price="40")
    sandbox = _set_up_payouts(page, seller)
    _buy(other_page, listing)
    _sees_the_sale(page, seller, title)
    site.manage("shell", "-v", "0", "-c", RELEASE)
    try:
        _turn_clock(other_page, sandbox, "1 week")
        _run_payouts(third_page, site)
        _sees_the_payout(page, seller, title)
        _turn_clock(other_page, sandbox, "1 week")
        _sees_the_bank_payout(page, seller)
    finally:
        _turn_clock(other_page, sandbox, "")
    other_page.goto(f"{sandbox}/dashboard/accounts")
    expect(other_page.get_by_text("34.00").first).to_be_visible()


def _set_up_payouts(page: Page, seller: Person) -> str:
    """Returns the address of the payment sandbox."""
    page.goto(f"{seller.home}sales/")
    page.get_by_role("banner").get_by_role("link", name="Payouts").click()
    expect(page.get_by_text("Nothing earned yet")).to_be_visible()
    page.get_by_role("button", name="Set up payouts").click()
    expect(page.get_by_role("heading", name="Payouts")).to_be_visible()
    page.get_by_label("Country").select_option(label="Germany")
    page.get_by_role("button", name="Set up payouts").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Get paid by Label Hub")).to_be_visible()
    hosted = urlsplit(page.url)
    page.get_by_role("button", name=re.compile("^DE")).first.click()
    page.get_by_role("button", name="Save and go back").click()
    expect(page.get_by_text("Ready to be paid").first).to_be_visible()
    expect(page.get_by_role("button", name="Change your details")).to_be_visible()
    return f"{hosted.scheme}://{hosted.netloc}"


def _buy(page: Page, listing: str) -> None:
    sign_up(page, new_email("patron"))
    page.goto(listing)
    page.get_by_role("button", name="Buy now").click()
    page.get_by_label("Email").fill("card.holder@example.test")
    page.get_by_label("Name on card").fill("C. Holder")
    page.get_by_role("button", name=re.compile("4242 4242 4242 4242")).first.click()
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    expect(page.get_by_text("The licences below are yours.")).to_be_visible()


def _sees_the_sale(page: Page, seller: Person, title: str) -> None:
    page.goto(f"{seller.home}payouts/")
    expect(page.get_by_text("1 sale, until")).to_be_visible()
    page.get_by_role("link", name="Statement").click()
    page.get_by_role("link", name=re.compile(f"Sale of {title}")).click()
    expect(page.get_by_role("heading", name="Sales")).to_be_visible()
    expect(page.get_by_text("15\N{NO-BREAK SPACE}%").first).to_be_visible()


def _run_payouts(page: Page, site: Site) -> None:
    sign_in_as_moderator(page, site)
    page.goto("/admin/payments/payoutrun/")
    page.get_by_role("link", name="Run payouts now", exact=True).click()
    page.get_by_role("button", name="Run payouts now", exact=True).click()
    expect(page.get_by_text("The payout run has begun")).to_be_visible()


def _sees_the_payout(page: Page, seller: Person, title: str) -> None:
    _reload_until(page, f"{seller.home}payouts/history/", "Done")
    page.get_by_role("table").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Payout of 34.00")).to_be_visible()
    expect(page.get_by_text(f"became available: {title}")).to_be_visible()
    page.goto(f"{seller.home}payouts/")
    expect(page.get_by_text("1 payout", exact=True)).to_be_visible()


def _sees_the_bank_payout(page: Page, seller: Person) -> None:
    _reload_until(page, f"{seller.home}payouts/history/bank/", "34.00")
    expect(page.get_by_role("table").get_by_text(re.compile("Paid|On its way|Being prepared")).first).to_be_visible()


def _turn_clock(page: Page, sandbox: str, step: str) -> None:
    page.goto(f"{sandbox}/dashboard/switches")
    page.get_by_role("button", name=f"Ahead {step}" if step else "Back to now", exact=True).click()


def _reload_until(page: Page, address: str, text: str) -> None:
    give_up = time.monotonic() + PAYOUT_SECONDS
    page.goto(address)
    while page.get_by_role("table").get_by_text(text).count() == 0 and time.monotonic() < give_up:
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_role("table").get_by_text(text).first).to_be_visible()
