"""Earnings: what each sale owes whom, held until the buyer's time to check it is over, then theirs to be paid.

These are steps of other use cases: call them inside the transaction that makes them true.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import Organization
from jobs.services import start
from payments import ledger, registry
from payments.ledger import Leg, RefundTake, SaleShare
from payments.models import AccountKind, Dispute, Earning, EntryPart, LedgerTransaction

BATCH = 500


def book_sale(
    *,
    key: str,
    reference: str,
    currency: str,
    total: int,
    shares: Sequence[SaleShare],
    release_at: datetime,
    tax: int = 0,
) -> LedgerTransaction:
    """Post a paid sale and remember when each seller's share of it may be paid out. See `ledger.post_sale`."""
    posted = ledger.post_sale(key=key, reference=reference, currency=currency, total=total, shares=shares, tax=tax)
    earned = [
        Earning(
            organization=share.seller,
            reference=reference,
            currency=currency,
            amount=share.amount - share.commission,
            release_at=release_at,
        )
        for share in shares
        if share.amount > share.commission
    ]
    Earning.objects.bulk_create(earned, ignore_conflicts=True)
    return posted


def take_back(
    *,
    key: str,
    reference: str,
    currency: str,
    takes: Sequence[RefundTake],
    kind: str = "refund",
    source: AccountKind = AccountKind.CLEARING,
) -> None:
    """Post what a refund or a lost dispute takes of a sale, out of each seller's share of that sale.

    A share that is held pays it. One that was released is taken of what is available; what was paid out meanwhile the
    seller owes from then on. Call it once; see `ledger.post_refund`.
    """
    mine = Earning.objects.select_for_update().filter(reference=reference).order_by("pk")
    found = {earning.organization_id: earning for earning in mine}
    told = [replace(take, released=_is_released(found.get(take.seller.pk))) for take in takes]
    posted = ledger.post_refund(key=key, reference=reference, currency=currency, takes=told, kind=kind, source=source)
    for take in takes:
        if take.seller.pk in found:
            found[take.seller.pk].taken += take.share
    Earning.objects.bulk_update(found.values(), ["taken"])
    _recover(posted)


def release_due() -> int:
    """Make earnings available whose hold is over and that nobody contests. Returns how many. Not in a transaction."""
    released = last = 0
    while due := list(Earning.objects.due().filter(pk__gt=last).order_by("pk")[:BATCH]):
        waiting = contested({earning.reference for earning in due})
        released += sum(_release(earning.pk) for earning in due if earning.reference not in waiting)
        last = due[-1].pk
    return released


def contested(references: Collection[str]) -> set[str]:
    """Which of these sales the buyer, or the buyer's bank, is contesting now."""
    named = [reference.partition(":")[2] for reference in references]
    disputes = Dispute.objects.unfinished().filter(checkout__reference__in=named).select_related("checkout")
    disputed = {dispute.checkout.ledger_reference for dispute in disputes}
    return disputed.union(*(purpose.contested(references) for purpose in registry.purposes()))


def forecast(organization: Organization) -> Iterator[tuple[str, date, int]]:
    """What becomes available when: (currency, day, minor units), the earliest first."""
    held = Earning.objects.for_organization(organization).held()
    days = held.annotate(day=TruncDate("release_at")).order_by("day", "currency").values_list("currency", "day")
    yield from days.annotate(sum=Sum(F("amount") - F("taken")))


def credited(
    *, key: str, kind: str, reference: str, currency: str, entries: Sequence[Leg], payee: Organization
) -> LedgerTransaction:
    """Post legs whose sum pays a payee, who has it available then; what they owe is settled of it first.

    The first leg says what part of the fact it is.
    """
    amount = -sum(leg.amount for leg in entries)
    owed = -ledger.payee_balances([payee], currency).get((AccountKind.RECEIVABLE, payee.pk, ""), 0)
    settled = min(amount, owed)
    part = entries[0].part
    legs = [
        *entries,
        Leg(AccountKind.PAYABLE_AVAILABLE, amount, part, payee),
        Leg(AccountKind.PAYABLE_AVAILABLE, -settled, EntryPart.RECOVERY, payee),
        Leg(AccountKind.RECEIVABLE, settled, EntryPart.RECOVERY, payee),
    ]
    given = [leg for leg in legs if leg.amount]
    return ledger.post(key=key, kind=kind, reference=reference, currency=currency, entries=given)


def _release(pk: int) -> bool:
    with transaction.atomic():
        rows = Earning.objects.select_for_update(of=("self",)).select_related("organization")
        earning = rows.due().filter(pk=pk).first()
        if earning is None:
            return False
        Earning.objects.filter(pk=pk).update(released_at=timezone.now())
        credited(
            key=f"release:{earning.public_id}",
            kind="release",
            reference=earning.reference,
            currency=earning.currency,
            entries=[Leg(AccountKind.PAYABLE_HELD, -earning.left, EntryPart.RELEASE, earning.organization)],
            payee=earning.organization,
        )
    return True


def _recover(posted: LedgerTransaction) -> None:
    """Whoever owes something now is asked for it back, out of what was sent to them."""
    owing = posted.entries.filter(account__kind=AccountKind.RECEIVABLE).values_list("account__organization", flat=True)
    for owner in owing:
        start(
            kind="payments.recover",
            organization=None,
            actor=None,
            arguments={"organization": owner, "currency": posted.currency},
            subject=posted.reference,
            dedupe_key=f"recover:{posted.public_id}:{owner}",
        )


def _is_released(earning: Earning | None) -> bool:
    return earning is not None and earning.released_at is not None
