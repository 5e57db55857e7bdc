"""What was asked of Stripe for buyers, and what was heard from it: checkouts, their refunds, the inbox of events."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel


class CheckoutState(models.TextChoices):
    PENDING = "pending", _("Being opened")
    OPEN = "open", _("Waiting for payment")
    PAID = "paid", _("Paid")
    EXPIRED = "expired", _("Expired")
    REFUSED = "refused", _("Refused by Stripe")


LIVE = (CheckoutState.PENDING, CheckoutState.OPEN)


class CheckoutQuerySet(models.QuerySet["Checkout"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def about(self, purpose: str, reference: str) -> Self:
        return self.filter(purpose=purpose, reference=reference)

    def live(self) -> Self:
        return self.filter(state__in=LIVE)

    def with_problems(self) -> Self:
        return self.exclude(problem="")


class Checkout(PublicModel):
    """One request for money, frozen before Stripe hears of it. Its key is sent with every attempt."""

    purpose = models.CharField(max_length=40, help_text="A purpose from payments.registry, such as order.")
    reference = models.CharField(max_length=80, help_text="What is paid for, by its public id.")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField(help_text="Minor units.")
    lines = models.JSONField(help_text="What the hosted page lists: name, quantity, unit amount.")
    success_url = models.CharField(max_length=500)
    cancel_url = models.CharField(max_length=500)
    idempotency_key = models.CharField(max_length=80, unique=True)

    state = models.CharField(max_length=10, choices=CheckoutState.choices, default=CheckoutState.PENDING)
    session_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    url = models.CharField(max_length=1000, blank=True)
    expires_at = models.DateTimeField()
    payment_intent = models.CharField(max_length=120, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, help_text="Why an administrator has to look at it.")

    objects = CheckoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("checkout")
        verbose_name_plural = _("checkouts")
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "reference"],
                condition=Q(state__in=["pending", "open"]),
                name="one_live_checkout_per_reference",
            ),
            models.UniqueConstraint(
                fields=["purpose", "reference"], condition=Q(state="paid"), name="paid_once_per_reference"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="checkout_amount_positive"),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(paid_at__isnull=False), name="paid_checkout_has_time"
            ),
            models.CheckConstraint(condition=Q(state__in=CheckoutState.values), name="checkout_state_known"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state__in=["pending", "open"]), name="checkout_live")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.reference}"

    @property
    def ledger_reference(self) -> str:
        """What the posting of this payment refers to, so that the two can be held against each other."""
        return f"{self.purpose}:{self.reference}"


class EventState(models.TextChoices):
    RECEIVED = "received", _("Received")
    HANDLED = "handled", _("Handled")
    IGNORED = "ignored", _("Of no concern")
    FAILED = "failed", _("Could not be handled")


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def unhandled(self) -> Self:
        return self.filter(state__in=[EventState.RECEIVED, EventState.FAILED])


class StripeEvent(models.Model):
    """The inbox: every verified event, once, before anything is done about it."""

    event_id = models.CharField(max_length=120, unique=True)
    type = models.CharField(max_length=80)
    account = models.CharField(max_length=120, blank=True, default="", help_text="The payee's account it happened to.")
    object_id = models.CharField(max_length=120)
    fact = models.CharField(
        max_length=120, help_text="The type when it can happen once to its object, otherwise the event's id."
    )
    payload = models.JSONField()
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=EventState.choices, default=EventState.RECEIVED)
    error = models.TextField(blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("Stripe event")
        verbose_name_plural = _("Stripe events")
        constraints = [
            models.UniqueConstraint(fields=["object_id", "fact"], name="one_event_per_fact"),
            models.CheckConstraint(condition=Q(state__in=EventState.values), name="event_state_known"),
        ]
        indexes = [models.Index(fields=["-id"], condition=Q(state__in=["received", "failed"]), name="event_unhandled")]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class RefundState(models.TextChoices):
    PENDING = "pending", _("Waiting to be sent")
    SENT = "sent", _("Sent")
    UNKNOWN = "unknown", _("Sent, the answer was lost")
    SUCCEEDED = "succeeded", _("Returned")
    FAILED = "failed", _("Failed")


UNDECIDED = (RefundState.PENDING, RefundState.SENT, RefundState.UNKNOWN)


class RefundQuerySet(models.QuerySet["Refund"]):
    def about(self, subject: str) -> Self:
        return self.filter(subject=subject)

    def standing(self) -> Self:
        """Those that took money back, or still may."""
        return self.exclude(state=RefundState.FAILED)

    def undecided(self) -> Self:
        return self.filter(state__in=UNDECIDED)


class Refund(PublicModel):
    """Money on its way back to a buyer, frozen before Stripe hears of it. The trigger `refund_within_payment`
    keeps the refunds of a checkout that did not fail within what was paid."""

    checkout = models.ForeignKey(Checkout, on_delete=models.PROTECT, related_name="refunds")
    subject = models.CharField(max_length=80, help_text="What is given back, such as refund_request:k3v…")
    amount = models.BigIntegerField(help_text="Minor units.")
    currency = models.CharField(max_length=3)
    idempotency_key = models.CharField(max_length=120, unique=True)
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    state = models.CharField(max_length=10, choices=RefundState.choices, default=RefundState.PENDING)
    stripe_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    booked_at = models.DateTimeField(null=True, blank=True, help_text="When Stripe took it on and the books moved.")
    problem = models.TextField(blank=True, help_text="Why Stripe refused it, or an administrator has to look at it.")

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=~Q(state="failed"), name="one_standing_refund_per_subject"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=~Q(state="succeeded") | Q(booked_at__isnull=False), name="succeeded_refund_is_booked"
            ),
            models.CheckConstraint(
                condition=Q(booked_at=None) | Q(stripe_id__isnull=False), name="booked_refund_is_known_to_stripe"
            ),
            models.CheckConstraint(condition=Q(state__in=RefundState.values), name="refund_state_known"),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(state__in=["pending", "sent", "unknown"]), name="refund_undecided"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.public_id}"

    @property
    def ledger_key(self) -> str:
        return f"refund:{self.public_id}"
