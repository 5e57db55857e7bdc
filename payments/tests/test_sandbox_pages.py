"""The hosted page as a browser without scripts sees it."""

import re

import httpx
import pytest
import stripe

from payments.tests.sandbox import Sandbox
from payments.tests.test_sandbox_api import create

CARD = {"email": "buyer@hub.test", "number": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123", "name": "A B"}


class Browser:
    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.Client()
        self.page = self.open()

    def open(self, url: str = "") -> httpx.Response:
        self.page = self.client.get(url or self.url)
        return self.page

    def submit(self, url: str = "", /, **fields: str) -> httpx.Response:
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', self.page.text)
        assert token is not None
        self.page = self.client.post(url or self.url, data={"csrfmiddlewaretoken": token[1], **fields})
        return self.page

    def errors(self) -> list[str]:
        return re.findall(r'class="error" id="([a-z_]+)"', self.page.text)


@pytest.fixture
def session(sandbox: Sandbox) -> stripe.checkout.Session:
    return create(sandbox)


@pytest.fixture
def browser(session: stripe.checkout.Session) -> Browser:
    return Browser(str(session.url))


def test_the_page_says_what_it_is_and_what_is_paid(browser: Browser) -> None:
    assert "no money moves" in browser.page.text
    assert "Blood cells" in browser.page.text
    assert "EUR 10.00" in browser.page.text
    assert 'href="https://hub.test/cart"' in browser.page.text


def test_paying_leads_back_with_the_sessions_id(browser: Browser, session: stripe.checkout.Session) -> None:
    answer = browser.submit(**CARD)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"https://hub.test/done?session={session.id}")
    again = browser.open()
    assert (again.status_code, "already paid" in again.text) == (410, True)


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(browser: Browser) -> None:
    answer = browser.submit(email="nobody", number="4242", expiry="13/20", cvc="x", name="")
    assert answer.status_code == 422
    assert browser.errors() == [f"id_{name}_error" for name in ("email", "number", "expiry", "cvc", "name")]
    assert 'value="4242"' in answer.text


@pytest.mark.parametrize(
    ("number", "field"),
    [("4000000000000002", "number"), ("4000000000000127", "cvc"), ("4000000000000069", "expiry")],
)
def test_a_refused_card_is_explained_beside_the_field(browser: Browser, number: str, field: str) -> None:
    assert browser.submit(**CARD | {"number": number}).status_code == 402
    assert browser.errors() == [f"id_{field}_error"]
    assert browser.submit(**CARD).status_code == 302


def test_an_old_expiry_and_a_wrong_check_digit_never_reach_the_bank(browser: Browser) -> None:
    browser.submit(**CARD | {"expiry": "01 / 20", "number": "4242424242424241"})
    assert browser.errors() == ["id_number_error", "id_expiry_error"]


def test_choosing_a_test_card_fills_the_form(browser: Browser) -> None:
    answer = browser.submit(email="me@hub.test", use="4000000000009995")
    assert 'value="4000 0000 0000 9995"' in answer.text
    assert 'value="me@hub.test"' in answer.text


def test_a_confirmation_can_fail_and_then_complete(browser: Browser, session: stripe.checkout.Session) -> None:
    needs_confirmation = CARD | {"number": "4000002500003155"}
    confirm = browser.submit(**needs_confirmation).headers["Location"]
    browser.open(confirm)
    assert browser.submit(confirm, answer="fail").headers["Location"] == session.url
    browser.open()
    assert "could not confirm your payment" in browser.page.text
    browser.open(browser.submit(**needs_confirmation).headers["Location"])
    assert browser.submit(confirm, answer="complete").headers["Location"].startswith("https://hub.test/done")


def test_nothing_waits_to_be_confirmed_before_a_card_asks(browser: Browser, session: stripe.checkout.Session) -> None:
    answer = browser.open(str(session.url).replace("/c/pay/", "/c/confirm/"))
    assert answer.headers["Location"] == session.url


def test_an_expired_page_says_so_and_leads_back(
    browser: Browser, sandbox: Sandbox, session: stripe.checkout.Session
) -> None:
    sandbox.client.v1.checkout.sessions.expire(session.id)
    page = browser.open()
    assert (page.status_code, "Nothing was charged" in page.text) == (410, True)


def test_a_form_from_elsewhere_is_refused(browser: Browser) -> None:
    assert browser.client.post(browser.url, data=CARD).status_code == 403


def test_unknown_addresses_have_a_page(sandbox: Sandbox) -> None:
    for path in ("/c/pay/cs_test_nothing", "/c/confirm/cs_test_nothing", "/dashboard/events/evt_1", "/nothing"):
        assert httpx.get(f"{sandbox.url}{path}").status_code == 404


def test_what_a_seller_wrote_is_text_on_the_page(sandbox: Sandbox) -> None:
    product = {"name": "<script>alert(1)</script>"}
    price = {"currency": "jpy", "unit_amount": 1000, "product_data": product}
    page = httpx.get(str(create(sandbox, line_items=[{"quantity": 1, "price_data": price}]).url)).text
    assert "<script>" not in page
    assert "JPY 1,000" in page


def test_the_dashboard_lists_and_sends_again(sandbox: Sandbox, session: stripe.checkout.Session) -> None:
    sandbox.pay(session.id)
    dashboard = Browser(f"{sandbox.url}/dashboard")
    assert session.id in dashboard.page.text
    event = sandbox.client.v1.events.list({"limit": 1}).data[0]
    page = Browser(f"{sandbox.url}/dashboard/events/{event.id}")
    assert page.submit(f"{sandbox.url}/dashboard/events/{event.id}/resend").status_code == 302
    assert page.open().text.count("nobody") == 2
