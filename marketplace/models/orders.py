"""Orders and their lines."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel
from datasets.models import Asset, Manifest
from licensing.models import License
from marketplace.models.offers import Offer

if TYPE_CHECKING:
    from marketplace.models.refunds import RefundLine


class OrderState(models.TextChoices):
    PENDING = "pending", _("Waiting for payment")
    PAID = "paid", _("Paid")
    EXPIRED = "expired", _("Not paid in time")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Could not be fulfilled")


class OrderQuerySet(models.QuerySet["Order"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def pending(self) -> Self:
        return self.filter(state=OrderState.PENDING)

    def with_first_title(self) -> Self:
        """With what stands on the first line, as `first_title`."""
        first = OrderLine.objects.filter(order=OuterRef("pk"), position=1).values("title")
        return self.annotate(first_title=Subquery(first))

    def paid(self) -> Self:
        return self.filter(state=OrderState.PAID)

    def to_count(self) -> Self:
        """Those whose sales or refunds are not in their offers' sold counts yet."""
        return self.filter(sales_counted=False)

    def owed_back(self) -> Self:
        """Paid, yet not fulfilled: the buyer's money is to be returned."""
        return self.filter(state=OrderState.FAILED, paid_at__isnull=False)


class Order(PublicModel):
    """What an organisation set out to buy. Prices, licences and commission are frozen on its lines."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.PENDING)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    commission_minor = models.BigIntegerField()
    line_count = models.PositiveIntegerField()
    paid_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    idempotency_key = models.CharField(max_length=255, help_text="The buyer's, so that a repeat is the same order")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of what was asked for under the key")
    problem = models.CharField(max_length=300, blank=True, help_text="Why it could not be fulfilled")
    refunded_minor = models.BigIntegerField(default=0, help_text="What was returned of the payment")
    sales_counted = models.BooleanField(default=True, help_text="Whether its offers' sold counts are up to date")
    first_title: str  # set by OrderQuerySet.with_first_title

    objects = OrderQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="order_by_organization"),
            models.Index(fields=["id"], condition=Q(sales_counted=False), name="order_to_count"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "idempotency_key"], name="one_order_per_key"),
            models.CheckConstraint(condition=~Q(state="paid") | Q(paid_at__isnull=False), name="paid_order_has_time"),
            models.CheckConstraint(
                condition=Q(total_minor__gte=0, commission_minor__gte=0)
                & Q(commission_minor__lte=models.F("total_minor")),
                name="order_amounts_sound",
            ),
            models.CheckConstraint(condition=Q(refunded_minor__gte=0), name="order_refund_not_negative"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def refund_until(self) -> datetime | None:
        """The end of the buyer's time to check what they got. None when it was not paid."""
        return self.paid_at + timedelta(days=settings.REFUND_WINDOW_DAYS) if self.paid_at else None

    @property
    def in_refund_window(self) -> bool:
        until = self.refund_until
        return self.state == OrderState.PAID and until is not None and timezone.now() < until


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    def sales_of(self, organization: Organization) -> Self:
        return self.filter(seller=organization, sold_at__isnull=False)

    def sold_since(self, moment: datetime) -> Self:
        return self.filter(sold_at__gte=moment)

    def with_goods(self) -> Self:
        return self.select_related("offer", "seller", "license", "manifest", "asset")

    def with_sellers(self) -> Self:
        """With what the lines of an order share: a few sellers and licences, however many lines."""
        return self.prefetch_related("seller", "license")

    def sold(self) -> Self:
        """Paid for and not returned in full. What was free stays sold."""
        returned = Q(price_minor__gt=0, refunded_minor=models.F("price_minor"))
        return self.filter(sold_at__isnull=False).exclude(returned)

    def left_to_refund(self) -> Self:
        """What was paid for, not returned, and is in no refund that is under way."""
        return self.filter(price_minor__gt=models.F("refunded_minor")).exclude(refund_lines__open=True)

    def with_refunds(self) -> Self:
        """With what was taken back of each sale, for `booked_refunds`."""
        return self.prefetch_related("refund_lines")


class OrderLine(PublicModel):
    """An item of an order. A large order writes thousands, twice: its foreign keys are kept by core.keys, and have an
    index only where no other begins with them. Licences need none, as they are never deleted."""

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    position = models.PositiveIntegerField()
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    seller = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    license = models.ForeignKey(
        License, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    manifest = models.ForeignKey(Manifest, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    asset = models.ForeignKey(
        Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    title = models.CharField(max_length=120)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    commission_basis_points = models.PositiveIntegerField()
    commission_minor = models.BigIntegerField()
    sold_at = models.DateTimeField(null=True, blank=True, help_text="When its order was paid")
    refunded_minor = models.BigIntegerField(default=0, help_text="What was returned of its price")

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="order_line_position"),
            models.UniqueConstraint(fields=["order", "offer"], name="offer_once_per_order"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0) & Q(refunded_minor__lte=models.F("price_minor")),
                name="line_refunded_within_its_price",
            ),
        ]
        indexes = [models.Index(fields=["seller", "-sold_at", "-id"], name="sale_by_seller")]

    def __str__(self) -> str:
        return self.title

    @property
    def seller_minor(self) -> int:
        return self.price_minor - self.commission_minor

    @property
    def booked_refunds(self) -> "list[RefundLine]":
        """What was taken back of it, the oldest first."""
        booked = [row for row in self.refund_lines.all() if row.booked_at]
        return sorted(booked, key=lambda row: row.pk)

    @property
    def left_minor(self) -> int:
        """What can still be returned of its price."""
        return self.price_minor - self.refunded_minor

    @property
    def commission_taken(self) -> int:
        """As a statement writes it: below zero."""
        return -self.commission_minor

    @property
    def content_sha256(self) -> str:
        """Of the file, or of the manifest, that the line buys."""
        return self.asset.sha256 if self.asset else self.manifest.sha256
