"""Asking for money: once, whatever is lost on the way, and believed only when Stripe says so."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from core.errors import Conflict, Invalid, Unavailable
from payments.models import Checkout, CheckoutState, LedgerEntry, LedgerTransaction
from payments.rules.lines import CheckoutLine
from payments.services import checkouts as services
from payments.tests.conftest import Goods
from payments.tests.factories import CheckoutFactory, open_checkout
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db
SESSIONS = "/v1/checkout/sessions"


def sessions_of(sandbox: Sandbox, checkout: Checkout) -> int:
    newest = sandbox.client.v1.checkout.sessions.list({"limit": 20})
    return [session.client_reference_id for session in newest.data].count(checkout.public_id)


def test_the_page_shows_what_is_paid_for(sandbox: Sandbox, goods: Goods) -> None:
    checkout = open_checkout()
    assert checkout.state == CheckoutState.OPEN
    session = sandbox.client.v1.checkout.sessions.retrieve(str(checkout.session_id))
    assert (session.amount_total, session.currency, session.url) == (1000, "eur", checkout.url)
    assert session.client_reference_id == checkout.public_id


def test_asking_again_returns_the_open_page(sandbox: Sandbox, goods: Goods) -> None:
    first = open_checkout()
    again = open_checkout(organization=first.organization)
    assert again == first
    assert sessions_of(sandbox, first) == 1


def test_asking_for_another_amount_is_refused_while_one_is_open(sandbox: Sandbox, goods: Goods) -> None:
    first = open_checkout()
    with pytest.raises(Conflict) as refusal:
        open_checkout(organization=first.organization, amount=2000)
    assert refusal.value.code == "checkout_differs"


def test_more_lines_than_a_page_takes_are_folded(sandbox: Sandbox, goods: Goods) -> None:
    checkout = services.open_checkout(
        purpose="test",
        reference="bulk",
        organization=open_checkout("other").organization,
        actor=None,
        lines=[CheckoutLine(f"Image {number}", 7) for number in range(10_000)],
        currency="EUR",
        success_url="https://hub.test/done",
        cancel_url="https://hub.test/cart",
    )
    assert checkout.amount == 70_000
    assert sandbox.client.v1.checkout.sessions.retrieve(str(checkout.session_id)).amount_total == 70_000


@pytest.mark.parametrize(("amount", "code"), [(49, "amount_too_small"), (100_000_000, "amount_too_large")])
def test_amounts_that_cannot_be_charged_are_refused(goods: Goods, amount: int, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        open_checkout(amount=amount)
    assert refusal.value.code == code
    assert not Checkout.objects.exists()


def test_an_unknown_purpose_is_a_programming_error() -> None:
    with pytest.raises(KeyError):
        open_checkout()


def test_nothing_is_paid_before_stripe_says_so(sandbox: Sandbox, goods: Goods) -> None:
    checkout = services.confirm(checkout=open_checkout())
    assert checkout.state == CheckoutState.OPEN
    assert goods.paid == []


def test_confirming_a_paid_checkout_delivers_once(sandbox: Sandbox, goods: Goods) -> None:
    checkout = open_checkout()
    sandbox.pay(str(checkout.session_id))
    for _ in range(3):
        checkout = services.confirm(checkout=checkout)
    assert checkout.state == CheckoutState.PAID
    assert checkout.payment_intent.startswith("pi_")
    assert goods.paid == ["thing"]
    assert LedgerTransaction.objects.count() == 1


def test_what_is_paid_cannot_be_asked_for_again(sandbox: Sandbox, goods: Goods) -> None:
    checkout = open_checkout()
    sandbox.pay(str(checkout.session_id))
    services.confirm(checkout=checkout)
    with pytest.raises(Conflict) as refusal:
        open_checkout(organization=checkout.organization)
    assert refusal.value.code == "already_paid"


def test_a_lost_answer_is_found_again_without_a_second_session(sandbox: Sandbox, goods: Goods) -> None:
    sandbox.fail(SESSIONS, "error_after", times=3)
    checkout = open_checkout()
    assert checkout.state == CheckoutState.OPEN
    assert sessions_of(sandbox, checkout) == 1


def test_stripe_being_down_leaves_a_request_that_the_next_try_completes(sandbox: Sandbox, goods: Goods) -> None:
    sandbox.fail(SESSIONS, "error_before", times=6)
    with pytest.raises(Unavailable):
        open_checkout()
    pending = Checkout.objects.get()
    assert pending.state == CheckoutState.PENDING
    opened = open_checkout(organization=pending.organization)
    assert (opened, opened.state) == (pending, CheckoutState.OPEN)
    assert sessions_of(sandbox, opened) == 1


def test_a_refusal_frees_the_reference(sandbox: Sandbox, goods: Goods) -> None:
    def ask(name: str) -> Checkout:
        return services.open_checkout(
            purpose="test",
            reference="thing",
            organization=other.organization,
            actor=None,
            lines=[CheckoutLine("Thing", 1000)],
            currency="EUR",
            success_url=name,
            cancel_url="https://hub.test/cart",
        )

    other = open_checkout("other")
    with pytest.raises(Conflict) as refusal:
        ask("ftp://hub.test/done")
    assert refusal.value.code == "payment_refused"
    assert Checkout.objects.with_problems().get().state == CheckoutState.REFUSED
    assert ask("https://hub.test/done").state == CheckoutState.OPEN


def test_expiring_closes_the_page(sandbox: Sandbox, goods: Goods) -> None:
    checkout = services.expire_checkout(checkout=open_checkout(), actor=None)
    assert checkout.state == CheckoutState.EXPIRED
    assert goods.expired == ["thing"]
    assert sandbox.client.v1.checkout.sessions.retrieve(str(checkout.session_id)).status == "expired"
    assert services.expire_checkout(checkout=checkout, actor=None).state == CheckoutState.EXPIRED
    assert goods.expired == ["thing"]


def test_a_payment_that_comes_before_the_expiry_wins(sandbox: Sandbox, goods: Goods) -> None:
    checkout = open_checkout()
    sandbox.pay(str(checkout.session_id))
    checkout = services.expire_checkout(checkout=checkout, actor=None)
    assert checkout.state == CheckoutState.PAID
    assert (goods.paid, goods.expired) == (["thing"], [])


def test_giving_up_a_request_that_stripe_never_heard_of(sandbox: Sandbox, goods: Goods) -> None:
    pending = CheckoutFactory(state="pending", session_id=None, url="")
    assert services.expire_checkout(checkout=pending, actor=None).state == CheckoutState.EXPIRED
    assert goods.expired == [pending.reference]


def test_overdue_checkouts_are_asked_about(sandbox: Sandbox, goods: Goods) -> None:
    paid, lapsed = open_checkout("paid"), open_checkout("lapsed")
    sandbox.pay(str(paid.session_id))
    sandbox.client.v1.checkout.sessions.expire(str(lapsed.session_id))
    with time_machine.travel(timezone.now() + timedelta(hours=3)):
        assert services.confirm_overdue() == 2
    assert (goods.paid, goods.expired) == (["paid"], ["lapsed"])


def test_one_that_cannot_be_settled_does_not_hold_up_the_others(sandbox: Sandbox, goods: Goods) -> None:
    paid, lapsed = open_checkout("paid"), open_checkout("lapsed")
    sandbox.pay(str(paid.session_id))
    sandbox.client.v1.checkout.sessions.expire(str(lapsed.session_id))
    goods.refuse = True
    with time_machine.travel(timezone.now() + timedelta(hours=3)):
        services.confirm_overdue()
    assert goods.expired == ["lapsed"]
    assert "already sold" in Checkout.objects.with_problems().get().problem


def test_an_overdue_page_is_replaced_by_a_new_one(sandbox: Sandbox, goods: Goods) -> None:
    first = open_checkout()
    sandbox.client.v1.checkout.sessions.expire(str(first.session_id))
    Checkout.objects.update(expires_at=timezone.now())
    second = open_checkout(organization=first.organization)
    assert second != first
    assert second.state == CheckoutState.OPEN


def test_a_statement_reads_like_a_banks(
    sandbox: Sandbox, goods: Goods, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    checkout = open_checkout()
    sandbox.pay(str(checkout.session_id))
    services.confirm(checkout=checkout)
    statement = LedgerEntry.objects.statement(checkout.organization)
    with django_assert_num_queries(1):
        rows = [(entry.part, entry.amount, entry.transaction.reference, entry.account.kind) for entry in statement]
    assert rows == [("commission", -100, "test:thing", "payable_held"), ("sale", 1000, "test:thing", "payable_held")]
    assert statement.totals_by_part() == {("EUR", "sale"): 1000, ("EUR", "commission"): -100}
    assert statement.in_currency("EUR").total() == 900
