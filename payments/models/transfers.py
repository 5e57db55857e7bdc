"""Money sent to payees and taken back from them, and what reached their banks."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel
from payments.models.payees import Payee


class SendState(models.TextChoices):
    PENDING = "pending", _("Waiting to be sent")
    SENT = "sent", _("Sent")
    UNKNOWN = "unknown", _("Sent, the answer was lost")
    SUCCEEDED = "succeeded", _("Done")
    FAILED = "failed", _("Refused")


UNSETTLED = (SendState.PENDING, SendState.SENT, SendState.UNKNOWN)


class Sending(PublicModel):
    """One request that moves money, frozen before Stripe hears of it. Its key is sent with every attempt."""

    amount = models.BigIntegerField(help_text="Minor units.")
    currency = models.CharField(max_length=3)
    idempotency_key = models.CharField(max_length=120, unique=True)
    state = models.CharField(max_length=10, choices=SendState.choices, default=SendState.PENDING)
    stripe_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, help_text="Why Stripe refused it, or an administrator has to look at it.")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="%(class)s_amount_positive"),
            models.CheckConstraint(condition=Q(state__in=SendState.values), name="%(class)s_state_known"),
            models.CheckConstraint(
                condition=~Q(state="succeeded") | Q(stripe_id__isnull=False, settled_at__isnull=False),
                name="%(class)s_done_is_known_to_stripe",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["pending", "sent", "unknown"]),
                name="%(class)s_unsettled",
            )
        ]

    def __str__(self) -> str:
        return self.public_id


class TransferQuerySet(models.QuerySet["Transfer"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(payee__organization=organization)

    def unsettled(self) -> Self:
        return self.filter(state__in=UNSETTLED)

    def succeeded(self) -> Self:
        return self.filter(state=SendState.SUCCEEDED)


class Transfer(Sending):
    """Available earnings of one payee, claimed in the ledger and sent to their account at Stripe.

    The claim takes the money out of what is available, so that no other transfer can be made of it. Should Stripe
    refuse, the money is available again and the next run makes a new transfer of it.
    """

    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, related_name="transfers")

    objects = TransferQuerySet.as_manager()

    class Meta(Sending.Meta):
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            *Sending.Meta.constraints,
            models.UniqueConstraint(
                fields=["payee", "currency"],
                condition=Q(state__in=["pending", "sent", "unknown"]),
                name="one_transfer_at_a_time",
            ),
        ]
        indexes = [*Sending.Meta.indexes, models.Index(fields=["payee", "-id"], name="transfer_by_payee")]

    @property
    def reference(self) -> str:
        """What all its postings in the ledger refer to."""
        return f"transfer:{self.public_id}"


class ReversalQuerySet(models.QuerySet["Reversal"]):
    def unsettled(self) -> Self:
        return self.filter(state__in=UNSETTLED)

    def succeeded(self) -> Self:
        return self.filter(state=SendState.SUCCEEDED)

    def standing(self) -> Self:
        """Those that took money back, or still may."""
        return self.exclude(state=SendState.FAILED)


class Reversal(Sending):
    """Money of a transfer taken back, because its payee owes it. The trigger `reversal_within_transfer` keeps the
    reversals of a transfer that were not refused within its amount."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="reversals")
    reason = models.CharField(max_length=300, blank=True)

    objects = ReversalQuerySet.as_manager()

    class Meta(Sending.Meta):
        verbose_name = _("transfer reversal")
        verbose_name_plural = _("transfer reversals")

    @property
    def reference(self) -> str:
        return f"reversal:{self.public_id}"


class BankPayoutQuerySet(models.QuerySet["BankPayout"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(payee__organization=organization)

    def counting(self) -> Self:
        """Those whose money left the payee's account at Stripe."""
        return self.exclude(status__in=["failed", "canceled"])

    def under_way(self) -> Self:
        return self.filter(status__in=["pending", "in_transit"])


class BankPayout(models.Model):
    """Stripe's payment from a payee's account there to their bank, as Stripe last described it."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Being prepared")
        IN_TRANSIT = "in_transit", _("On its way to your bank")
        PAID = "paid", _("Paid")
        FAILED = "failed", _("Sent back by the bank")
        CANCELED = "canceled", _("Cancelled")

    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, related_name="bank_payouts")
    stripe_id = models.CharField(max_length=120, unique=True)
    amount = models.BigIntegerField(help_text="Minor units.")
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=12, choices=Status.choices)
    arrives_at = models.DateTimeField()
    failure = models.CharField(max_length=300, blank=True, help_text="Why the bank sent it back.")
    created_at = models.DateTimeField()

    objects = BankPayoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank payout")
        verbose_name_plural = _("bank payouts")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="bank_payout_amount_positive")]
        indexes = [models.Index(fields=["payee", "-created_at", "-id"], name="bank_payout_by_payee")]

    def __str__(self) -> str:
        return self.stripe_id


class PayoutRunState(models.TextChoices):
    CONFIRMING = "confirming", _("Waiting for a second administrator")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")


class PayoutRun(PublicModel):
    """One pass over all payees: by the schedule, or because an administrator asked for it."""

    state = models.CharField(max_length=10, choices=PayoutRunState.choices, default=PayoutRunState.RUNNING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    needs_two = models.BooleanField(default=False)
    transfers = models.PositiveIntegerField(default=0, help_text="How many it began.")
    skipped = models.JSONField(default=dict, blank=True, help_text="How many payees were passed over, by reason.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("payout run")
        verbose_name_plural = _("payout runs")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PayoutRunState.values), name="payout_run_state_known"),
            models.CheckConstraint(
                condition=Q(needs_two=False) | Q(state="confirming") | Q(confirmed_by__isnull=False),
                name="large_payout_run_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | Q(asked_by=None) | ~Q(confirmed_by=models.F("asked_by")),
                name="payout_run_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
