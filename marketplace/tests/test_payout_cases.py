"""Failure cases of refunds after sellers were paid, from the order to the books, each by its number."""

import pytest

from accounts.models import Membership
from accounts.tests.factories import MembershipFactory
from core.errors import DomainError
from marketplace.models import Order
from marketplace.services import orders, refunds
from marketplace.tests.factories import listed
from marketplace.tests.refunds import administrator, asked, at_stripe, buyer, held_licences, placed
from payments.models import Checkout, LedgerTransaction, Reversal
from payments.services import checkouts
from payments.tests.cases import (
    AT_ONCE,
    AVAILABLE,
    COMMISSION,
    HELD,
    OWED,
    REVERSALS,
    Mails,
    all_hold,
    at_bank,
    pass_hold,
    sent,
    subjects,
)
from payments.tests.payees import figures, pay_out, ready_payee, work_off
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(db: None) -> Membership:
    return buyer()


@pytest.fixture
def seller(db: None) -> Membership:
    found: Membership = MembershipFactory()
    return found


def sold_and_paid_out(sandbox: Sandbox, seat: Membership, *sellers: Membership) -> Order:
    for seller in sellers:
        ready_payee(sandbox, seller.organization)
    order, checkout = placed(seat, *[listed(seller, price=9_999) for seller in sellers])
    sandbox.pay(str(checkout.session_id), AT_ONCE)
    checkouts.confirm(checkout=checkout)
    pass_hold()
    pay_out()
    order.refresh_from_db()
    return order


def test_case_12_partial_refunds_after_the_payouts_of_two_sellers(sandbox: Sandbox, seat: Membership) -> None:
    sellers = [MembershipFactory(organization__commission_basis_points=rate) for rate in (1_500, 333)]
    order = sold_and_paid_out(sandbox, seat, *sellers)
    assert sorted(sent(sandbox)) == sorted(line.seller_minor for line in order.lines.all())
    intent = Checkout.objects.get().payment_intent
    for amount in (1, 333, 7_777):
        sandbox.client.v1.refunds.create({"payment_intent": intent, "amount": amount})
        checkouts.fetch_events()
        work_off()
        assert all_hold()
    refunds.refund_order(actor=administrator(), order=order, reason="All of it")
    work_off()
    assert sum(at_stripe(sandbox, order)) == order.total_minor
    assert (sent(sandbox), figures(HELD, AVAILABLE, OWED, COMMISSION)) == ([0, 0], [0, 0, 0, 0])
    back = Reversal.objects.values_list("transfer__payee__organization", "amount")
    for line in order.lines.all():
        assert sum(amount for owner, amount in back if owner == line.seller_id) == line.seller_minor
    assert (held_licences(seat), all_hold()) == (0, True)


def test_case_13_refunded_after_the_transfer(
    sandbox: Sandbox, seat: Membership, seller: Membership, mails: Mails
) -> None:
    order = sold_and_paid_out(sandbox, seat, seller)
    assert sent(sandbox) == [8_499]
    refunds.approve(actor=administrator(), request=asked(seat, order))
    told = [to for to, _subject in subjects(mails(work_off))]
    assert told == sorted([seat.user.email, seller.user.email])
    assert (sent(sandbox), at_stripe(sandbox, order), held_licences(seat)) == ([0], [9_999], 0)
    kinds = list(LedgerTransaction.objects.order_by("pk").values_list("kind", flat=True))
    assert [kind for kind in kinds if kind in ("refund", "reversal")] == ["refund", "reversal"]
    assert (figures(HELD, AVAILABLE, OWED, COMMISSION), all_hold()) == ([0, 0, 0, 0], True)


@pytest.mark.parametrize("kind", ["", "balance_insufficient", "account_restricted"])
def test_case_14_the_buyer_never_waits_for_what_the_seller_owes(
    sandbox: Sandbox, seat: Membership, seller: Membership, kind: str
) -> None:
    order = sold_and_paid_out(sandbox, seat, seller)
    if kind:
        sandbox.fail(REVERSALS, kind)
    else:
        at_bank(sandbox, ready_payee(sandbox, seller.organization), 8_499)
    refunds.approve(actor=administrator(), request=asked(seat, order))
    work_off()
    assert (at_stripe(sandbox, order), held_licences(seat)) == ([9_999], 0)
    assert (figures(OWED, AVAILABLE, COMMISSION), sent(sandbox)) == ([8_499, 0, 0], [8_499])
    assert all_hold()
    sold_and_paid_out(sandbox, buyer(), seller)
    assert (figures(OWED, AVAILABLE), sent(sandbox)) == ([0, 0], [8_499])
    assert all_hold()


def test_case_22_one_currency_per_order(sandbox: Sandbox, seat: Membership) -> None:
    goods = [listed(price=1_000, currency=currency) for currency in ("EUR", "USD")]
    with pytest.raises(DomainError) as refusal:
        orders.place_order(actor=seat.user, organization=seat.organization, offers=goods, key="k")
    assert (refusal.value.code, Order.objects.count()) == ("mixed_currencies", 0)


@pytest.mark.parametrize(("currency", "price", "fee", "share"), [("JPY", 1_001, 150, 851), ("USD", 1_001, 150, 851)])
def test_case_22_the_price_is_charged_and_refunded_in_its_own_minor_units(
    sandbox: Sandbox, seat: Membership, currency: str, price: int, fee: int, share: int
) -> None:
    order, checkout = placed(seat, listed(price=price, currency=currency))
    sandbox.pay(str(checkout.session_id), AT_ONCE)
    checkouts.confirm(checkout=checkout)
    session = sandbox.client.v1.checkout.sessions.retrieve(str(checkout.session_id))
    assert (session.amount_total, session.currency) == (price, currency.lower())
    assert (figures(HELD, COMMISSION), all_hold()) == ([share, fee], True)
    refunds.refund_order(actor=administrator(), order=order, reason="Agreed")
    work_off()
    assert (at_stripe(sandbox, order), figures(HELD, COMMISSION), all_hold()) == ([price], [0, 0], True)
