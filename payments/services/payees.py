"""Becoming somebody who is paid: an account at Stripe, its hosted pages, and what Stripe says of it."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import Membership, Organization, User
from accounts.permissions import Capability
from core import audit, mail
from core.errors import Conflict, Invalid, Unavailable
from payments import stripe_payees
from payments.countries import PAYOUT_COUNTRIES
from payments.links import payouts_url
from payments.models import Payee, PayeeState
from payments.stripe_client import Refused
from payments.stripe_payees import PayeeFacts

audit.phrases(
    {
        "payee.begun": _l("began to set up payouts"),
        "payee.opened": _l("opened the payment service's page about payouts"),
        "payee.changed": _l("became «{state}» for payouts"),
    }
)

FRESH = timedelta(hours=6)
MOST_REFRESHED = 50
LETTERS = {
    PayeeState.ACTIVE: "payee_ready",
    PayeeState.RESTRICTED: "payee_held",
    PayeeState.REJECTED: "payee_held",
}


def onboard(*, actor: User, organization: Organization, country: str = "") -> str:
    """The address of the hosted page on which the payee gives, or changes, their details and bank account.

    Not inside a transaction. `country` is needed the first time and cannot be changed later. Raises Invalid for one
    that payouts do not reach, Conflict `payee_rejected` or `payee_refused`, Unavailable when Stripe does not answer.
    """
    payee = _payee(actor, organization, country)
    if payee.state == PayeeState.REJECTED:
        message = _("The payment service rejected this account for good. Write to us, so that we find another way.")
        raise Conflict(message, code="payee_rejected")
    try:
        account = payee.stripe_id or _opened(payee)
        url = stripe_payees.account_link(
            account,
            refresh_url=payouts_url(organization, "payouts_continue"),
            return_url=payouts_url(organization, "payouts") + "?returned=1",
            update=payee.details_submitted,
        )
    except Refused as refusal:
        raise Conflict(_("The payment service refused: %(why)s") % {"why": refusal}, code="payee_refused") from refusal
    audit.record(actor=actor, organization=organization, verb="payee.opened", subject=payee)
    return url


def refresh(*, payee: Payee) -> Payee:
    """Ask Stripe how the account stands. What it says now counts, whatever events said in whatever order."""
    if payee.stripe_id:
        apply(stripe_payees.retrieve_account(payee.stripe_id))
        payee.refresh_from_db()
    return payee


def apply(facts: PayeeFacts) -> bool:
    """Take over what Stripe says of an account. False when it is none of ours."""
    with transaction.atomic():
        rows = Payee.objects.select_for_update(of=("self",)).select_related("organization")
        payee = rows.filter(stripe_id=facts.stripe_id).first()
        if payee is None:
            return False
        was = payee.state
        Payee.objects.filter(pk=payee.pk).update(
            currency=facts.currency,
            transfers_enabled=facts.transfers_enabled,
            payouts_enabled=facts.payouts_enabled,
            details_submitted=facts.details_submitted,
            missing=facts.missing,
            disabled_reason=facts.disabled_reason,
            bank=facts.bank,
            checked_at=timezone.now(),
        )
        payee.refresh_from_db()
        if payee.state != was:
            _say(payee)
    return True


def stale() -> list[Payee]:
    """Accounts that nobody looked at for a while: an event about them may have been lost."""
    known = Payee.objects.filter(stripe_id__isnull=False).select_related("organization")
    due = known.filter(Q(checked_at=None) | Q(checked_at__lt=timezone.now() - FRESH))
    return list(due.order_by(F("checked_at").asc(nulls_first=True))[:MOST_REFRESHED])


def removed(payee: Payee) -> None:
    """Stripe has no such account any more, so nothing can be paid to it."""
    Payee.objects.filter(pk=payee.pk).update(
        transfers_enabled=False, payouts_enabled=False, disabled_reason="removed", checked_at=timezone.now()
    )


def _payee(actor: User, organization: Organization, country: str) -> Payee:
    found = Payee.objects.for_organization(organization).select_related("organization").first()
    if found is not None:
        return found
    if country not in PAYOUT_COUNTRIES:
        raise Invalid(_("Choose a country that payouts reach."), field="country", code="country_not_offered")
    with transaction.atomic(durable=True):
        row = Payee(organization=organization, country=country, idempotency_key=f"payee-{secrets.token_hex(16)}")
        Payee.objects.bulk_create([row], ignore_conflicts=True)
        payee = Payee.objects.select_related("organization").get(organization=organization)
        audit.record(actor=actor, organization=organization, verb="payee.begun", subject=payee)
    return payee


def _opened(payee: Payee) -> str:
    """Make the account once, looking for it first when an earlier attempt may have made it."""
    found = stripe_payees.find_account(payee) if payee.asked_at else None
    Payee.objects.filter(pk=payee.pk, asked_at=None).update(asked_at=timezone.now())
    try:
        stripe_id = found or stripe_payees.create_account(payee)
    except Unavailable:
        stripe_id = stripe_payees.find_account(payee) or ""
        if not stripe_id:
            raise
    Payee.objects.filter(pk=payee.pk).update(stripe_id=stripe_id)
    payee.stripe_id = stripe_id
    return stripe_id


def _say(payee: Payee) -> None:
    """The people who look after the money hear when payouts begin to work, and when they stop."""
    state = payee.state
    facts = {"state": str(state.label)}
    audit.record(actor=None, organization=payee.organization, verb="payee.changed", subject=payee, data=facts)
    if state in LETTERS:
        tell(payee.organization, LETTERS[state], payee=payee)


def tell(organization: Organization, template: str, **context: object) -> None:
    """Mail everybody in an organisation who may see its money."""
    readers = Membership.objects.filter(organization=organization).who_can(Capability.VIEW_MONEY)
    facts = {"organization": organization, "url": payouts_url(organization, "payouts"), **context}
    for reader in readers.select_related("user"):
        mail.send(template=template, to=reader.user.email, context=facts)
