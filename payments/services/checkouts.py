"""Asking for money: open a checkout, learn what became of it, give it up, return it; and taking events in."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import Organization, User
from core import audit
from core.errors import Conflict, DomainError, Invalid, Unavailable
from core.money import major
from jobs.models import Job
from jobs.services import start
from payments import refunding, registry, settlement, stripe_client
from payments.disputing import left_of
from payments.events import HANDLERS, ONCE_PER_OBJECT
from payments.models import LIVE, Checkout, CheckoutState, EventState, Refund, StripeEvent
from payments.rules.limits import LARGEST_CHARGE, SMALLEST_CHARGE, ChargeProblem, charge_problem
from payments.rules.lines import CheckoutLine, folded
from payments.stripe_client import Event, Refused, SessionFacts

audit.phrases(
    {
        "checkout.open": _l("opened the payment page"),
        "checkout.paid": _l("received a payment"),
        "checkout.expired": _l("closed a payment page that had expired"),
        "checkout.refused": _l("was refused the payment page by Stripe"),
        "checkout.closed": _l("closed a payment page"),
        "checkout.problem": _l("met a problem with a payment: {problem}"),
        "refund.asked": _l("asked Stripe for a refund"),
        "refund.sent": _l("had a refund taken on by Stripe"),
        "refund.succeeded": _l("returned money to a buyer"),
        "refund.failed": _l("had a refund sent back by the bank"),
        "refund.refused": _l("was refused a refund by Stripe: {problem}"),
        "refund.adopted": _l("found a refund that was made at Stripe"),
        "refund.problem": _l("met a problem with a refund: {problem}"),
        "stripe_event.handled_again": _l("had a message from Stripe handled again"),
    }
)

LIFETIME = timedelta(hours=2)
LOOK_BACK = timedelta(days=3)
MOST_CONFIRMED = 200
REFUND_PATIENCE = timedelta(minutes=1)
EVENT_PATIENCE = timedelta(minutes=1)


def open_checkout(
    *,
    purpose: str,
    reference: str,
    organization: Organization,
    actor: User | None,
    lines: Sequence[CheckoutLine],
    currency: str,
    success_url: str,
    cancel_url: str,
) -> Checkout:
    """Ask for the sum of the lines; the buyer then goes to the checkout's `url`.

    Call it outside a transaction: the request is stored before Stripe hears of it. Asking again
    for the same reference returns the open checkout. Raises Invalid for an amount that cannot be
    charged, Conflict `already_paid`, Conflict `checkout_differs` when another amount is open for the
    reference, and Unavailable when Stripe does not answer (ask again: it is not charged twice).
    """
    registry.purpose(purpose)
    amount = sum(line.unit_amount * line.quantity for line in lines)
    require_chargeable(amount, currency)
    wanted = Checkout(
        purpose=purpose,
        reference=reference,
        organization=organization,
        created_by=actor,
        currency=currency,
        amount=amount,
        lines=[asdict(line) for line in folded(lines, _("and %d more"))],
        success_url=success_url,
        cancel_url=cancel_url,
        idempotency_key=f"checkout-{secrets.token_hex(16)}",
        expires_at=timezone.now() + LIFETIME,
    )
    checkout = _current(wanted)
    return _opened(checkout) if checkout.state == CheckoutState.PENDING else checkout


def confirm(*, checkout: Checkout) -> Checkout:
    """Ask Stripe how it stands and act on the answer.

    What the page does to which the buyer returns: the redirect itself proves nothing.
    """
    if checkout.state not in LIVE:
        return checkout
    session_id = _session_id(checkout)
    if session_id:
        settlement.settle(stripe_client.retrieve_session(session_id))
    elif checkout.expires_at <= timezone.now():
        settlement.give_up(checkout)
    checkout.refresh_from_db()
    return checkout


def expire_checkout(*, checkout: Checkout, actor: User | None) -> Checkout:
    """Close a checkout so that it can no longer be paid. One that was paid meanwhile stays paid."""
    if checkout.state not in LIVE:
        return checkout
    session_id = _session_id(checkout)
    if session_id:
        settlement.settle(_closed(session_id))
    else:
        settlement.give_up(checkout)
    checkout.refresh_from_db()
    audit.record(actor=actor, organization=checkout.organization, verb="checkout.closed", subject=checkout)
    return checkout


def refund_checkout(*, checkout: Checkout, subject: str, amount: int, reason: str, actor: User | None) -> Refund:
    """Return some of a payment, in its minor units; a job sends it. The same `subject` is returned once.

    Asking again gives the same refund; after one that failed it is tried anew. What it takes from whom is up to the
    purpose of the checkout. Raises Conflict `not_paid`, `refund_too_large`, or `refund_differs` when the subject is
    being refunded with another amount.
    """
    if amount < 1:
        raise Invalid(_("A refund returns something."), code="refund_empty", field="amount")
    with transaction.atomic():
        paid = Checkout.objects.select_for_update().get(pk=checkout.pk)
        attempts = Refund.objects.about(subject)
        standing = attempts.standing().first()
        if standing is not None:
            return _same_refund(standing, paid, amount)
        _require_refundable(paid, amount)
        refund = Refund.objects.create(
            checkout=paid,
            subject=subject,
            amount=amount,
            currency=paid.currency,
            idempotency_key=f"refund-{subject}-{attempts.count() + 1}",
            reason=reason,
            asked_by=actor,
        )
        facts = {"amount": amount, "currency": paid.currency, "subject": subject, "reason": reason}
        audit.record(actor=actor, organization=paid.organization, verb="refund.asked", subject=refund, data=facts)
        drive_refund(refund=refund, actor=actor)
    return refund


def drive_refund(*, refund: Refund, actor: User | None) -> Job:
    """Have a refund sent, or asked about when it was sent before."""
    return start(
        kind="payments.send_refund",
        organization=None,
        actor=actor,
        arguments={"refund": refund.public_id},
        subject=f"refund:{refund.public_id}",
        dedupe_key=f"refund:{refund.public_id}",
    )


def drive_refunds() -> int:
    """Take up refunds whose job ended without an answer. Returns how many there were.

    One that cannot be settled is shown to administrators and does not hold up the others.
    """
    left = Refund.objects.undecided().filter(created_at__lt=timezone.now() - REFUND_PATIENCE)
    found = list(left.select_related("checkout__organization").order_by("created_at")[:MOST_CONFIRMED])
    for refund in found:
        try:
            refunding.drive(refund)
        except Unavailable:
            raise
        except DomainError as refusal:
            refunding.record_problem(refund, refusal.message)
    return len(found)


def require_chargeable(amount: int, currency: str) -> None:
    """Raises Invalid for an amount, in minor units, that cannot be charged at once."""
    problem = charge_problem(amount, currency)
    if problem is None:
        return
    limits = {ChargeProblem.TOO_SMALL: SMALLEST_CHARGE.get(currency, 1), ChargeProblem.TOO_LARGE: LARGEST_CHARGE}
    messages = {
        ChargeProblem.TOO_SMALL: _("The smallest payment is %(limit)s %(currency)s. Add something to your cart."),
        ChargeProblem.TOO_LARGE: _("The largest payment is %(limit)s %(currency)s. Split the order in two."),
        ChargeProblem.NOT_OFFERED: _("Payments in %(currency)s are not offered."),
        ChargeProblem.UNEVEN: _("Payments in %(currency)s end in a zero. Ask the seller for another price."),
    }
    facts = {"limit": major(limits.get(problem, 0), currency), "currency": currency}
    raise Invalid(messages[problem] % facts, code=f"amount_{problem}")


def receive_event(*, event: Event) -> StripeEvent | None:
    """Keep a verified event and have it handled. A repeat, under the same or another id, changes nothing."""
    subject = event["data"]["object"].get("id") or event["id"]
    received = StripeEvent(
        event_id=event["id"],
        account=event.get("account") or "",
        type=event["type"],
        object_id=subject,
        fact=event["type"] if event["type"] in ONCE_PER_OBJECT else event["id"],
        state=EventState.RECEIVED if event["type"] in HANDLERS else EventState.IGNORED,
        payload=event,
        happened_at=datetime.fromtimestamp(event["created"], UTC),
    )
    with transaction.atomic():
        StripeEvent.objects.bulk_create([received], ignore_conflicts=True)
        stored = StripeEvent.objects.filter(event_id=event["id"]).first()
        if stored is not None and stored.state == EventState.RECEIVED:
            _handle(stored, actor=None)
    return stored


def handle_again(*, event: StripeEvent, actor: User) -> Job:
    """Have an event handled that failed or was never handled. One that was handled changes nothing."""
    with transaction.atomic():
        audit.record(actor=actor, verb="stripe_event.handled_again", subject=event)
        return _handle(event, actor=actor)


def fetch_events() -> int:
    """Take in events whose webhook never reached us. Returns how many Stripe still counts as undelivered."""
    found = stripe_client.undelivered_events(since=timezone.now() - LOOK_BACK, types=sorted(HANDLERS))
    for event in found:
        receive_event(event=event)
    return len(found)


def drive_events() -> int:
    """Have events handled whose job ended without handling them. Returns how many there were."""
    now = timezone.now()
    left = StripeEvent.objects.unhandled().filter(received_at__lt=now - EVENT_PATIENCE, received_at__gt=now - LOOK_BACK)
    found = list(left.order_by("pk")[:MOST_CONFIRMED])
    for event in found:
        _handle(event, actor=None)
    return len(found)


def confirm_overdue() -> int:
    """Learn what became of checkouts that should have ended by now. Returns how many there were.

    One that cannot be settled is shown to administrators and does not hold up the others.
    """
    overdue = Checkout.objects.live().filter(expires_at__lt=timezone.now()).order_by("expires_at")[:MOST_CONFIRMED]
    for checkout in overdue:
        try:
            confirm(checkout=checkout)
        except Unavailable:
            raise
        except DomainError as refusal:
            settlement.record_problem(checkout, refusal.message)
    return len(overdue)


def _handle(event: StripeEvent, *, actor: User | None) -> Job:
    return start(
        kind="payments.handle_event",
        organization=None,
        actor=actor,
        arguments={"event": event.event_id},
        subject=f"stripe_event:{event.pk}",
        dedupe_key=f"stripe-event:{event.event_id}",
    )


def _same_refund(standing: Refund, checkout: Checkout, amount: int) -> Refund:
    if (standing.checkout_id, standing.amount) != (checkout.pk, amount):
        message = _("This is already being refunded, with another amount.")
        raise Conflict(message, code="refund_differs", data={"refund": standing.public_id})
    return standing


def _require_refundable(checkout: Checkout, amount: int) -> None:
    if checkout.state != CheckoutState.PAID:
        raise Conflict(_("This was not paid, so there is nothing to return."), code="not_paid")
    if checkout.disputes.unfinished().exists():
        message = _("The buyer's bank disputes this payment. It decides about the money; a refund would pay it twice.")
        raise Conflict(message, code="disputed")
    left = left_of(checkout)
    if amount > left:
        facts = {"left": major(left, checkout.currency), "currency": checkout.currency}
        message = _("Only %(left)s %(currency)s of this payment can still be returned.") % facts
        raise Conflict(message, code="refund_too_large")


def _current(wanted: Checkout) -> Checkout:
    """The live checkout of the reference: the one wanted, or one from before that asks for the same."""
    current = _stored(wanted)
    if current.expires_at <= timezone.now():
        confirm(checkout=current)
        current = _stored(wanted)
    if (current.amount, current.currency) != (wanted.amount, wanted.currency):
        raise Conflict(_("A payment of another amount is open for this. Cancel it first."), code="checkout_differs")
    return current


def _stored(wanted: Checkout) -> Checkout:
    with transaction.atomic(durable=True):
        same = Checkout.objects.about(wanted.purpose, wanted.reference)
        if same.filter(state=CheckoutState.PAID).exists():
            raise Conflict(_("This is already paid."), code="already_paid")
        Checkout.objects.bulk_create([wanted], ignore_conflicts=True)
        return same.live().get()


def _opened(checkout: Checkout) -> Checkout:
    facts = _created(checkout)
    Checkout.objects.filter(pk=checkout.pk, state=CheckoutState.PENDING).update(
        state=CheckoutState.OPEN, session_id=facts.session_id, url=facts.url
    )
    checkout.refresh_from_db()
    if checkout.state == CheckoutState.EXPIRED:
        raise Conflict(_("This payment was given up meanwhile. Start it again."), code="checkout_closed")
    return checkout


def _created(checkout: Checkout) -> SessionFacts:
    try:
        return stripe_client.create_session(checkout)
    except Refused as refusal:
        Checkout.objects.filter(pk=checkout.pk, state=CheckoutState.PENDING).update(
            state=CheckoutState.REFUSED, problem=str(refusal)
        )
        message = _("The payment service refused this payment. We have been told why. Nothing was charged.")
        raise Conflict(message, code="payment_refused") from refusal
    except Unavailable:
        # The answer may have been lost after the session was made; a new key would make a second one.
        found = stripe_client.find_session(checkout)
        if found is None:
            raise
        return found


def _session_id(checkout: Checkout) -> str | None:
    """The checkout's session, looked up at Stripe when the answer to its creation was lost."""
    if checkout.session_id:
        return checkout.session_id
    found = stripe_client.find_session(checkout)
    return found.session_id if found else None


def _closed(session_id: str) -> SessionFacts:
    try:
        return stripe_client.expire_session(session_id)
    except Refused:
        return stripe_client.retrieve_session(session_id)
