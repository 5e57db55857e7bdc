"""Taking back what a payee owes: once for each debt, resumable, and never in the way of a buyer."""

import secrets

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _l

from accounts.models import Organization
from core import audit
from jobs.services import start
from payments import ledger
from payments.models import AccountKind, Reversal, Transfer
from payments.rules.limits import even

audit.phrases(
    {
        "reversal.begun": _l("began to take back what a payee owes"),
        "reversal.succeeded": _l("took back what a payee owed"),
        "reversal.failed": _l("was refused to take back what a payee owes: {problem}"),
        "reversal.adopted": _l("found a transfer that was taken back at Stripe"),
        "reversal.problem": _l("met a problem with taking back a transfer: {problem}"),
    }
)

MOST_TRANSFERS = 200


def recover(*, organization: Organization, currency: str) -> list[Reversal]:
    """Take what a payee owes back from what was sent to them, the newest transfer first.

    Once for each debt: when Stripe refuses, because their account is empty, later earnings settle it instead.
    """
    with transaction.atomic():
        # Transfers before the payee, as everybody locks them.
        sent = _with_something_left(organization, currency)
        balances = ledger.payee_balances([organization], currency)
        owed = -balances.get((AccountKind.RECEIVABLE, organization.pk, ""), 0)
        asked = Reversal.objects.unsettled().filter(transfer__payee__organization=organization, currency=currency)
        missing = owed - (asked.aggregate(sum=Sum("amount"))["sum"] or 0)
        made = []
        for transfer, left in sent:
            part = even(min(missing, left), currency)
            if part < 1:
                break
            made.append(_begin_reversal(transfer, part))
            missing -= part
    return made


def _with_something_left(organization: Organization, currency: str) -> list[tuple[Transfer, int]]:
    """Transfers and what is left of each, in minor units."""
    sent = Transfer.objects.succeeded().filter(payee__organization=organization, currency=currency)
    rows = sent.select_for_update(of=("self",)).select_related("payee__organization").order_by("-pk")[:MOST_TRANSFERS]
    standing = Reversal.objects.standing().filter(transfer__in=[row.pk for row in rows])
    back = dict(standing.order_by().values_list("transfer").annotate(sum=Sum("amount")))
    left = [(transfer, transfer.amount - back.get(transfer.pk, 0)) for transfer in rows]
    return [(transfer, amount) for transfer, amount in left if amount > 0]


def _begin_reversal(transfer: Transfer, amount: int) -> Reversal:
    reversal = Reversal.objects.create(
        transfer=transfer,
        amount=amount,
        currency=transfer.currency,
        idempotency_key=f"reversal-{secrets.token_hex(16)}",
        reason="A refund or a lost dispute after the payout",
    )
    facts = {"amount": amount, "currency": transfer.currency}
    owner = transfer.payee.organization
    audit.record(actor=None, organization=owner, verb="reversal.begun", subject=reversal, data=facts)
    name = f"reversal:{reversal.public_id}"
    start(
        kind="payments.send_reversal",
        organization=None,
        actor=None,
        arguments={"row": reversal.public_id},
        subject=name,
        dedupe_key=name,
    )
    return reversal
