"""Disputes: what a cardholder's bank says of a payment becomes our state, and the books follow the money.

An event only says that something happened: the dispute is then looked at, so that events may come in any order.
While a dispute is open its payees' shares are not paid out. What Stripe withdraws waits on an account of its own; won,
it comes back; lost, it is taken from payees and commission as a refund would be, and the goods are taken back.
"""

import logging
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from core import audit
from jobs.services import start
from payments import ledger, registry, stripe_disputes
from payments.ledger import Leg
from payments.models import CLOSED, AccountKind, Checkout, CheckoutState, Dispute, DisputeStatus, EntryPart
from payments.registry import TakenBack
from payments.settlement import Outcome, settled_checkout, shown
from payments.stripe_disputes import DisputeFacts

logger = logging.getLogger(__name__)
LOST_REASON = "The cardholder's bank took the payment back"


def look_at(stripe_id: str) -> Outcome:
    """Ask Stripe how a dispute stands and act on it."""
    return settle_dispute(stripe_disputes.retrieve(stripe_id))


def settle_dispute(facts: DisputeFacts) -> Outcome:
    """Apply what Stripe says of a dispute. Safe to repeat, in any order, at the same time."""
    with transaction.atomic():
        checkout = settled_checkout(facts.payment_intent)
        if checkout is None or checkout.state != CheckoutState.PAID:
            return Outcome.FOREIGN
        dispute = _row(checkout, facts)
        if dispute.status in CLOSED and facts.status not in CLOSED:
            return Outcome.ALREADY  # older than what we know
        if facts.currency != checkout.currency:
            return _problem(dispute, f"Stripe disputes {shown(facts.amount, facts.currency)} of another currency.")
        _follow(dispute, facts)
        _book_moved(dispute, facts)
        if _is_to_book(dispute):
            _start_booking(dispute)
        return Outcome.DISPUTED


def book_loss(public_id: str) -> bool:
    """Take what the bank kept from whom the sale had paid, once. False when it was booked before, or cannot be yet.

    In a transaction of its own: payees are locked before anything is posted, or two losses would wait in a circle.
    """
    with transaction.atomic():
        dispute = Dispute.objects.get(public_id=public_id)
        dispute.checkout = Checkout.objects.select_for_update().get(pk=dispute.checkout_id)
        dispute.refresh_from_db(fields=["status", "withdrawn", "reinstated", "booked_at"])
        if not _is_to_book(dispute):
            return False
        _book_loss(dispute)
    return True


def _row(checkout: Checkout, facts: DisputeFacts) -> Dispute:
    """The dispute's row; the checkout's lock keeps others away."""
    found = checkout.disputes.filter(stripe_id=facts.stripe_id).first()
    if found is None:
        found = Dispute.objects.create(
            checkout=checkout,
            stripe_id=facts.stripe_id,
            amount=facts.amount,
            currency=facts.currency,
            reason=facts.reason,
            status=facts.first_status,
            answer_until=facts.answer_until,
            opened_at=facts.opened_at,
        )
        _record(found, "dispute.opened", reason=facts.reason)
        registry.purpose(checkout.purpose).disputed(found)
    return found


def _follow(dispute: Dispute, facts: DisputeFacts) -> None:
    if dispute.status == facts.status and dispute.answer_until == facts.answer_until:
        return
    was = dispute.status
    closed = facts.status in CLOSED
    changes: dict[str, Any] = {"status": facts.status, "answer_until": facts.answer_until}
    if closed and dispute.closed_at is None:
        changes["closed_at"] = timezone.now()
    _change(dispute, **changes)
    if was != dispute.status:
        _record(dispute, "dispute.changed", was=was, now=str(dispute.get_status_display()))
        if closed:
            registry.purpose(dispute.checkout.purpose).disputed(dispute)


def _book_moved(dispute: Dispute, facts: DisputeFacts) -> None:
    """The books follow what left our balance and what came back: each once, by how much is booked already."""
    out, back = facts.withdrawn - dispute.withdrawn, facts.reinstated - dispute.reinstated
    if out > 0:
        _post(dispute, f"dispute-withdrawn:{dispute.public_id}:{facts.withdrawn}", "dispute_withdrawn", out)
        _change(dispute, withdrawn=facts.withdrawn)
    if back > 0:
        _post(dispute, f"dispute-reinstated:{dispute.public_id}:{facts.reinstated}", "dispute_reinstated", -back)
        _change(dispute, reinstated=facts.reinstated)


def _post(dispute: Dispute, key: str, kind: str, out: int) -> None:
    ledger.post(
        key=key,
        kind=kind,
        reference=dispute.reference,
        currency=dispute.currency,
        entries=[
            Leg(AccountKind.CLEARING, out, EntryPart.DISPUTE),
            Leg(AccountKind.DISPUTE_HOLD, -out, EntryPart.DISPUTE),
        ],
    )


def _is_to_book(dispute: Dispute) -> bool:
    """What is left to lose is known when every refund that was asked for before the dispute succeeded or failed."""
    if dispute.status != DisputeStatus.LOST or dispute.booked_at is not None:
        return False
    return not dispute.checkout.refunds.undecided().filter(booked_at=None).exists()


def _start_booking(dispute: Dispute) -> None:
    start(
        kind="payments.book_loss",
        organization=None,
        actor=None,
        arguments={"dispute": dispute.public_id},
        subject=dispute.reference,
        dedupe_key=f"book-loss:{dispute.public_id}",
    )


def _book_loss(dispute: Dispute) -> None:
    """More than is left of the payment is the platform's loss."""
    kept = dispute.withdrawn - dispute.reinstated
    taken = min(kept, left_of(dispute.checkout))
    _change(dispute, taken=taken, booked_at=timezone.now())
    if taken:
        registry.purpose(dispute.checkout.purpose).refunded(_taken_back(dispute))
    if kept > taken:
        ledger.post(
            key=f"dispute-write-off:{dispute.public_id}",
            kind="dispute_write_off",
            reference=dispute.reference,
            currency=dispute.currency,
            entries=[
                Leg(AccountKind.DISPUTE_HOLD, kept - taken, EntryPart.DISPUTE),
                Leg(AccountKind.WRITE_OFF, taken - kept, EntryPart.DISPUTE),
            ],
        )
    _record(dispute, "dispute.lost", amount=taken)


def left_of(checkout: Checkout) -> int:
    """What neither refunds nor lost disputes took of a payment, in minor units."""
    returned = checkout.refunds.standing().aggregate(sum=Sum("amount"))["sum"] or 0
    lost = checkout.disputes.aggregate(sum=Sum("taken"))["sum"] or 0
    return int(checkout.amount - returned - lost)


def _taken_back(dispute: Dispute) -> TakenBack:
    return TakenBack(
        checkout=dispute.checkout,
        subject=dispute.reference,
        amount=dispute.taken,
        currency=dispute.currency,
        reason=LOST_REASON,
        ledger_key=f"dispute-lost:{dispute.public_id}",
        ledger_kind="dispute_lost",
        source=AccountKind.DISPUTE_HOLD,
    )


def _problem(dispute: Dispute, problem: str) -> Outcome:
    if dispute.problem != problem:
        _change(dispute, problem=problem)
        _record(dispute, "dispute.problem", problem=problem)
        logger.error("dispute %s: %s", dispute.stripe_id, problem)
    return Outcome.PROBLEM


def _change(dispute: Dispute, **facts: Any) -> None:
    """Change a row whose checkout is locked; `dispute` shows it afterwards."""
    Dispute.objects.filter(pk=dispute.pk).update(**facts)
    for name, value in facts.items():
        setattr(dispute, name, value)


def _record(dispute: Dispute, verb: str, **data: Any) -> None:
    facts = {"dispute": dispute.stripe_id, "reason": dispute.reason, **data}
    audit.record(actor=None, organization=dispute.checkout.organization, verb=verb, subject=dispute, data=facts)
