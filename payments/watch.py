"""Holding the books against Stripe: every movement of our balance there is explained by one of our rows, or shown.

Fees are learnt here: Stripe takes them out of the movements that they belong to.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Sum
from django.utils import timezone

from core.errors import Unavailable
from payments import earnings, invariants, ledger, stripe_movements
from payments.ledger import Leg
from payments.models import (
    AccountKind,
    Checkout,
    CheckoutState,
    Concern,
    Dispute,
    Earning,
    EntryPart,
    LedgerAccount,
    LedgerTransaction,
    Movement,
    PayoutRun,
    PayoutRunState,
    Refund,
    Reversal,
    SendState,
    StripeEvent,
    Transfer,
)
from payments.services import reconciliation
from payments.stripe_client import Refused
from payments.stripe_movements import MovementFacts

OVERLAP = timedelta(hours=1)
PATIENCE = timedelta(hours=1)
BATCH = 500
SHOWN = 50
PLATFORM_BANK = ("payout", "payout_cancel", "payout_failure", "topup", "topup_reversal")
FEES = ("stripe_fee", "stripe_fx_fee", "tax_fee")


def follow_balance() -> int:
    """Take in what moved our balance at Stripe, and explain what can be explained. Returns how much cannot."""
    newest = Movement.objects.order_by("-happened_at").values_list("happened_at", flat=True).first()
    found = stripe_movements.since(newest - OVERLAP if newest else None)
    with transaction.atomic():
        Movement.objects.bulk_create(map(_row, found), ignore_conflicts=True, batch_size=BATCH)
    return explain()


def explain() -> int:
    """Find our row of each movement, and book its fee. Returns how many stay unexplained."""
    last, left = 0, 0
    while rows := list(Movement.objects.unexplained().filter(pk__gt=last).order_by("pk")[:BATCH]):
        left += sum(not _explain(movement) for movement in rows)
        last = rows[-1].pk
    return left


def check_books() -> None:
    """Look at everything that must be true, and open or close items accordingly."""
    broken = {finding.name: {"rows": str(finding.rows[:3])} for finding in invariants.check() if not finding.holds}
    reconciliation.keep_open(Concern.INVARIANT, broken)
    late = timezone.now() - PATIENCE
    stray = Movement.objects.unexplained().filter(happened_at__lt=late).order_by("happened_at")[:SHOWN]
    reconciliation.keep_open(Concern.MOVEMENT, {row.stripe_id: _shown(row) for row in stray})
    reconciliation.keep_open(Concern.UNCLEARED, uncleared())
    reconciliation.keep_open(Concern.OVERDUE, overdue())
    try:
        reconciliation.keep_open(Concern.BALANCE, disagreements())
    except (Unavailable, Refused):
        return


def uncleared() -> dict[str, dict[str, Any]]:
    """Requests and events that should have ended long ago."""
    late = timezone.now() - timedelta(hours=settings.UNCLEARED_LIMIT_HOURS)
    rows: Iterable[tuple[str, models.QuerySet[Any]]] = (
        ("refund", Refund.objects.undecided().filter(created_at__lt=late)),
        ("transfer", Transfer.objects.unsettled().filter(created_at__lt=late)),
        ("reversal", Reversal.objects.unsettled().filter(created_at__lt=late)),
        ("event", StripeEvent.objects.unhandled().filter(received_at__lt=late)),
    )
    return {f"{name}:{row.pk}": {"row": str(row)} for name, found in rows for row in found.order_by("pk")[:SHOWN]}


def overdue() -> dict[str, dict[str, Any]]:
    """Earnings whose hold is long over, yet that were not released, or released and no run came: nothing runs."""
    late = timezone.now() - timedelta(hours=settings.UNCLEARED_LIMIT_HOURS)
    found = {f"earning:{row.public_id}": {"since": row.release_at.isoformat()} for row in _due(late)[:SHOWN]}
    return found | _unpaid(late)


def disagreements() -> dict[str, dict[str, Any]]:
    """Currencies in which Stripe's balance is not what the books say, once every movement is explained."""
    follow_balance()
    theirs = stripe_movements.balance()
    ours = books_at_stripe()
    if Movement.objects.unexplained().exists():
        return {}
    return {
        currency: {"stripe": theirs.get(currency, 0), "books": ours.get(currency, 0)}
        for currency in sorted({*theirs, *ours})
        if theirs.get(currency, 0) != ours.get(currency, 0)
    }


def books_at_stripe() -> dict[str, int]:
    """What Stripe should hold for us by the books, in minor units by currency."""
    accounts = LedgerAccount.objects.filter(kind=AccountKind.CLEARING)
    return {row["currency"]: -row["sum"] for row in accounts.values("currency").annotate(sum=Sum("balance"))}


def oldest_uncleared() -> datetime | None:
    """Since when the oldest movement at Stripe waits for its posting."""
    return Movement.objects.unexplained().order_by("happened_at").values_list("happened_at", flat=True).first()


def oldest_due() -> datetime | None:
    """Since when the oldest earning could have been released."""
    return next((row.release_at for row in _due(timezone.now())), None)


def _due(before: datetime) -> list[Earning]:
    """Earnings that could have been released before, the oldest first. Those that somebody contests could not."""
    found = list(Earning.objects.due().filter(release_at__lt=before).order_by("release_at")[:BATCH])
    contested = earnings.contested({row.reference for row in found})
    return [row for row in found if row.reference not in contested]


def _unpaid(late: datetime) -> dict[str, dict[str, Any]]:
    if PayoutRun.objects.filter(state=PayoutRunState.DONE, ended_at__gte=late).exists():
        return {}
    payable = LedgerAccount.objects.filter(kind=AccountKind.PAYABLE_AVAILABLE, balance__gt=0)
    released = Earning.objects.filter(released_at__lt=late, organization__in=payable.values("organization"))
    oldest = released.order_by("released_at").first()
    return {"payout_runs": {"since": oldest.released_at.isoformat()}} if oldest and oldest.released_at else {}


def _row(facts: MovementFacts) -> Movement:
    return Movement(
        stripe_id=facts.stripe_id,
        type=facts.type,
        amount=facts.amount,
        fee=facts.fee,
        net=facts.amount - facts.fee,
        currency=facts.currency,
        source=facts.source,
        payment_intent=facts.payment_intent,
        happened_at=facts.happened_at,
    )


def _explain(movement: Movement) -> bool:
    with transaction.atomic():
        locked = Movement.objects.select_for_update().filter(pk=movement.pk, explained_at=None).first()
        if locked is None:
            return True
        subject = _bank(locked) or _fee_alone(locked) or next((s for find in FINDERS if (s := find(locked))), "")
        if not subject:
            return False
        if locked.fee:
            _post(f"fee:{locked.stripe_id}", "fee", locked, AccountKind.PROVIDER_FEE, EntryPart.FEE, -locked.fee)
        Movement.objects.filter(pk=locked.pk).update(explained_at=timezone.now(), subject=subject)
    return True


def _payment(movement: Movement) -> str:
    if movement.type not in ("charge", "payment"):
        return ""
    paid = Checkout.objects.filter(state=CheckoutState.PAID, payment_intent=movement.payment_intent)
    found = paid.filter(amount=movement.amount, currency=movement.currency).first() if movement.payment_intent else None
    return f"checkout:{found.public_id}" if found else ""


def _refund(movement: Movement) -> str:
    booked = Refund.objects.filter(stripe_id=movement.source, currency=movement.currency, booked_at__isnull=False)
    found = booked.filter(amount=abs(movement.amount)).first()
    return f"refund:{found.public_id}" if found else ""


def _transfer(movement: Movement) -> str:
    sent = Transfer.objects.succeeded().filter(stripe_id=movement.source, currency=movement.currency)
    found = sent.filter(amount=-movement.amount).first()
    return found.reference if found else ""


def _reversal(movement: Movement) -> str:
    back = Reversal.objects.filter(
        state=SendState.SUCCEEDED, stripe_id=movement.source, currency=movement.currency, amount=movement.amount
    )
    found = back.first()
    return found.reference if found else ""


def _dispute(movement: Movement) -> str:
    found = Dispute.objects.filter(stripe_id=movement.source, currency=movement.currency).first()
    booked = found and -found.withdrawn <= movement.amount <= found.reinstated
    return found.reference if found and booked else ""


FINDERS: tuple[Callable[[Movement], str], ...] = (_payment, _refund, _transfer, _reversal, _dispute)


def _bank(movement: Movement) -> str:
    """The platform's own money on its way to or from its bank."""
    if movement.type not in PLATFORM_BANK:
        return ""
    key, kind = f"bank:{movement.stripe_id}", "platform_bank"
    _post(key, kind, movement, AccountKind.PLATFORM_CASH, EntryPart.PAYOUT, movement.amount)
    return f"bank:{movement.source}"


def _fee_alone(movement: Movement) -> str:
    if movement.type not in FEES:
        return ""
    _post(f"fee-alone:{movement.stripe_id}", "fee", movement, AccountKind.PROVIDER_FEE, EntryPart.FEE, movement.amount)
    return f"fee:{movement.stripe_id}"


def _post(
    key: str, kind: str, movement: Movement, account: AccountKind, part: EntryPart, amount: int
) -> LedgerTransaction:
    """`amount` came into our balance at Stripe from the account, or went there when it is below zero."""
    return ledger.post(
        key=key,
        kind=kind,
        reference=f"movement:{movement.stripe_id}",
        currency=movement.currency,
        entries=[Leg(AccountKind.CLEARING, -amount, part), Leg(account, amount, part)],
    )


def _shown(movement: Movement) -> dict[str, Any]:
    facts = {"type": movement.type, "amount": movement.amount, "currency": movement.currency}
    return {**facts, "source": movement.source}
