"""Payouts that were made: transfers with what they are made of, and what reached the bank."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from django.db.models import Prefetch, QuerySet, Sum
from django.utils.functional import cached_property

from accounts.models import Organization
from core.money import major
from payments.models import (
    AccountKind,
    BankPayout,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Reversal,
    SendState,
    Transfer,
)
from payments.payout_pages import wording

HEADER = ("kind", "id", "at", "state", "currency", "amount", "arrives", "about")


def transfers(organization: Organization) -> QuerySet[Transfer]:
    """With what was taken back of each, the oldest first."""
    back = Prefetch("reversals", Reversal.objects.exclude(state=SendState.FAILED).order_by("pk"))
    return Transfer.objects.for_organization(organization).prefetch_related(back)


def bank_payouts(organization: Organization) -> QuerySet[BankPayout]:
    return BankPayout.objects.for_organization(organization)


@dataclass(frozen=True)
class Making:
    """What a transfer was made of, exactly: `carried` over from before, what came since, less what was `kept` back."""

    transfer: Transfer
    organization: Organization

    @cached_property
    def account(self) -> LedgerAccount:
        accounts = LedgerAccount.objects.for_organization(self.organization)
        return accounts.get(kind=AccountKind.PAYABLE_AVAILABLE, currency=self.transfer.currency, subject="")

    @cached_property
    def claim(self) -> LedgerTransaction:
        """The posting that set its amount aside."""
        return LedgerTransaction.objects.get(key=f"transfer:{self.transfer.public_id}")

    @cached_property
    def previous(self) -> LedgerTransaction | None:
        """The claim of the transfer before."""
        touching = LedgerEntry.objects.filter(account=self.account, transaction__lt=self.claim.pk)
        claims = LedgerTransaction.objects.filter(kind="transfer", pk__in=touching.values("transaction_id"))
        return claims.order_by("-pk").first()

    @property
    def postings(self) -> QuerySet[LedgerTransaction]:
        """What became available, or was taken of it, between the two claims."""
        between = LedgerEntry.objects.filter(account=self.account, transaction__lt=self.claim.pk)
        if self.previous:
            between = between.filter(transaction__gt=self.previous.pk)
        return LedgerTransaction.objects.filter(pk__in=between.values("transaction_id"))

    @cached_property
    def carried(self) -> int:
        return self._available(self.previous.pk) if self.previous else 0

    @cached_property
    def kept(self) -> int:
        return self._available(self.claim.pk)

    @property
    def withheld(self) -> int:
        """What was kept back, as it counts here: below zero."""
        return -self.kept

    @property
    def since(self) -> int:
        """What all that came between the two claims sums up to."""
        return self.transfer.amount + self.kept - self.carried

    def _available(self, after: int) -> int:
        entries = LedgerEntry.objects.filter(account=self.account, transaction__lte=after)
        return entries.aggregate(sum=Sum("amount"))["sum"] or 0


def rows(organization: Organization) -> Iterator[Sequence[str]]:
    """Everything as a table for programs: transfers, what was taken back of them, and bank payouts."""
    sent = Transfer.objects.for_organization(organization).order_by("-pk")
    back = Reversal.objects.filter(transfer__payee__organization=organization).exclude(state=SendState.FAILED)
    back = back.select_related("transfer").order_by("-pk")
    paid = bank_payouts(organization).order_by("-created_at", "-pk")
    return chain(
        (_sent("payout", row, row.amount, wording.refusal(row)) for row in sent.iterator()),
        (_sent("taken_back", row, -row.amount, row.transfer.public_id) for row in back.iterator()),
        (_paid(row) for row in paid.iterator()),
    )


def _sent(kind: str, row: Transfer | Reversal, amount: int, about: str) -> Sequence[str]:
    at = (row.settled_at or row.created_at).isoformat()
    return kind, row.public_id, at, row.state, row.currency, str(major(amount, row.currency)), "", about


def _paid(row: BankPayout) -> Sequence[str]:
    amount = str(major(row.amount, row.currency))
    at, arrives = row.created_at.isoformat(), row.arrives_at.date().isoformat()
    return "bank", row.stripe_id, at, row.status, row.currency, amount, arrives, wording.sent_back(row)
