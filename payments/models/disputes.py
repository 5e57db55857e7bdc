"""Payments that a cardholder's bank took back, or asks about."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import PublicModel
from payments.models.checkouts import Checkout


class DisputeStatus(models.TextChoices):
    """Stripe's words; a `warning` is an inquiry, which moves no money."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response", _("Inquiry, to be answered")
    WARNING_UNDER_REVIEW = "warning_under_review", _("Inquiry, answered")
    WARNING_CLOSED = "warning_closed", _("Inquiry, closed")
    NEEDS_RESPONSE = "needs_response", _("To be answered")
    UNDER_REVIEW = "under_review", _("Answered, the bank decides")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")
    PREVENTED = "prevented", _("Prevented")


CLOSED = (DisputeStatus.WARNING_CLOSED, DisputeStatus.WON, DisputeStatus.LOST, DisputeStatus.PREVENTED)
ANSWERABLE = (DisputeStatus.WARNING_NEEDS_RESPONSE, DisputeStatus.NEEDS_RESPONSE)


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def open(self) -> Self:
        return self.exclude(status__in=CLOSED)

    def unfinished(self) -> Self:
        """Open, or decided while what follows for the money is not in the books yet."""
        lost = Q(status=DisputeStatus.LOST, booked_at=None)
        won = Q(status=DisputeStatus.WON, reinstated__lt=F("withdrawn"))
        return self.filter(~Q(status__in=CLOSED) | lost | won)

    def lost(self) -> Self:
        return self.filter(status=DisputeStatus.LOST)


class Dispute(PublicModel):
    """A dispute as Stripe last described it, and what the books made of it."""

    checkout = models.ForeignKey(Checkout, on_delete=models.PROTECT, related_name="disputes")
    stripe_id = models.CharField(max_length=120, unique=True)
    amount = models.BigIntegerField(help_text="Minor units.")
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=60)
    status = models.CharField(max_length=24, choices=DisputeStatus.choices)
    answer_until = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    withdrawn = models.BigIntegerField(default=0, help_text="What Stripe took out of our balance, in the books.")
    reinstated = models.BigIntegerField(default=0, help_text="What Stripe gave back, in the books.")
    taken = models.BigIntegerField(default=0, help_text="What its loss took of the payment.")
    booked_at = models.DateTimeField(null=True, blank=True, help_text="When its loss was taken from payees and goods.")
    problem = models.TextField(blank=True, help_text="Why an administrator has to look at it.")

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="dispute_amount_positive"),
            models.CheckConstraint(
                condition=Q(withdrawn__gte=0, reinstated__gte=0, reinstated__lte=F("withdrawn")),
                name="dispute_reinstates_what_was_withdrawn",
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"], name="dispute_by_status")]

    def __str__(self) -> str:
        return self.stripe_id

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED

    @property
    def reference(self) -> str:
        return f"dispute:{self.public_id}"

    @property
    def due(self) -> datetime | None:
        """When an answer has to be in; None when none is awaited."""
        return self.answer_until if self.status in ANSWERABLE else None
