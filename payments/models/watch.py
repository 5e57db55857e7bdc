"""What moved our balance at Stripe, held against the books, and what an administrator has to look at."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import PublicModel


class MovementQuerySet(models.QuerySet["Movement"]):
    def unexplained(self) -> Self:
        return self.filter(explained_at=None)


class Movement(models.Model):
    """One balance transaction of the platform's account at Stripe, and the posting that explains it."""

    stripe_id = models.CharField(max_length=120, unique=True)
    type = models.CharField(max_length=60)
    amount = models.BigIntegerField(help_text="Minor units; below zero when it left our balance.")
    fee = models.BigIntegerField(default=0)
    net = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=120, blank=True, help_text="What it is about, by Stripe's id.")
    payment_intent = models.CharField(max_length=120, blank=True)
    happened_at = models.DateTimeField()
    explained_at = models.DateTimeField(null=True, blank=True)
    subject = models.CharField(max_length=80, blank=True, help_text="Our row of it, such as refund:k3v…")

    objects = MovementQuerySet.as_manager()

    class Meta:
        verbose_name = _("movement at Stripe")
        verbose_name_plural = _("movements at Stripe")
        constraints = [
            models.CheckConstraint(condition=Q(net=models.F("amount") - models.F("fee")), name="movement_adds_up")
        ]
        indexes = [
            models.Index(fields=["happened_at"], condition=Q(explained_at=None), name="movement_unexplained"),
            models.Index(fields=["-happened_at", "-id"], name="movement_newest"),
        ]

    def __str__(self) -> str:
        return self.stripe_id


class Concern(models.TextChoices):
    INVARIANT = "invariant", _("An invariant of the books is broken")
    BALANCE = "balance", _("Our balance at Stripe is not what the books say")
    MOVEMENT = "movement", _("Money moved at Stripe that the books do not know")
    MISSING = "missing", _("Stripe knows nothing of a posting")
    PAYEE_BALANCE = "payee_balance", _("A payee's balance at Stripe is not what the books say")
    OVERDUE = "overdue", _("Earnings are overdue")
    UNCLEARED = "uncleared", _("Something waits too long to be settled")


class ReconciliationItemQuerySet(models.QuerySet["ReconciliationItem"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)


class ReconciliationItem(PublicModel):
    """Something about the money that an administrator has to look at. It closes by itself when it is mended."""

    concern = models.CharField(max_length=16, choices=Concern.choices)
    subject = models.CharField(max_length=160, help_text="What it is about, such as payee:k3v…")
    facts = models.JSONField(default=dict)
    seen_at = models.DateTimeField(default=timezone.now, help_text="When it was last found to be so.")
    told_at = models.DateTimeField(null=True, blank=True, help_text="When the alarm mail went out.")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.CharField(max_length=500, blank=True)

    objects = ReconciliationItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("reconciliation item")
        verbose_name_plural = _("reconciliation items")
        constraints = [
            models.UniqueConstraint(
                fields=["concern", "subject"], condition=Q(closed_at=None), name="one_open_item_per_concern_and_subject"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_concern_display()}: {self.subject}"
