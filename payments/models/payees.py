"""Those who are paid: their account at Stripe, what was sent to it and taken back, and what reached their bank."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel


class PayeeState(models.TextChoices):
    """How far a payee is; computed, not stored."""

    NONE = "none", _("Not set up")
    INCOMPLETE = "incomplete", _("Details are missing")
    CHECKING = "checking", _("Being checked")
    RESTRICTED = "restricted", _("Restricted")
    REJECTED = "rejected", _("Rejected")
    ACTIVE = "active", _("Ready to be paid")


class PayeeQuerySet(models.QuerySet["Payee"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def ready(self) -> Self:
        return self.filter(transfers_enabled=True, payouts_enabled=True)


class Payee(PublicModel):
    """An organisation's account at Stripe, as Stripe last described it."""

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, related_name="+")
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3, blank=True, help_text="The one its bank account is in.")
    stripe_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    idempotency_key = models.CharField(max_length=80, unique=True)
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When Stripe was first asked for the account.")
    transfers_enabled = models.BooleanField(default=False)
    payouts_enabled = models.BooleanField(default=False)
    details_submitted = models.BooleanField(default=False)
    missing = models.JSONField(default=list, blank=True, help_text="What Stripe still asks for.")
    disabled_reason = models.CharField(max_length=120, blank=True)
    bank = models.CharField(max_length=120, blank=True, help_text="As people recognise it: bank and last digits.")
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = PayeeQuerySet.as_manager()

    class Meta:
        verbose_name = _("payee")
        verbose_name_plural = _("payees")
        indexes = [models.Index(fields=["checked_at"], name="payee_by_check")]

    def __str__(self) -> str:
        return self.stripe_id or self.public_id

    @property
    def state(self) -> PayeeState:
        if self.disabled_reason.startswith("rejected"):
            return PayeeState.REJECTED
        if self.transfers_enabled and self.payouts_enabled:
            return PayeeState.ACTIVE
        if not self.details_submitted:
            return PayeeState.INCOMPLETE
        return PayeeState.RESTRICTED if self.missing else PayeeState.CHECKING
