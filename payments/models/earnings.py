"""What each sale earned whom, and until when it is held."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel


class EarningQuerySet(models.QuerySet["Earning"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def held(self) -> Self:
        return self.filter(released_at=None, taken__lt=F("amount"))

    def due(self) -> Self:
        """Those whose hold is over, unless somebody contests them."""
        return self.held().filter(release_at__lte=timezone.now())


class Earning(PublicModel):
    """One payee's share of one sale. The held earnings of a payee are what their ledger account holds."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=80, help_text="The sale, as the ledger refers to it, such as order:k3v…")
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField(help_text="After commission, in minor units.")
    taken = models.BigIntegerField(default=0, help_text="What refunds and lost disputes took back of it.")
    release_at = models.DateTimeField(help_text="The end of the buyer's time to check what they got.")
    released_at = models.DateTimeField(null=True, blank=True)

    objects = EarningQuerySet.as_manager()

    class Meta:
        verbose_name = _("earning")
        verbose_name_plural = _("earnings")
        constraints = [
            models.UniqueConstraint(fields=["reference", "organization"], name="one_earning_per_sale_and_payee"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="earning_amount_positive"),
            models.CheckConstraint(
                condition=Q(taken__gte=0, taken__lte=F("amount")), name="earning_taken_within_amount"
            ),
        ]
        indexes = [
            models.Index(
                fields=["release_at"], condition=Q(released_at=None, taken__lt=F("amount")), name="earning_held_until"
            ),
            models.Index(fields=["organization", "-id"], name="earning_by_payee"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.public_id}"

    @property
    def left(self) -> int:
        return self.amount - self.taken
