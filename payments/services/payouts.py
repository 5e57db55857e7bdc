"""Paying payees: which of them, how much, and why not. A run may be repeated, doubled or killed at any moment."""

import logging
import secrets
from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import User
from core import audit
from core.errors import Conflict, DomainError, Forbidden, Unavailable
from jobs.models import Job
from jobs.services import start
from payments import earnings, ledger, stripe_payees, transferring
from payments.ledger import Leg
from payments.models import (
    AccountKind,
    Concern,
    Earning,
    EntryPart,
    LedgerAccount,
    Payee,
    PayoutRun,
    PayoutRunState,
    Reversal,
    Transfer,
)
from payments.rules.limits import even
from payments.services import bank_payouts, reconciliation
from payments.standing import Reason, disputed_share, expected_balance, standing, threshold
from payments.stripe_client import Refused

audit.phrases(
    {
        "payout_run.asked": _l("asked for a payout run"),
        "payout_run.confirmed": _l("confirmed a payout run as the second administrator"),
        "transfer.begun": _l("set aside earnings to be paid out"),
        "transfer.succeeded": _l("paid out earnings"),
        "transfer.failed": _l("was refused a transfer by Stripe: {problem}"),
        "transfer.problem": _l("met a problem with a transfer: {problem}"),
        "transfer.sent_again": _l("had a transfer looked at again"),
    }
)

logger = logging.getLogger(__name__)
BATCH = 200
MOST_DRIVEN = 200
PATIENCE = timedelta(minutes=1)


def run(*, actor: User | None = None) -> PayoutRun:
    """Have everybody paid who can be paid, by a job.

    Asked for by an administrator, a second one has to confirm it when what is due is above the limit of
    `TWO_PEOPLE_ABOVE_MINOR` in some currency. The schedule has no actor and needs nobody.
    """
    needs_two = actor is not None and _largest_due() > settings.TWO_PEOPLE_ABOVE_MINOR
    with transaction.atomic():
        row = PayoutRun.objects.create(
            asked_by=actor,
            needs_two=needs_two,
            state=PayoutRunState.CONFIRMING if needs_two else PayoutRunState.RUNNING,
        )
        if actor:
            audit.record(actor=actor, verb="payout_run.asked", subject=row)
        if not needs_two:
            _start("payments.run_payouts", row, actor)
    return row


def confirm_run(*, actor: User, run: PayoutRun) -> PayoutRun:
    """The second administrator agrees. Raises Forbidden for whoever asked for it, Conflict when it was decided."""
    if run.asked_by_id == actor.pk:
        raise Forbidden(_("A second person has to confirm this payout run."), code="second_person_needed")
    with transaction.atomic():
        waiting = PayoutRun.objects.filter(pk=run.pk, state=PayoutRunState.CONFIRMING)
        if waiting.update(state=PayoutRunState.RUNNING, confirmed_by=actor) != 1:
            raise Conflict(_("This payout run was confirmed before."), code="run_decided")
        audit.record(actor=actor, verb="payout_run.confirmed", subject=run)
        _start("payments.run_payouts", run, actor)
    run.refresh_from_db()
    return run


def execute(row: PayoutRun) -> PayoutRun:
    """Release what is due, then begin a transfer for each payee that can be paid. Not inside a transaction.

    Safe to repeat: what was begun before is claimed, and found under way.
    """
    earnings.release_due()
    funds = _funds()
    skipped: Counter[str] = Counter()
    begun = last = 0
    while accounts := _with_money(last):
        outcomes = [_pay(account, funds) for account in accounts]
        begun += outcomes.count(None)
        skipped.update(outcome for outcome in outcomes if outcome)
        last = accounts[-1].pk
    PayoutRun.objects.filter(pk=row.pk).update(
        state=PayoutRunState.DONE, transfers=begun, skipped=dict(skipped), ended_at=timezone.now()
    )
    row.refresh_from_db()
    return row


def begin(*, payee: Payee, currency: str, most: int) -> Transfer | None:
    """Claim what a payee can be paid now, if it is no more than `most`, and have it sent.

    None when there is nothing to pay by now: another run was faster.
    """
    owner = payee.organization
    with transaction.atomic():
        balances = ledger.payee_balances([owner], currency)
        available = balances.get((AccountKind.PAYABLE_AVAILABLE, owner.pk, ""), 0)
        amount = even(available - disputed_share(owner, currency), currency)
        unsettled = Transfer.objects.unsettled().filter(payee=payee, currency=currency)
        if not threshold(currency) <= amount <= most or amount < 1 or unsettled.exists():
            return None
        transfer = Transfer.objects.create(
            payee=payee, amount=amount, currency=currency, idempotency_key=f"transfer-{secrets.token_hex(16)}"
        )
        ledger.post(
            key=f"transfer:{transfer.public_id}",
            kind="transfer",
            reference=transfer.reference,
            currency=currency,
            entries=[
                Leg(AccountKind.PAYABLE_AVAILABLE, -amount, EntryPart.PAYOUT, owner),
                Leg(AccountKind.PAYABLE_IN_TRANSIT, amount, EntryPart.PAYOUT, owner),
            ],
        )
        facts = {"amount": amount, "currency": currency}
        audit.record(actor=None, organization=owner, verb="transfer.begun", subject=transfer, data=facts)
        drive_transfer(transfer=transfer, actor=None)
    return transfer


def drive_transfer(*, transfer: Transfer, actor: User | None) -> Job:
    """Have a transfer sent, or asked about when it was sent before."""
    return _start("payments.send_transfer", transfer, actor)


def look_again(*, transfer: Transfer, actor: User) -> Job:
    """An administrator wants to know what became of a transfer."""
    with transaction.atomic():
        audit.record(
            actor=actor, organization=transfer.payee.organization, verb="transfer.sent_again", subject=transfer
        )
        return drive_transfer(transfer=transfer, actor=actor)


def drive_unsettled() -> int:
    """Take up transfers and reversals whose job ended without an answer. Returns how many there were."""
    old = timezone.now() - PATIENCE
    transfers = Transfer.objects.unsettled().filter(created_at__lt=old).select_related("payee__organization")
    reversals = Reversal.objects.unsettled().filter(created_at__lt=old).select_related("transfer__payee__organization")
    found = [*transfers.order_by("pk")[:MOST_DRIVEN], *reversals.order_by("pk")[:MOST_DRIVEN]]
    for row in found:
        try:
            transferring.drive(row) if isinstance(row, Transfer) else transferring.drive_reversal(row)
        except Refused as refusal:  # to look for it; it does not hold up the others
            logger.error("%s could not be looked for: %s", row, refusal)
    return len(found)


def _funds() -> dict[str, int] | None:
    """What can be sent now, by currency; None when Stripe does not say."""
    try:
        return stripe_payees.available_funds()
    except (Unavailable, Refused):
        return None


def _with_money(after: int) -> list[LedgerAccount]:
    accounts = LedgerAccount.objects.filter(kind=AccountKind.PAYABLE_AVAILABLE, balance__gt=0, pk__gt=after)
    return list(accounts.exclude(organization=None).select_related("organization").order_by("pk")[:BATCH])


def _pay(account: LedgerAccount, funds: dict[str, int] | None) -> Reason | None:
    """Begin one transfer; the reason when there is none. One payee's trouble does not hold up the others."""
    owner = account.organization
    assert owner is not None  # noqa: S101  (payable accounts have owners)
    now = standing(owner, account.currency)
    if now.reason:
        return now.reason
    if funds is None:
        return Reason.UNANSWERED
    room = funds.get(account.currency, 0) - settings.PAYOUT_RESERVE_MINOR
    if now.payable > room:
        return Reason.FUNDS
    payee = Payee.objects.select_related("organization").get(organization=owner)
    try:
        if _disagrees(payee, account.currency):
            return Reason.DISAGREES
        transfer = begin(payee=payee, currency=account.currency, most=room)
    except (DomainError, Refused):
        return Reason.UNANSWERED
    if transfer is None:
        return Reason.UNDER_WAY
    funds[account.currency] -= transfer.amount
    return None


def _disagrees(payee: Payee, currency: str) -> bool:
    """Whether a payee's account at Stripe holds something else than we sent there less what left it for the bank.

    Nothing is paid then, rather than paid short for months; an administrator gets to see both figures.
    """
    account = str(payee.stripe_id)
    subject = f"payee:{payee.public_id}:{currency}"
    for anew in (False, True):  # a payout may begin between the two questions, and one long paid may have come back
        bank_payouts.fetch(payee, anew=anew)
        theirs = stripe_payees.balance_of(account).get(currency, 0)
        ours = expected_balance(payee, currency)
        if theirs == ours:
            reconciliation.close(Concern.PAYEE_BALANCE, subject)
            return False
    facts = {"stripe": theirs, "books": ours, "currency": currency, "account": account}
    reconciliation.raise_concern(Concern.PAYEE_BALANCE, subject, facts)
    return True


def _largest_due() -> int:
    payable = LedgerAccount.objects.filter(kind=AccountKind.PAYABLE_AVAILABLE, balance__gt=0)
    sums = Counter(dict(payable.values_list("currency").annotate(sum=Sum("balance"))))
    due = Earning.objects.due().order_by().values_list("currency").annotate(sum=Sum(F("amount") - F("taken")))
    sums.update(dict(due))
    return max(sums.values(), default=0)


def _start(kind: str, row: Transfer | PayoutRun, actor: User | None) -> Job:
    name = f"{row._meta.model_name}:{row.public_id}"
    return start(
        kind=kind, organization=None, actor=actor, arguments={"row": row.public_id}, subject=name, dedupe_key=name
    )
