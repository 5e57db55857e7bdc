"""Offers, what is searched, and carts."""

import secrets
from collections.abc import Mapping
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel
from core.money import major
from datasets.models import Asset, Dataset, DatasetVersion, ModerationState
from licensing.models import License

SAMPLE_SHARE = 16
TEXT_LANGUAGE = "english"


def new_draw() -> int:
    return secrets.randbelow(SAMPLE_SHARE)


class MarketLabel(models.Model):
    """The market's vocabulary: class names that were ever offered, for suggestions and spelling."""

    name = models.CharField(max_length=100, unique=True, help_text="In lower case, as the facet label: has it")

    class Meta:
        indexes = [models.Index(fields=["name"], opclasses=["varchar_pattern_ops"], name="market_label_prefix")]

    def __str__(self) -> str:
        return self.name


class OfferState(models.TextChoices):
    LISTED = "listed", _("Listed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    HIDDEN = "hidden", _("Hidden by a moderator")


CARD_COLUMNS = (
    "public_id",
    "kind",
    "title",
    "description",
    "price_minor",
    "currency",
    "listed_at",
    "label_text",
    "facets",
    "sample",
    "item_count",
    "annotation_count",
    "width",
    "height",
    "sold_count",
    "organization__pseudonym",
    "organization__pseudonym_slug",
    "license__title",
    "license__code",
)


class OfferQuerySet(models.QuerySet["Offer"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def on_market(self) -> Self:
        """What may be shown and bought now."""
        return self.filter(
            Q(asset=None) | Q(asset__deleted_at=None, asset__moderation=ModerationState.OK),
            state=OfferState.LISTED,
            organization__suspended_at=None,
            dataset__deleted_at=None,
        )

    def datasets(self) -> Self:
        return self.filter(kind=Offer.Kind.DATASET)

    def single_items(self) -> Self:
        return self.exclude(kind=Offer.Kind.DATASET)

    def matching(self, chosen: Mapping[str, Any]) -> Self:
        """`chosen` is a valid OfferFilter's data; what is empty does not narrow."""
        plain = {
            "state": chosen.get("state"),
            "kind": chosen.get("kind"),
            "dataset__public_id": chosen.get("dataset"),
            "title__icontains": chosen.get("q"),
        }
        return self.filter(**{name: value for name, value in plain.items() if value})

    def of_listing(self, offer: "Offer") -> Self:
        """The single items of a dataset offer's dataset under its licence."""
        return self.single_items().filter(dataset=offer.dataset_id, license=offer.license_id)

    def with_card(self) -> Self:
        """With what a search result shows, and no more: it is loaded for every result of every search."""
        return self.select_related("organization", "license").only(*CARD_COLUMNS)

    def with_goods(self) -> Self:
        """With what a listing or an order needs to know of the goods."""
        return self.select_related("organization", "license", "version__manifest", "dataset", "asset")


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
    label_text = models.TextField(blank=True, help_text="Class names, one a line, the most frequent first")
    words = models.GeneratedField(
        expression=SearchVector("title", weight="A", config=TEXT_LANGUAGE)
        + SearchVector("label_text", weight="B", config=TEXT_LANGUAGE)
        + SearchVector("description", weight="C", config=TEXT_LANGUAGE),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    facets = ArrayField(models.CharField(max_length=120), default=list, help_text="See marketplace.rules.facets")
    draw = models.PositiveSmallIntegerField(
        default=new_draw, help_text="Those that drew 0 are the random sample that counts stand on"
    )
    sample = ArrayField(models.PositiveIntegerField(), default=list, help_text="Manifest positions a visitor sees")
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
            GinIndex(fields=["words", "facets"], name="offer_words", condition=Q(state="listed"), fastupdate=False),
            GinIndex(
                fields=["words", "facets"],
                name="offer_words_sample",
                condition=Q(state="listed", draw=0),
                fastupdate=False,
            ),
            models.Index(fields=["-listed_at"], condition=Q(state="listed", draw=0), name="offer_sample_newest"),
            models.Index(fields=["-listed_at", "-id"], condition=Q(state="listed"), name="offer_newest"),
            models.Index(fields=["price_minor", "id"], condition=Q(state="listed"), name="offer_cheapest"),
            models.Index(fields=["-sold_count", "-id"], condition=Q(state="listed"), name="offer_most_sold"),
            models.Index(fields=["item_count"], condition=Q(state="listed"), name="offer_size"),
            models.Index(fields=["organization", "-id"], name="offer_by_organization"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def labels(self) -> list[str]:
        return self.label_text.splitlines()

    @property
    def is_dataset(self) -> bool:
        return self.kind == self.Kind.DATASET

    @property
    def price_written(self) -> str:
        """The price in whole units, as a form takes it: 12.50."""
        return str(major(self.price_minor, self.currency))

    def get_absolute_url(self) -> str:
        return reverse(f"marketplace:{'dataset' if self.is_dataset else 'item'}", args=[self.public_id])

    @property
    def manifest_id(self) -> int:
        """The manifest that is sold, or that the single item is taken from. Needs `version` loaded."""
        manifest_id = self.version.manifest_id
        if manifest_id is None:
            raise ValueError("only a released version is offered")
        return manifest_id


class CartLineQuerySet(models.QuerySet["CartLine"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def with_goods(self) -> Self:
        goods = ("organization", "license", "version__manifest", "dataset", "asset")
        return self.select_related(*(f"offer__{name}" for name in goods))

    def in_currency(self, currency: str) -> Self:
        return self.filter(offer__currency=currency)


class CartLine(models.Model):
    """An offer somebody means to buy, with the price as it was then."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="+")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    objects = CartLineQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "offer"], name="offer_once_per_cart")]

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.offer_id}"
