"""Returning money: once, never more than was paid, whatever is lost on the way or comes in another order."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.errors import Conflict, Invalid, Unavailable
from jobs import runner
from jobs.models import Job
from payments import events, invariants, ledger, refunding
from payments.ledger import Leg
from payments.models import AccountKind, Checkout, EntryPart, LedgerAccount, LedgerTransaction, Refund, RefundState
from payments.services import checkouts as services
from payments.tests.conftest import Goods
from payments.tests.factories import CheckoutFactory, open_checkout
from payments.tests.sandbox import Sandbox
from payments.tests.test_events import handle_all

pytestmark = pytest.mark.django_db
REFUNDS = "/v1/refunds"
PAID = {"state": "paid", "paid_at": timezone.now(), "payment_intent": "pi_1"}


def paid_checkout(sandbox: Sandbox, amount: int = 1000) -> Checkout:
    checkout = open_checkout(amount=amount)
    sandbox.pay(str(checkout.session_id))
    return services.confirm(checkout=checkout)


def ask(checkout: Checkout, amount: int = 1000, subject: str = "thing:1") -> Refund:
    return services.refund_checkout(
        checkout=checkout, subject=subject, amount=amount, reason="Not as shown", actor=None
    )


def at_stripe(sandbox: Sandbox, checkout: Checkout) -> list[int]:
    found = sandbox.client.v1.refunds.list({"payment_intent": checkout.payment_intent, "limit": 50})
    return [refund.amount for refund in found.data]


def figures(*kinds: AccountKind) -> list[int]:
    """Of all accounts of each kind together."""
    found = LedgerAccount.objects.all()
    return [sum(account.amount for account in found if account.kind == kind) for kind in kinds]


def refund_event(refund: Refund, kind: str, stripe_id: str = "re_1", **facts: Any) -> dict[str, Any]:
    """An event as Stripe sends it about a refund of ours."""
    said = {
        "id": stripe_id,
        "object": "refund",
        "amount": refund.amount,
        "currency": refund.currency.lower(),
        "payment_intent": refund.checkout.payment_intent,
        "metadata": {"refund": refund.public_id},
        "status": "succeeded",
        "failure_reason": None,
        **facts,
    }
    return {
        "id": f"evt_{secrets.token_hex(8)}",
        "object": "event",
        "type": kind,
        "created": int(timezone.now().timestamp()),
        "livemode": False,
        "data": {"object": said},
    }


def hear(*heard: dict[str, Any]) -> None:
    for event in heard:
        services.receive_event(event=event)
        handle_all()


def all_hold() -> bool:
    return [finding.name for finding in invariants.check() if not finding.holds] == []


def test_a_refund_is_sent_booked_and_reaches_the_goods_once(sandbox: Sandbox, goods: Goods) -> None:
    checkout = paid_checkout(sandbox)
    refund = ask(checkout)
    assert (refund.state, at_stripe(sandbox, checkout)) == (RefundState.PENDING, [])
    assert Job.objects.filter(kind="payments.send_refund").count() == 1
    for _ in range(3):
        refunding.drive(refund)
    assert (refund.state, refund.stripe_id is not None) == (RefundState.SUCCEEDED, True)
    assert at_stripe(sandbox, checkout) == [1000]
    assert goods.refunded == ["thing:1"]
    assert figures(AccountKind.CLEARING, AccountKind.PAYABLE_HELD, AccountKind.COMMISSION) == [0, 0, 0]
    assert all_hold()


def test_the_same_subject_is_the_same_refund(sandbox: Sandbox, goods: Goods) -> None:
    checkout = paid_checkout(sandbox)
    first = ask(checkout, 400)
    assert ask(checkout, 400) == first
    with pytest.raises(Conflict) as refusal:
        ask(checkout, 500)
    assert refusal.value.code == "refund_differs"


@pytest.mark.parametrize("amount", [0, -1])
def test_a_refund_of_nothing_is_refused(goods: Goods, amount: int) -> None:
    with pytest.raises(Invalid):
        ask(CheckoutFactory(**PAID), amount)


def test_what_was_not_paid_is_not_returned(goods: Goods) -> None:
    with pytest.raises(Conflict) as refusal:
        ask(CheckoutFactory())
    assert refusal.value.code == "not_paid"


def test_never_more_than_was_paid_by_the_service_or_by_hand(goods: Goods) -> None:
    checkout = CheckoutFactory(**PAID)
    first = ask(checkout, 700)
    with pytest.raises(Conflict) as refusal:
        ask(checkout, 301, "thing:2")
    assert refusal.value.code == "refund_too_large"
    ask(checkout, 300, "thing:2")
    with pytest.raises(IntegrityError, match="refund_within_payment"), transaction.atomic():
        Refund.objects.create(checkout=checkout, subject="x", amount=1, currency="EUR", idempotency_key="x", reason="x")
    with pytest.raises(IntegrityError, match="refund_frozen"), transaction.atomic():
        Refund.objects.filter(pk=first.pk).update(amount=1)


@pytest.mark.django_db(transaction=True)
def test_ten_refunds_at_once_stay_within_the_payment(goods: Goods) -> None:
    checkout = CheckoutFactory(**PAID)

    def one(number: int) -> bool:
        try:
            return bool(ask(checkout, 300, f"thing:{number}"))
        except Conflict:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(one, range(10))) == 3


def test_a_lost_answer_is_looked_up_and_not_sent_again(sandbox: Sandbox, goods: Goods) -> None:
    checkout = paid_checkout(sandbox)
    refund = ask(checkout)
    sandbox.fail(REFUNDS, "error_after", times=3)
    with pytest.raises(Unavailable):
        refunding.drive(refund)
    refund.refresh_from_db()
    assert refund.state == RefundState.UNKNOWN
    sandbox.turn(ahead=25 * 3600)
    assert refunding.drive(refund).state == RefundState.SUCCEEDED
    assert at_stripe(sandbox, checkout) == [1000]


def test_what_never_arrived_is_sent_again_under_its_own_key(sandbox: Sandbox, goods: Goods) -> None:
    checkout = paid_checkout(sandbox)
    refund = ask(checkout)
    sandbox.fail(REFUNDS, "error_before", times=3)
    with pytest.raises(Unavailable):
        refunding.drive(refund)
    key = refund.idempotency_key
    assert refunding.drive(refund).state == RefundState.SUCCEEDED
    assert refund.idempotency_key == key
    assert at_stripe(sandbox, checkout) == [1000]


def test_the_reconciliation_takes_up_what_was_left(sandbox: Sandbox, goods: Goods) -> None:
    checkout = paid_checkout(sandbox)
    refund = ask(checkout)
    assert services.drive_refunds() == 0
    Refund.objects.update(created_at=timezone.now() - services.REFUND_PATIENCE * 2)
    assert services.drive_refunds() == 1
    refund.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED


def test_a_refusal_says_why_moves_nothing_and_can_be_tried_anew(sandbox: Sandbox, goods: Goods) -> None:
    checkout = paid_checkout(sandbox)
    Checkout.objects.update(payment_intent="pi_unknown")
    refund = ask(Checkout.objects.get())
    assert refunding.drive(refund).state == RefundState.FAILED
    assert "pi_unknown" in refund.problem
    assert goods.refunded == []
    assert figures(AccountKind.CLEARING) == [1000]
    Checkout.objects.update(payment_intent=checkout.payment_intent)
    again = ask(Checkout.objects.get())
    assert again.idempotency_key != refund.idempotency_key
    assert refunding.drive(again).state == RefundState.SUCCEEDED
    assert all_hold()


ORDERS = {
    "in order": ("refund.created", "refund.updated", "refund.failed"),
    "failed first": ("refund.failed", "refund.created", "refund.updated"),
    "twice": ("refund.created", "refund.created", "refund.failed", "refund.failed", "refund.updated"),
}


@pytest.mark.parametrize("order", ORDERS)
def test_a_refund_that_comes_back_is_kept_for_the_buyer_in_any_order(
    sandbox: Sandbox, goods: Goods, order: str
) -> None:
    checkout = paid_checkout(sandbox)
    refund = ask(checkout)
    said = {
        "refund.created": {"status": "pending"},
        "refund.updated": {"status": "succeeded"},
        "refund.failed": {"status": "failed", "failure_reason": "expired_or_canceled_card"},
    }
    hear(*[refund_event(refund, kind, **said[kind]) for kind in ORDERS[order]])
    refund.refresh_from_db()
    assert (refund.state, refund.problem) == (RefundState.FAILED, "expired_or_canceled_card")
    assert goods.refunded == ["thing:1"]
    kept = [AccountKind.CLEARING, AccountKind.BUYER_REFUNDABLE, AccountKind.PAYABLE_HELD]
    assert figures(*kept) == [1000, 1000, 0]
    assert all_hold()
    again = ask(checkout)
    assert refunding.drive(again).state == RefundState.SUCCEEDED
    assert goods.refunded == ["thing:1"]
    assert figures(*kept) == [0, 0, 0]
    assert all_hold()


def test_an_event_that_is_faster_than_the_answer_changes_nothing_about_the_end(sandbox: Sandbox, goods: Goods) -> None:
    checkout = paid_checkout(sandbox)
    refund = ask(checkout)
    made = sandbox.client.v1.refunds.create(
        {"payment_intent": checkout.payment_intent, "amount": 1000, "metadata": {"refund": refund.public_id}},
        {"idempotency_key": refund.idempotency_key + "-event"},
    )
    services.fetch_events()
    handle_all()
    refund.refresh_from_db()
    assert (refund.state, refund.stripe_id) == (RefundState.SUCCEEDED, made.id)
    assert LedgerTransaction.objects.filter(kind="refund").count() == 1


def test_another_amount_than_asked_for_is_shown_not_booked(sandbox: Sandbox, goods: Goods) -> None:
    refund = ask(paid_checkout(sandbox))
    hear(refund_event(refund, "refund.created", amount=999))
    refund.refresh_from_db()
    assert "9.99 EUR of the 10.00 EUR" in refund.problem
    assert goods.refunded == []


def test_refunds_of_other_business_are_ignored(sandbox: Sandbox, goods: Goods) -> None:
    refund = ask(paid_checkout(sandbox))
    hear(refund_event(refund, "refund.created", payment_intent="pi_other"))
    refund.refresh_from_db()
    assert refund.state == RefundState.PENDING


def test_a_refund_made_at_stripe_is_adopted(sandbox: Sandbox, goods: Goods) -> None:
    checkout = paid_checkout(sandbox)
    sandbox.client.v1.refunds.create({"payment_intent": checkout.payment_intent, "amount": 300})
    for _ in range(2):
        services.fetch_events()
        handle_all()
    refund = Refund.objects.get()
    assert (refund.amount, refund.state, refund.reason) == (300, RefundState.SUCCEEDED, refunding.MADE_AT_STRIPE)
    assert goods.refunded == [refund.subject]
    assert all_hold()


def test_a_crash_after_the_posting_leaves_nothing_and_the_next_try_books_once(sandbox: Sandbox, goods: Goods) -> None:
    refund = ask(paid_checkout(sandbox))
    goods.crash = True
    with pytest.raises(ZeroDivisionError):
        refunding.drive(refund)
    assert LedgerTransaction.objects.filter(kind="refund").count() == 0
    goods.crash = False
    refund.refresh_from_db()
    assert (refund.state, refunding.drive(refund).state) == (RefundState.SENT, RefundState.SUCCEEDED)
    assert LedgerTransaction.objects.filter(kind="refund").count() == 1


def test_a_seller_who_was_paid_out_owes_the_rest(sandbox: Sandbox, goods: Goods) -> None:
    checkout = paid_checkout(sandbox)
    ledger.post(
        key="payout",
        kind="payout",
        currency="EUR",
        entries=[
            Leg(AccountKind.PAYABLE_HELD, -800, EntryPart.RELEASE, checkout.organization),
            Leg(AccountKind.PAYABLE_AVAILABLE, 50, EntryPart.RELEASE, checkout.organization),
            Leg(AccountKind.CLEARING, 750, EntryPart.PAYOUT),
        ],
    )
    refunding.drive(ask(checkout))
    owed = [AccountKind.PAYABLE_HELD, AccountKind.PAYABLE_AVAILABLE, AccountKind.RECEIVABLE]
    assert figures(*owed) == [0, 0, 750]
    assert all_hold()


def test_the_job_leaves_an_unknown_outcome_to_the_reconciliation(sandbox: Sandbox, goods: Goods) -> None:
    refund = ask(paid_checkout(sandbox))
    sandbox.fail(REFUNDS, "error_after", times=3)
    job = Job.objects.get(kind="payments.send_refund")
    runner.run(job.pk)
    job.refresh_from_db()
    refund.refresh_from_db()
    assert (job.state, refund.state) == ("succeeded", RefundState.UNKNOWN)


def broken_by(statement: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")
    return {finding.name for finding in invariants.check() if not finding.holds}


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("UPDATE payments_refund SET amount = 5000", "No more is refunded"),
        ("UPDATE payments_refund SET amount = 999", "Every refund that Stripe took on"),
        ("UPDATE payments_refund SET state = 'failed'", "Each payment is its commission"),
        ("DROP TRIGGER refund_within_payment ON payments_refund", "The rules of the ledger are in force"),
    ],
)
def test_a_broken_invariant_is_named(sandbox: Sandbox, goods: Goods, statement: str, name: str) -> None:
    refunding.drive(ask(paid_checkout(sandbox)))
    assert any(found.startswith(name) for found in broken_by(statement))


def test_events_of_one_refund_handled_at_once_book_once(sandbox: Sandbox, goods: Goods) -> None:
    refund = ask(paid_checkout(sandbox))
    heard = [refund_event(refund, "refund.created") for _ in range(100)]
    for event in heard:
        services.receive_event(event=event)
    handle_all()
    assert events.handle(heard[0]["id"]) == {"outcome": "handled before"}
    assert LedgerTransaction.objects.filter(kind="refund").count() == 1
