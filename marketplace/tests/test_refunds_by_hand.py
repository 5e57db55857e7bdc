"""Money that somebody returned in Stripe's dashboard while a refund of ours was on its way."""

import pytest

from core.errors import Conflict
from marketplace.models import Offer, OfferState, Order, RefundRequestState
from marketplace.services import orders, paid, refunds
from marketplace.tests.factories import listed
from marketplace.tests.refunds import administrator, books_hold, bought, buyer, hear_all, held_licences, placed, work
from payments.models import Checkout, Refund, RefundState
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db


def refund_at_stripe(sandbox: Sandbox, order: Order, amount: int) -> None:
    intent = Checkout.objects.get(reference=order.public_id, state="paid").payment_intent
    sandbox.client.v1.refunds.create({"payment_intent": intent, "amount": amount})


def test_it_takes_what_a_refused_refund_had_promised(sandbox: Sandbox) -> None:
    seat = buyer()
    order = bought(sandbox, seat, listed(price=1000))
    promised = refunds.refund_order(actor=administrator(), order=order, reason="Goodwill")
    refund_at_stripe(sandbox, order, 1000)
    work()
    assert Refund.objects.get().state == RefundState.FAILED
    hear_all()
    order.refresh_from_db()
    assert (order.refunded_minor, held_licences(seat), books_hold()) == (1000, 0, True)
    promised.refresh_from_db()
    assert promised.state == RefundRequestState.DECLINED
    assert not promised.lines.filter(open=True).exists()
    with pytest.raises(Conflict) as refusal:
        refunds.send_again(actor=administrator("ruth"), request=promised)
    assert refusal.value.code == "refund_decided"


def test_a_refund_whose_lines_were_returned_meanwhile_is_not_sent(sandbox: Sandbox) -> None:
    """The rest of the order could pay for it, but these lines gave their money back already."""
    seat = buyer()
    order = bought(sandbox, seat, listed(price=600), listed(price=400, title="Night scenes"))
    promised = refunds.refund_order(actor=administrator(), order=order, reason="Goodwill", positions=[1])
    Refund.objects.update(state=RefundState.FAILED)
    refund_at_stripe(sandbox, order, 400)
    hear_all()
    assert sorted(order.lines.values_list("refunded_minor", flat=True)) == [160, 240]
    with pytest.raises(Conflict) as refusal:
        refunds.send_again(actor=administrator("ruth"), request=promised)
    assert refusal.value.code == "refund_too_large"


def test_an_approved_refund_on_its_way_cannot_be_declined(sandbox: Sandbox) -> None:
    order = bought(sandbox, buyer(), listed(price=1000))
    promised = refunds.refund_order(actor=administrator(), order=order, reason="Goodwill")
    with pytest.raises(Conflict) as refusal:
        refunds.decline(actor=administrator("ruth"), request=promised, reason="No")
    assert refusal.value.code == "refund_decided"


def test_what_was_returned_by_hand_is_not_sent_again(sandbox: Sandbox) -> None:
    order = bought(sandbox, buyer(), listed(price=1000))
    refund_at_stripe(sandbox, order, 400)
    hear_all()
    with pytest.raises(Conflict) as refusal:
        refunds.send_again(actor=administrator(), request=order.refund_requests.get())
    assert refusal.value.code == "refund_not_ours"
    assert Refund.objects.get().amount == 400


def test_the_rest_of_what_is_owed_is_sent_when_some_went_back_by_hand(sandbox: Sandbox) -> None:
    order, checkout = placed(buyer(), listed(price=1000))
    Offer.objects.update(state=OfferState.HIDDEN)
    sandbox.pay(str(checkout.session_id))
    orders.check_payment(order=order)
    refund_at_stripe(sandbox, order, 400)
    work()
    assert [refund.state for refund in Refund.objects.all()] == [RefundState.FAILED]
    assert paid.return_owed() == 0
    hear_all()
    assert (paid.return_owed(), paid.return_owed()) == (1, 0)
    work()
    order.refresh_from_db()
    assert (order.refunded_minor, books_hold()) == (1000, True)
