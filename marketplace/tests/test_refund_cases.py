"""Failure cases of refunds, against the real sandbox: each by the name it has in the list of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.tests.factories import MembershipFactory
from jobs.models import Job, JobState
from marketplace.models import Offer, OfferState, Order, OrderState, RefundRequestState
from marketplace.services import orders, paid, refunds
from marketplace.services.sold_counts import count_sales
from marketplace.tests.factories import listed
from marketplace.tests.refunds import (
    administrator,
    asked,
    at_stripe,
    balances,
    books_hold,
    bought,
    buyer,
    hear_all,
    held_licences,
    placed,
    state_of,
    subjects,
    work,
)
from marketplace.tests.test_orders import Mails
from payments import events, ledger, refunding
from payments.ledger import Leg
from payments.models import AccountKind, Checkout, EntryPart, LedgerTransaction, Refund, RefundState, StripeEvent
from payments.services import checkouts as services
from payments.tests.sandbox import Sandbox
from payments.tests.test_events import handle_all
from payments.tests.test_refunds import hear, refund_event

pytestmark = pytest.mark.django_db
REFUNDS = "/v1/refunds"
HELD, COMMISSION, CLEARING = AccountKind.PAYABLE_HELD, AccountKind.COMMISSION, AccountKind.CLEARING
REFUNDABLE, RECEIVABLE = AccountKind.BUYER_REFUNDABLE, AccountKind.RECEIVABLE


def approved(sandbox: Sandbox, price: int = 1000) -> tuple[Order, Refund]:
    """An order whose refund is approved and not sent yet."""
    seat = buyer()
    order = bought(sandbox, seat, listed(price=price))
    refunds.approve(actor=administrator(), request=asked(seat, order))
    return order, Refund.objects.get()


@pytest.mark.parametrize("times", [2, 10, 100])
def test_case_01_the_same_event_again_and_again(sandbox: Sandbox, times: int) -> None:
    order, refund = approved(sandbox)
    event = refund_event(refund, "refund.created")
    hear(*[event] * times)
    assert (balances(HELD, COMMISSION, CLEARING), held_licences_of(order)) == ([0, 0, 0], 0)
    assert LedgerTransaction.objects.filter(kind="refund").count() == 1
    assert books_hold()


@pytest.mark.django_db(transaction=True)
def test_case_01_and_02_one_fact_under_many_ids_at_once(sandbox: Sandbox) -> None:
    order, refund = approved(sandbox)
    for _ in range(6):
        services.receive_event(event=refund_event(refund, "refund.updated"))

    def handle(event_id: str) -> None:
        events.handle(event_id)
        connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(handle, StripeEvent.objects.unhandled().values_list("event_id", flat=True)))
    assert LedgerTransaction.objects.filter(kind="refund").count() == 1
    assert (balances(HELD, CLEARING), held_licences_of(order)) == ([0, 0], 0)
    assert state_of(order)["sold"] == [0]


def test_case_02_two_event_ids_for_one_fact(sandbox: Sandbox, mails: Mails) -> None:
    order, refund = approved(sandbox)
    said = [refund_event(refund, kind) for kind in ("refund.created", "refund.created", "refund.updated")]
    sent = mails(lambda: hear(*said))
    assert sorted(words for _to, words in subjects(sent)) == ["A sale was refunded:", "We return 10.00 EUR"]
    assert state_of(order)["order"] == (OrderState.PAID, 1000)


def test_case_03_the_refund_is_heard_of_before_the_payment(sandbox: Sandbox) -> None:
    seat, offer = buyer(), listed(price=1000)
    order, checkout = placed(seat, offer)
    sandbox.pay(str(checkout.session_id))
    session = sandbox.client.v1.checkout.sessions.retrieve(str(checkout.session_id))
    sandbox.client.v1.refunds.create({"payment_intent": str(session.payment_intent)})
    services.fetch_events()
    heard_in_reverse()
    found = state_of(order)
    assert found["order"] == (OrderState.PAID, 1000)
    assert (balances(HELD, COMMISSION, CLEARING), held_licences(seat)) == ([0, 0, 0], 0)
    assert books_hold()


def test_case_03_ends_as_the_ordered_run(sandbox: Sandbox) -> None:
    order = bought(sandbox, buyer(), listed(price=1000))
    sandbox.client.v1.refunds.create({"payment_intent": Checkout.objects.get().payment_intent})
    hear_all()
    ordered = state_of(order)
    assert (ordered["order"], ordered["licences"], ordered["sold"]) == ((OrderState.PAID, 1000), 0, [0])
    assert set(ordered["balances"]) == {(HELD, 0), (COMMISSION, 0), (CLEARING, 0)}


def heard_in_reverse() -> None:
    for event in StripeEvent.objects.unhandled().order_by("-id"):
        events.handle(event.event_id)


def held_licences_of(order: Order) -> int:
    return held_licences(order.organization.memberships.get())


def test_case_04_a_crash_after_the_ledger_write(sandbox: Sandbox) -> None:
    order, refund = approved(sandbox)
    try:
        with transaction.atomic():
            refunding.drive(refund)
            raise KeyError
    except KeyError:
        assert at_stripe(sandbox, order) == [1000]
    refund.refresh_from_db()
    assert (refund.state, balances(HELD), held_licences_of(order)) == (RefundState.PENDING, [850], 1)
    work()
    assert at_stripe(sandbox, order) == [1000]
    assert LedgerTransaction.objects.filter(kind="refund").count() == 1
    assert (balances(HELD, CLEARING), held_licences_of(order)) == ([0, 0], 0)


def test_case_05_a_time_out_after_the_refund_was_made(sandbox: Sandbox) -> None:
    order, refund = approved(sandbox)
    sandbox.fail(REFUNDS, "error_after", times=3)
    work()
    refund.refresh_from_db()
    assert (refund.state, at_stripe(sandbox, order)) == (RefundState.UNKNOWN, [1000])
    assert (balances(HELD), held_licences_of(order)) == ([850], 1)
    Refund.objects.update(created_at=timezone.now() - services.REFUND_PATIENCE * 2)
    services.drive_refunds()
    assert at_stripe(sandbox, order) == [1000]
    assert (balances(HELD, CLEARING), held_licences_of(order)) == ([0, 0], 0)
    assert books_hold()


def test_case_08_the_amount_is_frozen_between_two_attempts(sandbox: Sandbox) -> None:
    order, refund = approved(sandbox)
    sandbox.fail(REFUNDS, "error_before", times=3)
    work()
    Offer.objects.update(price_minor=5000)
    Organization.objects.update(commission_basis_points=0)
    with pytest.raises(IntegrityError, match="refund_frozen"), transaction.atomic():
        Refund.objects.update(amount=999)
    refund.refresh_from_db()
    assert refunding.drive(refund).state == RefundState.SUCCEEDED
    assert at_stripe(sandbox, order) == [1000]
    assert balances(HELD, COMMISSION) == [0, 0]


def test_case_11_a_full_refund_before_any_transfer(sandbox: Sandbox, mails: Mails) -> None:
    seat, seller, root = buyer(), MembershipFactory(), administrator()
    order = bought(sandbox, seat, listed(seller, price=1999))
    assert balances(HELD, COMMISSION, CLEARING) == [1699, 300, 1999]
    sent = mails(lambda: refunds.approve(actor=root, request=asked(seat, order)))
    assert subjects(sent) == [(seat.user.email, "A refund of your")]
    told = subjects(mails(work))
    assert told == sorted([(seat.user.email, "We return 19.99 EUR"), (seller.user.email, "A sale was refunded:")])
    assert balances(HELD, COMMISSION, CLEARING, RECEIVABLE) == [0, 0, 0, 0]
    assert set(LedgerTransaction.objects.values_list("kind", flat=True)) == {"sale", "refund"}
    count_sales()
    assert (held_licences(seat), Offer.objects.get().sold_count) == (0, 0)
    assert order.refund_requests.get().state == RefundRequestState.REFUNDED
    assert books_hold()


def test_case_12_partial_refunds_and_then_the_rest(sandbox: Sandbox) -> None:
    seat = buyer()
    sellers = [MembershipFactory(organization__commission_basis_points=rate) for rate in (1500, 333, 1250)]
    goods = [listed(seller, price=price) for seller, price in zip(sellers, (1001, 777, 10_003), strict=True)]
    order = bought(sandbox, seat, *goods)
    intent = Checkout.objects.get().payment_intent
    for amount in (1, 333, 2_999):
        sandbox.client.v1.refunds.create({"payment_intent": intent, "amount": amount})
        hear_all()
        assert books_hold()
    assert held_licences(seat) == 3
    refunds.refund_order(actor=administrator(), order=order, reason="Agreed", positions=[2])
    work()
    assert held_licences(seat) == 2
    refunds.refund_order(actor=administrator("other"), order=order, reason="All of it")
    work()
    assert sum(at_stripe(sandbox, order)) == order.total_minor
    assert balances(HELD, COMMISSION, CLEARING, RECEIVABLE) == [0, 0, 0, 0]
    for line in order.lines.all():
        taken = line.booked_refunds
        assert sum(row.share_minor or 0 for row in taken) == line.seller_minor
        assert sum(row.commission_minor or 0 for row in taken) == line.commission_minor
    assert held_licences(seat) == 0
    assert books_hold()


def test_case_14_the_seller_was_paid_out_before(sandbox: Sandbox) -> None:
    seat, seller = buyer(), MembershipFactory()
    order = bought(sandbox, seat, listed(seller, price=1000))
    ledger.post(
        key="payout",
        kind="payout",
        currency="EUR",
        entries=[
            Leg(HELD, -850, EntryPart.PAYOUT, seller.organization),
            Leg(CLEARING, 850, EntryPart.PAYOUT),
        ],
    )
    refunds.approve(actor=administrator(), request=asked(seat, order))
    work()
    assert at_stripe(sandbox, order) == [1000]
    assert balances(HELD, RECEIVABLE, COMMISSION) == [0, 850, 0]
    assert held_licences(seat) == 0
    assert books_hold()


def test_case_15_a_refused_refund_takes_nothing_and_is_resumed(sandbox: Sandbox) -> None:
    order, refund = approved(sandbox)
    intent = refund.checkout.payment_intent
    Checkout.objects.update(payment_intent="pi_gone")
    work()
    refund.refresh_from_db()
    assert (refund.state, "pi_gone" in refund.problem) == (RefundState.FAILED, True)
    assert (balances(HELD, COMMISSION), held_licences_of(order)) == ([850, 150], 1)
    request = order.refund_requests.get()
    assert request.state == RefundRequestState.APPROVED
    Checkout.objects.update(payment_intent=intent)
    refunds.send_again(actor=administrator("again"), request=request)
    work()
    assert (balances(HELD, COMMISSION, CLEARING), held_licences_of(order)) == ([0, 0, 0], 0)
    assert books_hold()


def test_case_15_a_refund_that_the_bank_sends_back_is_kept_and_sent_anew(sandbox: Sandbox) -> None:
    order, refund = approved(sandbox)
    said: list[Callable[[], dict[str, object]]] = [
        lambda: refund_event(refund, "refund.created"),
        lambda: refund_event(refund, "refund.failed", status="failed", failure_reason="lost_or_stolen_card"),
    ]
    hear(*[make() for make in said])
    assert balances(HELD, REFUNDABLE, CLEARING) == [0, 1000, 1000]
    assert held_licences_of(order) == 0
    refunds.send_again(actor=administrator("again"), request=order.refund_requests.get())
    work()
    assert balances(HELD, REFUNDABLE, CLEARING, RECEIVABLE) == [0, 0, 0, 0]
    assert LedgerTransaction.objects.filter(kind="refund").count() == 2
    assert books_hold()


def test_case_28_expiry_and_payment_at_once_end_with_the_goods(sandbox: Sandbox) -> None:
    seat = buyer()
    order, checkout = placed(seat, listed(price=1000))
    sandbox.pay(str(checkout.session_id))
    orders.cancel_order(actor=seat.user, order=order)
    order.refresh_from_db()
    assert (order.state, held_licences(seat)) == (OrderState.PAID, 1)
    assert Refund.objects.count() == 0


def test_case_28_a_payment_that_comes_after_the_goods_are_gone_is_returned(sandbox: Sandbox) -> None:
    seat = buyer()
    order, checkout = placed(seat, listed(price=1000))
    orders.expire(reference=order.public_id)
    sandbox.pay(str(checkout.session_id))
    Offer.objects.update(state=OfferState.HIDDEN)
    hear_all()
    work()
    order.refresh_from_db()
    assert (order.state, order.refunded_minor, held_licences(seat)) == (OrderState.FAILED, 1000, 0)
    assert at_stripe(sandbox, order) == [1000]
    assert balances(REFUNDABLE, CLEARING, HELD) == [0, 0, 0]


def test_case_29_what_was_hidden_meanwhile_is_refunded_by_itself(sandbox: Sandbox, mails: Mails) -> None:
    seat = buyer()
    order, checkout = placed(seat, listed(price=1000), listed(price=500))
    Offer.objects.filter(price_minor=500).update(state=OfferState.HIDDEN)
    sandbox.pay(str(checkout.session_id))
    sent = mails(lambda: orders.check_payment(order=order))
    assert subjects(sent) == [(seat.user.email, f"Your order {order.public_id} could")]
    assert balances(REFUNDABLE, CLEARING) == [1500, 1500]
    assert subjects(mails(work)) == [(seat.user.email, "We return 15.00 EUR")]
    assert at_stripe(sandbox, order) == [1500]
    assert balances(REFUNDABLE, CLEARING, HELD) == [0, 0, 0]
    order.refresh_from_db()
    assert (order.state, order.refunded_minor) == (OrderState.FAILED, 1500)
    assert paid.return_owed() == 0
    assert books_hold()


def test_case_29_what_was_owed_before_is_found_and_returned(sandbox: Sandbox) -> None:
    order, checkout = placed(buyer(), listed(price=1000))
    Offer.objects.update(state=OfferState.HIDDEN)
    sandbox.pay(str(checkout.session_id))
    orders.check_payment(order=order)
    Job.objects.filter(kind="payments.send_refund").update(state=JobState.CANCELLED)
    Refund.objects.all().delete()
    assert (paid.return_owed(), paid.return_owed()) == (1, 0)
    work()
    assert at_stripe(sandbox, order) == [1000]


def test_case_29_another_price_or_a_withdrawn_listing_changes_nothing(sandbox: Sandbox) -> None:
    seat = buyer()
    order, checkout = placed(seat, listed(price=1000))
    Offer.objects.update(state=OfferState.WITHDRAWN, price_minor=9999)
    sandbox.pay(str(checkout.session_id))
    hear_all()
    handle_all()
    order.refresh_from_db()
    assert (order.state, held_licences(seat), Refund.objects.count()) == (OrderState.PAID, 1, 0)
