"""Sending money to payees and taking it back: each request once, whatever answer or event is lost.

A transfer is claimed in the ledger when its row is made (`payments.services.payouts`): what it sends is no longer
available, so no second transfer can be made of the same money. Here it is sent, or looked for when an answer was lost,
and the books follow what Stripe says. A refusal makes the money available again; the next run makes a new transfer.
"""

import logging
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import Unavailable
from payments import earnings, ledger, stripe_payees
from payments.ledger import Leg
from payments.models import UNSETTLED, AccountKind, EntryPart, Payee, Reversal, SendState, Transfer
from payments.settlement import Outcome, shown
from payments.stripe_client import Refused
from payments.stripe_payees import ReversalFacts, TransferFacts

logger = logging.getLogger(__name__)
MADE_AT_STRIPE = "Made at the payment service"


def drive(transfer: Transfer) -> Transfer:
    """Take a transfer one step further: send it, or learn what became of it. Not inside a transaction.

    One that was sent before is looked for at Stripe first, and only when it is not there sent again, under its own
    key. Raises Unavailable when Stripe does not answer; the state is then unknown.
    """
    if transfer.state in UNSETTLED:
        found = None if transfer.state == SendState.PENDING else stripe_payees.find_transfer(transfer)
        if found:
            settle_transfer(found)
        else:
            _send(transfer)
        transfer.refresh_from_db()
    return transfer


def settle_transfer(facts: TransferFacts) -> Outcome:
    """Apply what an answer, an event or a look at Stripe says of a transfer. Safe to repeat, in any order, at once."""
    with transaction.atomic():
        transfer = _locked(facts.own_id)
        if transfer is None:
            return Outcome.FOREIGN
        problem = _mismatch(transfer, facts)
        if problem:
            return _problem(transfer, problem)
        if transfer.state == SendState.SUCCEEDED:
            return Outcome.ALREADY
        _move(transfer, SendState.SUCCEEDED, stripe_id=facts.stripe_id, settled_at=timezone.now(), problem="")
        owner = transfer.payee.organization
        ledger.post(
            key=f"transfer-sent:{transfer.public_id}",
            kind="transfer_sent",
            reference=transfer.reference,
            currency=transfer.currency,
            entries=[
                Leg(AccountKind.PAYABLE_IN_TRANSIT, -transfer.amount, EntryPart.PAYOUT, owner),
                Leg(AccountKind.CLEARING, transfer.amount, EntryPart.PAYOUT),
            ],
        )
        return Outcome.PAID


def drive_reversal(reversal: Reversal) -> Reversal:
    """Take a reversal one step further, as `drive` does. A refusal leaves the payee owing."""
    if reversal.state in UNSETTLED:
        found = None if reversal.state == SendState.PENDING else _made(reversal)
        if found:
            settle_reversal(reversal.transfer, found)
        else:
            _send_reversal(reversal)
        reversal.refresh_from_db()
    return reversal


def settle_reversals(transfer_id: str) -> Outcome:
    """Money of a transfer came back: look at all its reversals, since the transfer does not say which."""
    transfer = Transfer.objects.select_related("payee__organization").filter(stripe_id=transfer_id).first()
    if transfer is None:
        return Outcome.FOREIGN
    outcomes = [settle_reversal(transfer, facts) for facts in stripe_payees.reversals_of(transfer_id)]
    return next((found for found in outcomes if found is not Outcome.ALREADY), Outcome.ALREADY)


def settle_reversal(transfer: Transfer, facts: ReversalFacts) -> Outcome:
    """Apply what Stripe says of a reversal. One that somebody made there by hand gets a row of its own."""
    with transaction.atomic():
        Transfer.objects.select_for_update().get(pk=transfer.pk)
        reversal = _own_reversal(transfer, facts) or _adopted(transfer, facts)
        if (facts.amount, facts.currency) != (reversal.amount, reversal.currency):
            said, asked = shown(facts.amount, facts.currency), shown(reversal.amount, reversal.currency)
            return _problem(reversal, f"Stripe took back {said} of the {asked} asked for.")
        if reversal.state == SendState.SUCCEEDED:
            return Outcome.ALREADY
        _move(reversal, SendState.SUCCEEDED, stripe_id=facts.stripe_id, settled_at=timezone.now(), problem="")
        earnings.credited(
            key=f"reversal:{reversal.public_id}",
            kind="reversal",
            reference=transfer.reference,
            currency=reversal.currency,
            entries=[Leg(AccountKind.CLEARING, -reversal.amount, EntryPart.PAYOUT)],
            payee=transfer.payee.organization,
        )
        return Outcome.RETURNED


def _send(transfer: Transfer) -> None:
    if not _note(transfer, SendState.SENT, sent_at=timezone.now()):
        return  # settled meanwhile: once refused, its money may be in another transfer
    try:
        facts = stripe_payees.create_transfer(transfer)
    except Refused as refusal:
        _refused(transfer, str(refusal))
    except Unavailable:
        _note(transfer, SendState.UNKNOWN)
        raise
    else:
        settle_transfer(facts)


def _refused(transfer: Transfer, reason: str) -> None:
    """The claim is undone. What the payee owes by now is settled of it first."""
    with transaction.atomic():
        locked = _locked(transfer.public_id)
        if locked is None or locked.state not in UNSETTLED:
            return
        _move(locked, SendState.FAILED, problem=reason, settled_at=timezone.now())
        owner = locked.payee.organization
        earnings.credited(
            key=f"transfer-refused:{locked.public_id}",
            kind="transfer_refused",
            reference=locked.reference,
            currency=locked.currency,
            entries=[Leg(AccountKind.PAYABLE_IN_TRANSIT, -locked.amount, EntryPart.PAYOUT, owner)],
            payee=owner,
        )
        # What stood in the way may be news about the account: it is asked about before the next run.
        Payee.objects.filter(pk=locked.payee_id).update(checked_at=None)
        logger.warning("transfer %s was refused: %s", locked.public_id, reason)


def _send_reversal(reversal: Reversal) -> None:
    if not _note(reversal, SendState.SENT, sent_at=timezone.now()):
        return
    try:
        facts = stripe_payees.create_reversal(reversal)
    except Refused as refusal:
        with transaction.atomic():
            if _note(reversal, SendState.FAILED, problem=str(refusal), settled_at=timezone.now()):
                _record(reversal, "reversal.failed", problem=str(refusal))
    except Unavailable:
        _note(reversal, SendState.UNKNOWN)
        raise
    else:
        settle_reversal(reversal.transfer, facts)


def _made(reversal: Reversal) -> ReversalFacts | None:
    made = stripe_payees.reversals_of(str(reversal.transfer.stripe_id))
    return next((facts for facts in made if facts.own_id == reversal.public_id), None)


def _own_reversal(transfer: Transfer, facts: ReversalFacts) -> Reversal | None:
    rows = transfer.reversals.select_for_update()
    own = rows.filter(public_id=facts.own_id).first() if facts.own_id else None
    return own or rows.filter(stripe_id=facts.stripe_id).first()


def _adopted(transfer: Transfer, facts: ReversalFacts) -> Reversal:
    reversal = Reversal.objects.create(
        transfer=transfer,
        amount=facts.amount,
        currency=facts.currency,
        idempotency_key=f"stripe-{facts.stripe_id}",
        reason=MADE_AT_STRIPE,
        state=SendState.SENT,
    )
    _record(reversal, "reversal.adopted", stripe_id=facts.stripe_id)
    return reversal


def _locked(public_id: str) -> Transfer | None:
    rows = Transfer.objects.select_for_update(of=("self",)).select_related("payee__organization")
    return rows.filter(public_id=public_id).first() if public_id else None


def _mismatch(transfer: Transfer, facts: TransferFacts) -> str:
    if transfer.stripe_id and transfer.stripe_id != facts.stripe_id:
        return f"{facts.stripe_id} names this transfer, which is {transfer.stripe_id}."
    if (facts.amount, facts.currency) != (transfer.amount, transfer.currency):
        said, asked = shown(facts.amount, facts.currency), shown(transfer.amount, transfer.currency)
        return f"Stripe sent {said} of the {asked} asked for."
    if facts.destination != transfer.payee.stripe_id:
        return f"Stripe sent it to {facts.destination}, which is not this payee."
    if transfer.state == SendState.FAILED:
        return f"Stripe refused this transfer and yet has it as {facts.stripe_id}."
    return ""


def _problem(row: Transfer | Reversal, problem: str) -> Outcome:
    """Keep it for an administrator; nothing is booked."""
    if row.problem != problem:
        type(row).objects.filter(pk=row.pk).update(problem=problem)
        _record(row, f"{row._meta.model_name}.problem", problem=problem)
        logger.error("%s %s: %s", row._meta.model_name, row.public_id, problem)
    return Outcome.PROBLEM


def _note(row: Transfer | Reversal, state: SendState, **facts: Any) -> bool:
    """Say how far sending got, unless an event was faster. Whether it was noted."""
    return type(row).objects.filter(pk=row.pk, state__in=UNSETTLED).update(state=state, **facts) == 1


def _move(row: Transfer | Reversal, state: SendState, **facts: Any) -> None:
    """Change a locked row; `row` shows it afterwards."""
    was = row.state
    if type(row).objects.filter(pk=row.pk, state=was).update(state=state, **facts) != 1:
        raise RuntimeError(f"{row._meta.model_name} {row.public_id} was changed behind its lock")
    for name, value in {"state": state, **facts}.items():
        setattr(row, name, value)
    _record(row, f"{row._meta.model_name}.{state}", was=was)


def _record(row: Transfer | Reversal, verb: str, **data: str) -> None:
    payee = row.payee if isinstance(row, Transfer) else row.transfer.payee
    facts = {"amount": row.amount, "currency": row.currency, **data}
    audit.record(actor=None, organization=payee.organization, verb=verb, subject=row, data=facts)
