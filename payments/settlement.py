"""What Stripe says about a session becomes our state: once, with the ledger and the goods, or not at all."""

import logging
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit
from core.money import major
from payments import registry, stripe_client
from payments.models import LIVE, Checkout, CheckoutState
from payments.stripe_client import SessionFacts

logger = logging.getLogger(__name__)
DUPLICATE = "duplicate"


class Outcome(StrEnum):
    PAID = "paid"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    RETURNED = "refund failed"
    DISPUTED = "disputed"
    HEARD = "heard"
    WAITING = "waiting"
    ALREADY = "already settled"
    PROBLEM = "problem"
    FOREIGN = "not one of ours"


def settle(facts: SessionFacts) -> Outcome:
    """Apply what a verified event or a retrieve says. Safe to repeat, in any order, at the same time."""
    with transaction.atomic():
        checkout = Checkout.objects.select_for_update().filter(public_id=facts.checkout_id).first()
        if checkout is None:
            return Outcome.FOREIGN
        problem = find_problem(checkout, facts)
        if problem:
            return record_problem(checkout, problem)
        if facts.status == "complete" and facts.payment_status == "paid":
            return _paid(checkout, facts)
        if facts.status == "expired":
            return _expired(checkout, facts)
        return Outcome.WAITING


def settled_checkout(payment_intent: str) -> Checkout | None:
    """The checkout that an intent paid, locked. It is settled first when more is heard of it before its payment is."""
    if not payment_intent:
        return None
    locked = Checkout.objects.select_for_update().filter(payment_intent=payment_intent)
    found = locked.first()
    if found is None:
        session = stripe_client.find_session_of(payment_intent)
        if session is not None and Checkout.objects.filter(public_id=session.checkout_id).exists():
            settle(session)
            found = locked.first()
    return found


def find_problem(checkout: Checkout, facts: SessionFacts) -> str:
    """Why these facts may not settle this checkout; empty when they may."""
    if checkout.session_id and checkout.session_id != facts.session_id:
        return f"Session {facts.session_id} names this checkout, which belongs to {checkout.session_id}."
    if (facts.amount, facts.currency) != (checkout.amount, checkout.currency):
        said, asked = shown(facts.amount, facts.currency), shown(checkout.amount, checkout.currency)
        return f"Stripe says {said} of the {asked} asked for."
    if facts.livemode != stripe_client.is_live():
        return "A session of live mode and a key of test mode, or the other way round."
    return ""


def shown(amount: int, currency: str) -> str:
    return f"{major(amount, currency)} {currency}" if currency else f"{amount} of no currency"


def record_problem(checkout: Checkout, problem: str) -> Outcome:
    """Keep it for an administrator; nothing is fulfilled."""
    if checkout.problem != problem:
        Checkout.objects.filter(pk=checkout.pk).update(problem=problem)
        audit.record(
            actor=None,
            organization=checkout.organization,
            verb="checkout.problem",
            subject=checkout,
            data={"problem": problem},
        )
        logger.error("checkout %s: %s", checkout.public_id, problem)
    return Outcome.PROBLEM


def _paid(checkout: Checkout, facts: SessionFacts) -> Outcome:
    if checkout.state == CheckoutState.PAID:
        return Outcome.ALREADY
    if Checkout.objects.about(checkout.purpose, checkout.reference).filter(state=CheckoutState.PAID).exists():
        _set_aside(checkout)
    _move(
        checkout,
        CheckoutState.PAID,
        session_id=facts.session_id,
        payment_intent=facts.payment_intent,
        paid_at=timezone.now(),
    )
    registry.purpose(checkout.purpose).paid(checkout)
    return Outcome.PAID


def _set_aside(checkout: Checkout) -> None:
    """What it was for is paid already: from now on it is for being returned."""
    record_problem(checkout, f"Paid twice: {checkout.ledger_reference} was paid before. This payment is returned.")
    Checkout.objects.filter(pk=checkout.pk).update(purpose=DUPLICATE, reference=checkout.public_id)
    checkout.refresh_from_db()


def _expired(checkout: Checkout, facts: SessionFacts) -> Outcome:
    if checkout.state not in LIVE:
        return Outcome.ALREADY
    _move(checkout, CheckoutState.EXPIRED, session_id=facts.session_id)
    registry.purpose(checkout.purpose).expired(checkout)
    return Outcome.EXPIRED


def give_up(checkout: Checkout) -> Outcome:
    """Close a checkout that Stripe knows nothing of: nobody was ever shown a page to pay it on."""
    with transaction.atomic():
        pending = Checkout.objects.select_for_update().filter(pk=checkout.pk, state=CheckoutState.PENDING).first()
        if pending is None:
            return Outcome.ALREADY
        _move(pending, CheckoutState.EXPIRED)
        registry.purpose(pending.purpose).expired(pending)
        return Outcome.EXPIRED


def _move(checkout: Checkout, state: CheckoutState, **facts: Any) -> None:
    """Change the state of a locked row; `checkout` shows the new state afterwards."""
    was = checkout.state
    moved = Checkout.objects.filter(pk=checkout.pk, state=was).update(state=state, **facts)
    if moved != 1:
        raise RuntimeError(f"checkout {checkout.public_id} was changed behind its lock")
    checkout.refresh_from_db()
    audit.record(
        actor=None,
        organization=checkout.organization,
        verb=f"checkout.{state}",
        subject=checkout,
        data={"was": was},
    )
