"""Money that an organisation sets aside to pay for work, held in an escrow account of its own."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel


class BudgetQuerySet(models.QuerySet["Budget"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def open(self) -> Self:
        return self.filter(closed_at=None)


class Budget(PublicModel):
    """What may be spent on one thing, such as a campaign. How much is there, the ledger says."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    fee_basis_points = models.PositiveIntegerField(help_text="Of each reward, on top of it; frozen when it is opened.")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = BudgetQuerySet.as_manager()

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        constraints = [models.CheckConstraint(condition=Q(fee_basis_points__lte=10_000), name="budget_fee_at_most_all")]
        indexes = [models.Index(fields=["organization", "-id"], name="budget_by_organization")]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """Which of the organisation's ledger accounts are this budget's."""
        return f"budget:{self.public_id}"


class Funding(PublicModel):
    """One payment into a budget."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="fundings")
    amount = models.BigIntegerField(help_text="Minor units.")
    paid_at = models.DateTimeField(null=True, blank=True)
    returned = models.BigIntegerField(default=0, help_text="What went back of it to whoever paid.")

    class Meta:
        verbose_name = _("funding")
        verbose_name_plural = _("fundings")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="funding_amount_positive"),
            models.CheckConstraint(
                condition=Q(returned__gte=0, returned__lte=F("amount")), name="funding_returned_within"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def open(self) -> Self:
        return self.filter(released_at=None)


class Reservation(PublicModel):
    """A part of a budget that is promised, such as the rewards of a batch of tasks that somebody works on."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="reservations")
    key = models.CharField(max_length=120, help_text="What it is for, once, such as batch:k3v…")
    amount = models.BigIntegerField(help_text="With fees, in minor units.")
    spent = models.BigIntegerField(default=0)
    released_at = models.DateTimeField(null=True, blank=True, help_text="When what was not spent went back.")

    objects = ReservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            models.UniqueConstraint(fields=["budget", "key"], name="one_reservation_per_key"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="reservation_amount_positive"),
            models.CheckConstraint(condition=Q(spent__gte=0, spent__lte=F("amount")), name="reservation_spent_within"),
        ]
        indexes = [models.Index(fields=["budget"], condition=Q(released_at=None), name="reservation_open")]

    def __str__(self) -> str:
        return self.key

    @property
    def left(self) -> int:
        return self.amount - self.spent
