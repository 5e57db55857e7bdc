"""Payouts from payees' accounts at Stripe to their banks. Stripe makes them; we keep what it says and tell the payee.

Our books are not moved by them: what was sent to a payee's account is theirs, whatever the bank does.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _l

from core import audit
from payments import stripe_payees
from payments.models import BankPayout, Payee
from payments.services import payees
from payments.stripe_client import Refused
from payments.stripe_payees import BankPayoutFacts

audit.phrases(
    {
        "bank_payout.paid": _l("had earnings arrive at the bank"),
        "bank_payout.failed": _l("had a payout sent back by the bank"),
    }
)

SENT_BACK_WITHIN = timedelta(days=30)


def fetch(payee: Payee, *, anew: bool = False) -> None:
    """Look at a payee's payouts that may have changed, or at all of them `anew`. Not inside a transaction.

    A bank sends money back days after it took it.
    """
    account = str(payee.stripe_id)
    known = BankPayout.objects.filter(payee=payee).order_by("created_at")
    changing = None if anew else known.under_way().first() or known.last()
    since = min(changing.created_at, timezone.now() - SENT_BACK_WITHIN) if changing else None
    for facts in stripe_payees.payouts_of(account, since=since):
        settle_payout(facts, account)


def follow_payees() -> int:
    """Ask how accounts stand that were not looked at for a while, and their payouts. Returns how many there were."""
    found = payees.stale()
    for payee in found:
        try:
            payees.refresh(payee=payee)
            fetch(payee)
        except Refused:
            payees.removed(payee)
    return len(found)


def settle_payout(facts: BankPayoutFacts, account: str) -> bool:
    """Take over what Stripe says of a payout to a payee's bank. False when the payee is none of ours."""
    with transaction.atomic():
        rows = Payee.objects.select_for_update(of=("self",)).select_related("organization")
        payee = rows.filter(stripe_id=account).first()
        if payee is None:
            return False
        was = BankPayout.objects.filter(stripe_id=facts.stripe_id).values_list("status", flat=True).first()
        payout, _made = BankPayout.objects.update_or_create(
            stripe_id=facts.stripe_id,
            defaults={
                "payee": payee,
                "amount": facts.amount,
                "currency": facts.currency,
                "status": facts.status,
                "arrives_at": facts.arrives_at,
                "created_at": facts.created_at,
                "failure": facts.failure,
            },
        )
        if was != payout.status and payout.status in ("paid", "failed"):
            _tell_of_payout(payout)
    return True


def _tell_of_payout(payout: BankPayout) -> None:
    owner = payout.payee.organization
    facts = {"amount": payout.amount, "currency": payout.currency, "failure": payout.failure}
    verb = f"bank_payout.{payout.status}"
    audit.record(actor=None, organization=owner, verb=verb, subject=payout.payee, data=facts)
    payees.tell(owner, f"payout_{payout.status}", payout=payout)
