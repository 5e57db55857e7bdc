"""Disputes of orders: shares wait, a win brings everything back, a loss takes goods and earnings."""

from html import unescape

import pytest
from django.test import Client

from accounts.models import Membership
from licensing.models import Grant
from marketplace.models import Offer, Order
from marketplace.tests.factories import listed
from marketplace.tests.refunds import administrator, balances, books_hold, bought, buyer, held_licences
from payments import disputing
from payments.models import AccountKind, Checkout, Dispute
from payments.services import checkouts
from payments.tests.payees import pass_hold, pay_out, work_off
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db
SHARES = (AccountKind.PAYABLE_HELD, AccountKind.PAYABLE_AVAILABLE)


def disputed(sandbox: Sandbox, order: Order) -> Dispute:
    intent = Checkout.objects.get(reference=order.public_id).payment_intent
    charge = sandbox.client.v1.charges.list({"payment_intent": intent}).data[0].id
    sandbox.dispute(charge)
    hear()
    return Dispute.objects.get()


def hear() -> None:
    checkouts.fetch_events()
    work_off()


def sale(sandbox: Sandbox) -> tuple[Membership, Order, Offer]:
    seat, offer = buyer(), listed(price=1000)
    return seat, bought(sandbox, seat, offer), offer


def test_a_share_waits_while_a_payment_is_disputed_and_is_released_when_won(sandbox: Sandbox) -> None:
    seat, order, _offer = sale(sandbox)
    dispute = disputed(sandbox, order)
    pass_hold(sandbox)
    pay_out()
    assert balances(*SHARES, AccountKind.DISPUTE_HOLD) == [850, 0, 1000]
    sandbox.win(dispute.stripe_id)
    hear()
    pay_out()
    dispute.refresh_from_db()
    assert (dispute.status, balances(*SHARES, AccountKind.DISPUTE_HOLD)) == ("won", [0, 850, 0])
    assert held_licences(seat) == 1
    assert books_hold()


def test_a_lost_dispute_takes_share_commission_and_licence(sandbox: Sandbox, mailoutbox: list[object]) -> None:
    seat, order, offer = sale(sandbox)
    dispute = disputed(sandbox, order)
    sandbox.lose(dispute.stripe_id)
    for _ in range(3):
        disputing.look_at(dispute.stripe_id)
        work_off()
    order.refresh_from_db()
    offer.refresh_from_db()
    assert balances(*SHARES, AccountKind.COMMISSION, AccountKind.DISPUTE_HOLD) == [0, 0, 0, 0]
    assert (held_licences(seat), order.refunded_minor) == (0, 1000)
    assert books_hold()


def test_an_answer_begins_with_what_is_known_of_the_order(sandbox: Sandbox, client: Client) -> None:
    seat, order, offer = sale(sandbox)
    dispute = disputed(sandbox, order)
    client.force_login(administrator())
    page = unescape(client.get(f"/admin/payments/dispute/{dispute.pk}/answer/").content.decode())
    assert f"Order {order.public_id}" in page
    assert seat.user.email in page
    assert (
        f"1. {offer.title}: {offer.license.title}, 10.00 EUR; licence {Grant.objects.get().public_id}, issued" in page
    )
