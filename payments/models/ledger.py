"""Money: append-only double entry, and what we asked of Stripe and heard from it.

Entries are signed: positive credits an account, negative debits it. So what is owed to people and
earned is positive, what we hold (at Stripe, in the bank) negative; `LedgerAccount.side` turns a
balance into the figure that people read. Triggers of the first migration keep the books.
"""

from typing import Self

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel


class AccountKind(models.TextChoices):
    CLEARING = "clearing", _("Stripe clearing")
    PLATFORM_CASH = "platform_cash", _("Platform cash")
    BUYER_REFUNDABLE = "buyer_refundable", _("Refundable to buyers")
    ESCROW = "escrow", _("Budget, free")
    ESCROW_RESERVED = "escrow_reserved", _("Budget, reserved")
    PAYABLE_HELD = "payable_held", _("Earnings, held")
    PAYABLE_AVAILABLE = "payable_available", _("Earnings, available")
    PAYABLE_IN_TRANSIT = "payable_in_transit", _("Earnings, on their way")
    RECEIVABLE = "receivable", _("Owed by a payee")
    COMMISSION = "commission", _("Commission")
    TAX = "tax", _("Tax")
    PROVIDER_FEE = "provider_fee", _("Payment fees")
    DISPUTE_HOLD = "dispute_hold", _("Held in disputes")
    WRITE_OFF = "write_off", _("Written off")
    ROUNDING = "rounding", _("Rounding")


# Accounts of what we hold or have spent: debits raise the figure that people read.
DEBIT_SIDE = frozenset(
    {
        AccountKind.CLEARING,
        AccountKind.PLATFORM_CASH,
        AccountKind.RECEIVABLE,
        AccountKind.PROVIDER_FEE,
        AccountKind.DISPUTE_HOLD,
        AccountKind.WRITE_OFF,
    }
)
PAYABLE = (AccountKind.PAYABLE_HELD, AccountKind.PAYABLE_AVAILABLE, AccountKind.PAYABLE_IN_TRANSIT)
GUARDED = frozenset(
    {
        *PAYABLE,
        AccountKind.ESCROW,
        AccountKind.ESCROW_RESERVED,
        AccountKind.BUYER_REFUNDABLE,
        AccountKind.RECEIVABLE,
        AccountKind.DISPUTE_HOLD,
    }
)


class LedgerAccountQuerySet(models.QuerySet["LedgerAccount"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def payable(self) -> Self:
        return self.filter(kind__in=PAYABLE)

    def whole(self) -> Self:
        """One row for each pot, with `total`, the balance of all its shards."""
        same = {name: OuterRef(name) for name in ("kind", "subject", "currency")}
        shards = LedgerAccount.objects.filter(organization=None, **same).order_by()
        total = Subquery(shards.values("kind").annotate(sum=Sum("balance")).values("sum"))
        return self.filter(Q(shard=0) | ~Exists(shards.filter(shard__lt=OuterRef("shard")))).annotate(
            total=Case(When(organization=None, then=total), default="balance", output_field=models.BigIntegerField())
        )


class LedgerAccount(models.Model):
    """One pot of money in one currency. `organization` is empty for the platform's own.

    `subject` divides an owner's money further: each campaign's budget is a pot of its own. The platform's unguarded
    pots are kept in shards, so that sales do not wait for each other: the figure is their sum, see `whole`.
    """

    kind = models.CharField(max_length=20, choices=AccountKind.choices)
    organization = models.ForeignKey(Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=60, blank=True, default="", help_text="Such as budget:k3v…")
    shard = models.PositiveSmallIntegerField(default=0, help_text="Any number, for the platform's unguarded pots.")
    currency = models.CharField(max_length=3)
    side = models.SmallIntegerField(help_text="1 when credits raise the shown figure, -1 when debits do.")
    guarded = models.BooleanField(help_text="The shown figure may never fall below zero.")
    balance = models.BigIntegerField(default=0, editable=False, help_text="Sum of the entries, in minor units.")

    total: int  # set by LedgerAccountQuerySet.whole

    objects = LedgerAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "organization", "subject", "currency", "shard"],
                nulls_distinct=False,
                name="one_account_per_kind_and_subject",
            ),
            models.CheckConstraint(condition=Q(side__in=[1, -1]), name="ledger_account_side"),
            models.CheckConstraint(
                condition=Q(guarded=False) | Q(balance__gte=0, side=1) | Q(balance__lte=0, side=-1),
                name="ledger_account_not_overdrawn",
            ),
            models.CheckConstraint(
                condition=Q(shard=0) | Q(organization=None, guarded=False), name="ledger_account_in_shards"
            ),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="ledger_account_currency"),
        ]
        indexes = [models.Index(fields=["organization", "currency"], name="ledger_account_by_owner")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.currency}"

    @property
    def amount(self) -> int:
        """The balance with the sign that people expect, in minor units."""
        return self.balance * self.side


class LedgerTransaction(PublicModel):
    """One business fact, such as a sale, under a key that can be used once."""

    key = models.CharField(max_length=200, unique=True, help_text="The fact, such as sale:order:k3v…")
    kind = models.CharField(max_length=40)
    reference = models.CharField(max_length=80, blank=True, help_text="What it is about, such as order:k3v…")
    currency = models.CharField(max_length=3)
    entry_count = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the content, to recognise a repeat.")

    class Meta:
        verbose_name = _("ledger transaction")
        verbose_name_plural = _("ledger transactions")
        constraints = [models.CheckConstraint(condition=Q(entry_count__gte=2), name="ledger_transaction_has_two_sides")]
        indexes = [models.Index(fields=["reference"], name="ledger_by_reference")]

    def __str__(self) -> str:
        return self.key


class EntryPart(models.TextChoices):
    """What an entry is of the fact it belongs to."""

    CHARGE = "charge", _("Charge")
    SALE = "sale", _("Sale")
    COMMISSION = "commission", _("Commission")
    TAX = "tax", _("Tax")
    FEE = "fee", _("Payment fee")
    REFUND = "refund", _("Refund")
    DISPUTE = "dispute", _("Dispute")
    RELEASE = "release", _("Released")
    RECOVERY = "recovery", _("Owed amount settled")
    WORK = "work", _("Accepted work")
    PAYOUT = "payout", _("Payout")
    ADJUSTMENT = "adjustment", _("Adjustment")


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    def statement(self, organization: Organization) -> Self:
        """An organisation's earnings, newest first, like a bank statement."""
        accounts = LedgerAccount.objects.for_organization(organization).payable()
        return self.filter(account__in=accounts).select_related("transaction", "account").order_by("-id")

    def in_currency(self, currency: str) -> Self:
        return self.filter(currency=currency)

    def parts(self, *parts: EntryPart) -> Self:
        return self.filter(part__in=parts)

    def total(self) -> int:
        """Sum in minor units; narrow to one currency first."""
        total: int = self.order_by().aggregate(total=Coalesce(Sum("amount"), 0))["total"]
        return total

    def totals_by_part(self) -> dict[tuple[str, str], int]:
        """Sums in minor units by (currency, part)."""
        rows = self.order_by().values_list("currency", "part").annotate(total=Sum("amount"))
        return {(currency, part): total for currency, part, total in rows}


class LedgerEntry(models.Model):
    """One account's part of a transaction. Its foreign keys are kept by the trigger of its insertion."""

    transaction = models.ForeignKey(
        LedgerTransaction, on_delete=models.PROTECT, related_name="entries", db_constraint=False
    )
    account = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="entries", db_constraint=False, db_index=False
    )
    amount = models.BigIntegerField(help_text="Minor units; positive credits the account.")
    currency = models.CharField(max_length=3)
    part = models.CharField(max_length=12, choices=EntryPart.choices)

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="ledger_entry_not_zero")]
        indexes = [
            models.Index(fields=["account", "-id"], include=["amount"], name="ledger_entry_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
