"""How a payee stands: the figures of each currency, and when the next payout is, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Min, QuerySet, Sum

from accounts.models import Organization
from payments import earnings
from payments.models import (
    AccountKind,
    Concern,
    Earning,
    LedgerAccount,
    LedgerEntry,
    Payee,
    PayeeState,
    PayoutRun,
    PayoutRunState,
    ReconciliationItem,
    Reversal,
    Transfer,
)
from payments.standing import Reason, Standing, standing

MOST_CONTESTED = 500
KINDS = (
    AccountKind.PAYABLE_HELD,
    AccountKind.PAYABLE_AVAILABLE,
    AccountKind.PAYABLE_IN_TRANSIT,
    AccountKind.RECEIVABLE,
)


@dataclass(frozen=True)
class Counted:
    """How many there are, and what they come to in minor units."""

    count: int = 0
    amount: int = 0


@dataclass(frozen=True)
class Figures:
    """One currency of a payee, in minor units. `reason` is why what is available is not paid with the next run."""

    currency: str
    held: int
    held_sales: int
    contested: int
    next_release: datetime | None
    available: int
    reserved: int
    in_transit: int
    transfers: Counted
    reversals: Counted
    owed: int
    reason: Reason | None
    payable: int

    @property
    def paid(self) -> int:
        """What was sent to the payee and not taken back."""
        return self.transfers.amount - self.reversals.amount


@dataclass(frozen=True)
class Day:
    """What becomes available on a day, and what will be by then, in minor units."""

    currency: str
    day: date
    amount: int
    by_then: int


def payee_of(organization: Organization) -> Payee | None:
    return Payee.objects.for_organization(organization).first()


def state_of(payee: Payee | None) -> PayeeState:
    return payee.state if payee and payee.stripe_id else PayeeState.NONE


def figures(organization: Organization) -> list[Figures]:
    """Of each currency in which the payee has or had something."""
    accounts = LedgerAccount.objects.for_organization(organization).filter(kind__in=KINDS, subject="")
    amounts = {(account.currency, account.kind): account.amount for account in accounts}
    held = _held(organization)
    sent = _counted(Transfer.objects.succeeded().for_organization(organization))
    back = _counted(Reversal.objects.succeeded().filter(transfer__payee__organization=organization))
    contested = _contested(organization)
    found = []
    for currency in sorted({currency for currency, _kind in amounts}):
        now = standing(organization, currency)
        found.append(
            Figures(
                currency=currency,
                held=amounts.get((currency, AccountKind.PAYABLE_HELD), 0),
                held_sales=held.get(currency, (0, None))[0],
                contested=contested.get(currency, 0),
                next_release=held.get(currency, (0, None))[1],
                available=now.available,
                reserved=now.reserved,
                in_transit=amounts.get((currency, AccountKind.PAYABLE_IN_TRANSIT), 0),
                transfers=sent.get(currency, Counted()),
                reversals=back.get(currency, Counted()),
                owed=now.owed,
                reason=now.reason or _passed_over(organization, now),
                payable=now.payable,
            )
        )
    return found


def forecast(organization: Organization) -> list[Day]:
    """What becomes available on which day, the earliest first. What a buyer contests waits beyond its day."""
    accounts = LedgerAccount.objects.for_organization(organization).filter(kind=AccountKind.PAYABLE_AVAILABLE)
    by_then = {account.currency: account.amount for account in accounts}
    days = []
    for currency, day, amount in earnings.forecast(organization):
        by_then[currency] = by_then.get(currency, 0) + amount
        days.append(Day(currency, day, amount, by_then[currency]))
    return days


def _held(organization: Organization) -> dict[str, tuple[int, datetime | None]]:
    """By currency: how many sales are held, and when the first of them is released."""
    held = Earning.objects.for_organization(organization).held().order_by().values_list("currency")
    return {
        currency: (count, first) for currency, count, first in held.annotate(count=Count("pk"), first=Min("release_at"))
    }


def _contested(organization: Organization) -> dict[str, int]:
    """By currency: what stays held beyond its day, because the buyer or the buyer's bank contests the sale."""
    due = Earning.objects.for_organization(organization).due().order_by("pk")[:MOST_CONTESTED]
    waiting = earnings.contested({earning.reference for earning in due}) if due else set()
    sums: dict[str, int] = {}
    for earning in due:
        if earning.reference in waiting:
            sums[earning.currency] = sums.get(earning.currency, 0) + earning.left
    return sums


def _counted(rows: QuerySet[Any]) -> Mapping[str, Counted]:
    sums = rows.order_by().values_list("currency").annotate(count=Count("pk"), amount=Sum(F("amount")))
    return {currency: Counted(count, amount) for currency, count, amount in sums}


def _passed_over(organization: Organization, now: Standing) -> Reason | None:
    """What only a run finds out: why the last one did not pay what it found there already."""
    payee = payee_of(organization)
    subject = f"payee:{payee.public_id if payee else ''}:{now.currency}"
    if ReconciliationItem.objects.open().filter(concern=Concern.PAYEE_BALANCE, subject=subject).exists():
        return Reason.DISAGREES
    run = PayoutRun.objects.filter(state=PayoutRunState.DONE).order_by("-pk").first()
    if run is None or not _was_there(organization, now.currency, run):
        return None
    return next((reason for reason in (Reason.FUNDS, Reason.UNANSWERED) if run.skipped.get(reason)), None)


def _was_there(organization: Organization, currency: str, run: PayoutRun) -> bool:
    """Whether what is available has not changed since the run ended, so that the run saw it."""
    newest = LedgerEntry.objects.filter(
        account__organization=organization, account__kind=AccountKind.PAYABLE_AVAILABLE, currency=currency
    )
    moved = newest.order_by("-pk").values_list("transaction__created_at", flat=True).first()
    return bool(moved and run.ended_at and moved < run.ended_at)
