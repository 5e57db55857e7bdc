"""Refunds as asked for and decided, and what each took of which line."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel
from marketplace.models.orders import Order, OrderLine


class RefundRequestState(models.TextChoices):
    OPEN = "open", _("Waiting for a decision")
    CONFIRMING = "confirming", _("Waiting for a second administrator")
    APPROVED = "approved", _("Approved, the money is on its way")
    REFUNDED = "refunded", _("Refunded")
    DECLINED = "declined", _("Declined")


class RefundRequestQuerySet(models.QuerySet["RefundRequest"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(order__organization=organization)

    def waiting(self) -> Self:
        """Those that an administrator has to act on."""
        return self.filter(state__in=[RefundRequestState.OPEN, RefundRequestState.CONFIRMING])


class RefundRequest(PublicModel):
    """Some lines of an order to be refunded: asked for by the buyer, or begun by an administrator."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refund_requests")
    state = models.CharField(max_length=10, choices=RefundRequestState.choices, default=RefundRequestState.OPEN)
    reason = models.CharField(max_length=500)
    amount_minor = models.BigIntegerField(help_text="The sum of its lines; final once it is approved")
    by_buyer = models.BooleanField(default=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    needs_two = models.BooleanField(default=False, help_text="A second administrator has to confirm it")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True, help_text="What the buyer was told")
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = RefundRequestQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "-id"], name="refund_request_by_state")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_request_amount_positive"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refunded"]) | Q(needs_two=False) | Q(confirmed_at__isnull=False),
                name="large_refund_confirmed_by_second",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None)
                | (
                    (Q(approved_by=None) | ~Q(confirmed_by=models.F("approved_by")))
                    & (Q(asked_by=None) | ~Q(confirmed_by=models.F("asked_by")))
                ),
                name="refund_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(by_buyer=False)
                | Q(approved_by=None)
                | Q(asked_by=None)
                | ~Q(approved_by=models.F("asked_by")),
                name="own_refund_not_approved",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def subject(self) -> str:
        """How payments knows it."""
        return f"refund_request:{self.public_id}"


class RefundLineQuerySet(models.QuerySet["RefundLine"]):
    def booked(self) -> Self:
        return self.filter(booked_at__isnull=False)


class RefundLine(models.Model):
    """A line's part of a refund. What it took from seller and platform is written down when it is booked."""

    request = models.ForeignKey(RefundRequest, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refund_lines")
    amount_minor = models.BigIntegerField()
    open = models.BooleanField(default=True, help_text="Neither declined nor booked yet")
    share_minor = models.BigIntegerField(null=True, blank=True)
    commission_minor = models.BigIntegerField(null=True, blank=True)
    booked_at = models.DateTimeField(null=True, blank=True)

    objects = RefundLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(open=True), name="one_open_refund_per_line"),
            models.UniqueConstraint(fields=["request", "line"], name="line_once_per_refund"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_line_amount_positive"),
            models.CheckConstraint(
                condition=Q(booked_at=None)
                | Q(open=False, amount_minor=models.F("share_minor") + models.F("commission_minor")),
                name="booked_refund_line_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.line_id}"

    @property
    def outcome(self) -> str:
        """How it ended for this line, or where its request stands: a RefundRequestState."""
        if self.booked_at:
            return RefundRequestState.REFUNDED
        return self.request.state if self.open else RefundRequestState.DECLINED

    @property
    def given_back(self) -> int:
        """As a statement writes it: below zero."""
        return -self.amount_minor

    @property
    def share_taken(self) -> int:
        return -(self.share_minor or 0)
