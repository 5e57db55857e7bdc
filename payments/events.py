"""Handling Stripe's events from the inbox. A crash in the middle undoes all of it; the job tries again."""

from collections.abc import Callable
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from core.errors import Unavailable
from payments import disputing, refunding, stripe_payees, transferring
from payments.models import EventState, Payee, StripeEvent
from payments.services import bank_payouts, payees
from payments.settlement import Outcome, settle
from payments.stripe_client import RefundFacts, SessionFacts
from payments.stripe_payees import TransferFacts

DONE = (EventState.HANDLED, EventState.IGNORED)


def settle_session(event: StripeEvent) -> Outcome:
    return settle(SessionFacts.read(event.payload["data"]["object"]))


def close_session(event: StripeEvent) -> Outcome:
    """A delayed payment failed: the session is complete, but nothing will ever be paid."""
    return settle(replace(SessionFacts.read(event.payload["data"]["object"]), status="expired"))


def settle_refund(event: StripeEvent) -> Outcome:
    return refunding.settle_refund(RefundFacts.read(event.payload["data"]["object"]))


def settle_charge(event: StripeEvent) -> Outcome:
    intent = event.payload["data"]["object"].get("payment_intent")
    return refunding.settle_charge(intent) if intent else Outcome.FOREIGN


def settle_dispute(event: StripeEvent) -> Outcome:
    return disputing.look_at(event.object_id)


def settle_transfer(event: StripeEvent) -> Outcome:
    return transferring.settle_transfer(TransferFacts.read(event.payload["data"]["object"]))


def settle_reversals(event: StripeEvent) -> Outcome:
    return transferring.settle_reversals(event.object_id)


def look_at_payee(event: StripeEvent) -> Outcome:
    known = Payee.objects.filter(stripe_id=event.account).exists()
    found = known and payees.apply(stripe_payees.retrieve_account(event.account))
    return Outcome.HEARD if found else Outcome.FOREIGN


def look_at_payout(event: StripeEvent) -> Outcome:
    known = Payee.objects.filter(stripe_id=event.account).exists()
    found = known and bank_payouts.settle_payout(
        stripe_payees.retrieve_payout(event.object_id, event.account), event.account
    )
    return Outcome.HEARD if found else Outcome.FOREIGN


HANDLERS: dict[str, Callable[[StripeEvent], Outcome]] = {
    "checkout.session.completed": settle_session,
    "checkout.session.expired": settle_session,
    "checkout.session.async_payment_succeeded": settle_session,
    "checkout.session.async_payment_failed": close_session,
    "refund.created": settle_refund,
    "refund.updated": settle_refund,
    "refund.failed": settle_refund,
    "charge.refunded": settle_charge,
    "charge.dispute.created": settle_dispute,
    "charge.dispute.updated": settle_dispute,
    "charge.dispute.funds_withdrawn": settle_dispute,
    "charge.dispute.funds_reinstated": settle_dispute,
    "charge.dispute.closed": settle_dispute,
    "transfer.created": settle_transfer,
    "transfer.reversed": settle_reversals,
    # These happen to payees' accounts and come to the connect endpoint.
    "account.updated": look_at_payee,
    "payout.created": look_at_payout,
    "payout.updated": look_at_payout,
    "payout.paid": look_at_payout,
    "payout.failed": look_at_payout,
    "payout.canceled": look_at_payout,
}
OF_PAYEES = frozenset(name for name in HANDLERS if name.startswith(("account.", "payout.")))
# Types that can be said of one object only once: a second event of such a type repeats the first.
ONCE_PER_OBJECT = frozenset(HANDLERS) - {
    "refund.updated",
    "charge.refunded",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "transfer.reversed",
    "account.updated",
    "payout.updated",
}


def handle(event_id: str) -> dict[str, str]:
    """Act on one event of the inbox, at most once."""
    try:
        with transaction.atomic():
            return {"outcome": _handle(StripeEvent.objects.select_for_update().get(event_id=event_id))}
    except Unavailable as error:
        _undone(event_id, EventState.RECEIVED, error)  # `checkouts.drive_events` has it handled when Stripe answers
        raise
    except Exception as error:
        _undone(event_id, EventState.FAILED, error)
        raise


def _undone(event_id: str, state: EventState, error: Exception) -> None:
    left = StripeEvent.objects.filter(event_id=event_id).exclude(state__in=DONE)
    left.update(state=state, error=f"{type(error).__name__}: {error}")


def _handle(event: StripeEvent) -> str:
    if event.state in DONE:
        return "handled before"
    outcome = HANDLERS[event.type](event)
    state = EventState.IGNORED if outcome is Outcome.FOREIGN else EventState.HANDLED
    StripeEvent.objects.filter(pk=event.pk).update(
        state=state,
        handled_at=timezone.now(),
        error="" if outcome is not Outcome.PROBLEM else "See what it is about.",
    )
    return str(outcome)
