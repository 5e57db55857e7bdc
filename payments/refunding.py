"""Returning money: sending a refund once, and turning what Stripe says of it into our state.

A refund is booked when Stripe takes it on, not when it has succeeded. At that moment Stripe debits our balance, so
that the clearing account follows it, and the buyer can rely on the money; some banks take weeks to confirm. It is
also the first moment at which the goods may be taken back: a refusal before it leaves everything as it was. Should
the bank send the money back later, Stripe credits us, and the books keep it for the buyer until it is sent again.
"""

import logging
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import Unavailable
from payments import ledger, registry, stripe_client
from payments.models import UNDECIDED, AccountKind, Checkout, CheckoutState, Refund, RefundState
from payments.registry import TakenBack
from payments.settlement import Outcome, settled_checkout, shown
from payments.stripe_client import RefundFacts, Refused

logger = logging.getLogger(__name__)
MADE_AT_STRIPE = "Made at the payment service"


def drive(refund: Refund) -> Refund:
    """Take a refund one step further: send it, or learn what became of it. Not inside a transaction.

    One that was sent before is looked for at Stripe first, and only when it is not there sent again, under its own
    key. Raises Unavailable when Stripe does not answer; the state is then unknown.
    """
    if refund.state in UNDECIDED:
        found = _found(refund)
        if found:
            settle_refund(found)
        elif refund.booked_at is None:
            _send(refund)
        refund.refresh_from_db()
    return refund


def settle_refund(facts: RefundFacts) -> Outcome:
    """Apply what a verified event, an answer or a look at Stripe says. Safe to repeat, in any order, at once."""
    with transaction.atomic():
        checkout = settled_checkout(facts.payment_intent)
        if checkout is None or checkout.state != CheckoutState.PAID:
            return Outcome.FOREIGN
        refund = _locked(checkout, facts) or _adopted(checkout, facts)
        problem = _mismatch(refund, facts)
        if problem:
            return record_problem(refund, problem)
        return _returned(refund, facts) if facts.failed else _taken_on(refund, facts)


def settle_charge(payment_intent: str) -> Outcome:
    """Some of a payment went back: look at all its refunds, since the charge does not say which."""
    outcomes = [settle_refund(facts) for facts in stripe_client.refunds_of(payment_intent)]
    return next((found for found in outcomes if found is not Outcome.ALREADY), Outcome.ALREADY)


def record_problem(refund: Refund, problem: str) -> Outcome:
    """Keep it for an administrator; nothing is booked."""
    if refund.problem != problem:
        Refund.objects.filter(pk=refund.pk).update(problem=problem)
        _record(refund, "refund.problem", problem=problem)
        logger.error("refund %s: %s", refund.public_id, problem)
    return Outcome.PROBLEM


def _found(refund: Refund) -> RefundFacts | None:
    """The refund at Stripe, when it may be there."""
    if refund.stripe_id:
        return stripe_client.retrieve_refund(refund.stripe_id)
    if refund.state == RefundState.PENDING:
        return None
    made = stripe_client.refunds_of(refund.checkout.payment_intent)
    return next((facts for facts in made if facts.own_id == refund.public_id), None)


def _send(refund: Refund) -> None:
    if not _note(refund, RefundState.SENT, sent_at=timezone.now()):
        return  # settled meanwhile: once refused, another refund of the subject may be under way
    try:
        facts = stripe_client.create_refund(refund)
    except Refused as refusal:
        _refused(refund, str(refusal))
    except Unavailable:
        _note(refund, RefundState.UNKNOWN)
        raise
    else:
        settle_refund(facts)


def _note(refund: Refund, state: RefundState, **facts: Any) -> bool:
    """Say how far sending got, unless an event was faster. Whether it was noted."""
    waiting = Refund.objects.filter(pk=refund.pk, state__in=UNDECIDED, booked_at=None)
    return waiting.update(state=state, **facts) == 1


def _refused(refund: Refund, reason: str) -> None:
    with transaction.atomic():
        if _note(refund, RefundState.FAILED, problem=reason):
            _record(refund, "refund.refused", problem=reason)
            logger.error("refund %s was refused: %s", refund.public_id, reason)


def _locked(checkout: Checkout, facts: RefundFacts) -> Refund | None:
    rows = checkout.refunds.select_for_update()
    own = rows.filter(public_id=facts.own_id).first() if facts.own_id else None
    return own or rows.filter(stripe_id=facts.stripe_id).first()


def _adopted(checkout: Checkout, facts: RefundFacts) -> Refund:
    """A refund that somebody made at Stripe by hand gets a row of its own."""
    refund = Refund.objects.create(
        checkout=checkout,
        subject=f"stripe:{facts.stripe_id}",
        amount=facts.amount,
        currency=facts.currency,
        idempotency_key=f"stripe-{facts.stripe_id}",
        reason=MADE_AT_STRIPE,
        state=RefundState.SENT,
        stripe_id=facts.stripe_id,
    )
    _record(refund, "refund.adopted", stripe_id=facts.stripe_id)
    return refund


def _mismatch(refund: Refund, facts: RefundFacts) -> str:
    if refund.stripe_id and refund.stripe_id != facts.stripe_id:
        return f"{facts.stripe_id} names this refund, which is {refund.stripe_id}."
    if (facts.amount, facts.currency) != (refund.amount, refund.currency):
        said, asked = shown(facts.amount, facts.currency), shown(refund.amount, refund.currency)
        return f"Stripe returned {said} of the {asked} asked for."
    if refund.state == RefundState.FAILED and refund.booked_at is None and not facts.failed:
        return f"Stripe refused this refund and yet has it as {facts.stripe_id}."
    return ""


def _taken_on(refund: Refund, facts: RefundFacts) -> Outcome:
    if refund.state in (RefundState.SUCCEEDED, RefundState.FAILED):
        return Outcome.ALREADY
    state = RefundState.SUCCEEDED if facts.status == "succeeded" else RefundState.SENT
    if refund.booked_at is None:
        _book(refund, facts, state)
        return Outcome.REFUNDED
    _move(refund, state)
    return Outcome.WAITING if state == RefundState.SENT else Outcome.REFUNDED


def _returned(refund: Refund, facts: RefundFacts) -> Outcome:
    """The bank sent it back. Heard of before its success, it is booked first, as if heard in order."""
    if refund.state == RefundState.FAILED:
        return Outcome.ALREADY
    if refund.booked_at is None:
        _book(refund, replace(facts, status="pending"), RefundState.SENT)
    ledger.post_owed(
        key=f"refund-failed:{refund.public_id}",
        kind="refund_failed",
        reference=refund.checkout.ledger_reference,
        currency=refund.currency,
        owner=refund.checkout.organization,
        amount=refund.amount,
    )
    _move(refund, RefundState.FAILED, problem=facts.failure or facts.status)
    logger.error("refund %s came back: %s", refund.public_id, facts.failure or facts.status)
    return Outcome.RETURNED


def _book(refund: Refund, facts: RefundFacts, state: RefundState) -> None:
    """Once for each refund; the goods are taken back with the first refund of a subject that is booked."""
    _move(refund, state, stripe_id=facts.stripe_id, booked_at=timezone.now(), problem="")
    taken = taken_back(refund)
    if Refund.objects.about(refund.subject).filter(booked_at__isnull=False).exclude(pk=refund.pk).exists():
        return_owed(taken)
    else:
        registry.purpose(refund.checkout.purpose).refunded(taken)


def return_owed(taken: TakenBack) -> None:
    """Post that money went back which the books keep for the buyer."""
    ledger.post_owed(
        key=taken.ledger_key,
        kind=taken.ledger_kind,
        reference=taken.checkout.ledger_reference,
        currency=taken.currency,
        owner=taken.checkout.organization,
        amount=-taken.amount,
        source=taken.source,
    )


def taken_back(refund: Refund) -> TakenBack:
    return TakenBack(
        checkout=refund.checkout,
        subject=refund.subject,
        amount=refund.amount,
        currency=refund.currency,
        reason=refund.reason,
        ledger_key=refund.ledger_key,
        ledger_kind="refund",
        source=AccountKind.CLEARING,
    )


def _move(refund: Refund, state: RefundState, **facts: Any) -> None:
    """Change a locked row; `refund` shows it afterwards."""
    was = refund.state
    if Refund.objects.filter(pk=refund.pk, state=was).update(state=state, **facts) != 1:
        raise RuntimeError(f"refund {refund.public_id} was changed behind its lock")
    refund.refresh_from_db()
    _record(refund, f"refund.{state}", was=was)


def _record(refund: Refund, verb: str, **data: str) -> None:
    facts = {"refund": refund.public_id, "subject": refund.subject, **data}
    audit.record(actor=None, organization=refund.checkout.organization, verb=verb, subject=refund, data=facts)
