"""Offers, what is searched, carts and orders. Nothing public here names an organisation, only its pseudonym."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel
from datasets.models import Asset, Dataset, DatasetVersion, Manifest
from jobs.models import Job
from licensing.models import License


class OfferState(models.TextChoices):
    LISTED = "listed", _("Listed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    HIDDEN = "hidden", _("Hidden by a moderator")


class OfferQuerySet(models.QuerySet["Offer"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def on_market(self) -> Self:
        return self.filter(state=OfferState.LISTED)


class Offer(PublicModel):
    """An asset or a dataset version at a price under a licence, with the columns the market searches."""

    class Kind(models.TextChoices):
        DATASET = "dataset", _("Dataset")
        IMAGE = "image", _("Image")
        VIDEO = "video", _("Video")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(
        Asset,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: the whole version",
    )
    kind = models.CharField(max_length=7, choices=Kind.choices)
    license = models.ForeignKey(License, on_delete=models.PROTECT, related_name="+")
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    title = models.CharField(max_length=120)
    description = models.TextField(max_length=10_000, blank=True)
    state = models.CharField(max_length=10, choices=OfferState.choices, default=OfferState.LISTED)
    hidden_reason = models.CharField(max_length=200, blank=True)
    listed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    listed_at = models.DateTimeField(default=timezone.now)
    words = SearchVectorField(null=True)
    facets = ArrayField(models.CharField(max_length=120), default=list, help_text="kind:, label:, license:, …")
    item_count = models.PositiveIntegerField(default=1)
    annotation_count = models.PositiveIntegerField(default=0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    sold_count = models.PositiveIntegerField(default=0)

    objects = OfferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(price_minor__gte=0), name="price_not_negative"),
            models.CheckConstraint(
                condition=Q(kind="dataset", asset=None) | (~Q(kind="dataset") & Q(asset__isnull=False)),
                name="offer_is_a_version_or_an_asset",
            ),
            models.UniqueConstraint(
                fields=["version", "license"],
                condition=Q(asset=None, state="listed"),
                name="one_listed_offer_per_version_and_license",
            ),
            models.UniqueConstraint(
                fields=["asset", "license"],
                condition=Q(asset__isnull=False, state="listed"),
                name="one_listed_offer_per_asset_and_license",
            ),
        ]
        indexes = [
            GinIndex(fields=["words", "facets"], name="offer_search"),
            models.Index(fields=["-listed_at", "-id"], condition=Q(state="listed"), name="offer_newest"),
            models.Index(fields=["price_minor", "id"], condition=Q(state="listed"), name="offer_cheapest"),
            models.Index(fields=["-sold_count", "-id"], condition=Q(state="listed"), name="offer_most_sold"),
            models.Index(fields=["organization", "-id"], name="offer_by_organization"),
        ]

    def __str__(self) -> str:
        return self.title


class CartLine(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="+")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "offer"], name="offer_once_per_cart")]

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.offer_id}"


class OrderState(models.TextChoices):
    PENDING = "pending", _("Waiting for payment")
    PAID = "paid", _("Paid")
    EXPIRED = "expired", _("Not paid in time")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Could not be fulfilled")


class OrderQuerySet(models.QuerySet["Order"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)


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
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = OrderQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="order_by_organization")]
        constraints = [
            models.CheckConstraint(condition=~Q(state="paid") | Q(paid_at__isnull=False), name="paid_order_has_time"),
            models.CheckConstraint(
                condition=Q(total_minor__gte=0, commission_minor__gte=0)
                & Q(commission_minor__lte=models.F("total_minor")),
                name="order_amounts_sound",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    def sales_of(self, organization: Organization) -> Self:
        return self.filter(seller=organization, order__state=OrderState.PAID)


class OrderLine(PublicModel):
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="+")
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    license = models.ForeignKey(License, on_delete=models.PROTECT, related_name="+")
    manifest = models.ForeignKey(Manifest, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    price_minor = models.BigIntegerField()
    commission_basis_points = models.PositiveIntegerField()
    commission_minor = models.BigIntegerField()

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="order_line_position"),
            models.UniqueConstraint(fields=["order", "offer"], name="offer_once_per_order"),
        ]
        indexes = [models.Index(fields=["seller", "-id"], name="line_by_seller")]

    def __str__(self) -> str:
        return self.title

    @property
    def seller_minor(self) -> int:
        return self.price_minor - self.commission_minor
