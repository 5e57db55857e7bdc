"""What a buyer may do, as versioned data, and the immutable record that they may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel
from datasets.models import Asset, Dataset, DatasetItem, Manifest, ManifestItem
from licensing.rules.terms import Part, Terms, from_data, part_within, within


class LicenseQuerySet(models.QuerySet["License"]):
    def offered(self) -> Self:
        """The newest version of each licence, which new offers may use."""
        return self.filter(retired_at=None)

    def published(self) -> Self:
        """Every version that was ever offered: what was sold under it stays readable."""
        return self.all()

    def catalogue(self) -> Self:
        """What is offered, our own before open ones, in the order they were written down."""
        return self.offered().alias(is_open=Q(preset="open")).order_by("is_open", "pk")

    def at_least(self, terms: Terms) -> list[int]:
        """Keys of the licences that allow all that `terms` allow. There are few licences: compared here, not in SQL."""
        return [license_.pk for license_ in self.all() if within(terms, license_.as_terms)]

    def beyond(self, terms: Terms) -> list[int]:
        """Keys of the licences that allow something that `terms` do not."""
        return [license_.pk for license_ in self.all() if not within(license_.as_terms, terms)]

    def narrower_than(self, part: Part, name: str) -> list[int]:
        """Keys of the licences whose part `name` (images or labels) does not allow all that `part` allows."""
        return [license_.pk for license_ in self.all() if not part_within(part, getattr(license_.as_terms, name))]


class License(PublicModel):
    """Licence terms as data. A change makes a new version; an old one stays as it was sold."""

    class Preset(models.TextChoices):
        EVALUATION = "evaluation", _("Evaluation")
        RESEARCH = "research", _("Research")
        COMMERCIAL_TRAINING = "commercial-training", _("Commercial training")
        OPEN = "open", _("Open")

    code = models.CharField(max_length=60, help_text="Such as research, or the SPDX id in lower case")
    version = models.PositiveIntegerField(default=1)
    preset = models.CharField(max_length=30, choices=Preset.choices)
    title = models.CharField(max_length=100)
    spdx_id = models.CharField(max_length=60, blank=True)
    url = models.URLField(blank=True, help_text="Where the text that counts is, when it is not ours")
    summary = models.CharField(max_length=300, blank=True, default="")
    terms = models.JSONField(help_text="See licensing.rules.terms")
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = LicenseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="one_text_per_license_version"),
            models.CheckConstraint(condition=~Q(preset="open") | ~Q(spdx_id=""), name="open_license_has_spdx_id"),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"

    @property
    def as_terms(self) -> Terms:
        return from_data(self.terms)

    @property
    def is_open(self) -> bool:
        return self.preset == self.Preset.OPEN

    def get_absolute_url(self) -> str:
        return reverse("licensing:license", args=[self.code, self.version])

    def newest(self) -> "License":
        return License.objects.filter(code=self.code).order_by("-version")[0]


class AssetRightsQuerySet(models.QuerySet["AssetRights"]):
    def against(self, terms: Terms) -> Self:
        """Items that may not be offered under `terms`."""
        images = License.objects.narrower_than(terms.images, "images")
        labels = License.objects.narrower_than(terms.labels, "labels")
        return self.filter(Q(license__in=images) | Q(license__in=labels, covers_labels=True))

    def for_organization(self, organization: Organization) -> Self:
        return self.filter(asset__organization=organization)

    def of_dataset(self, dataset: Dataset) -> Self:
        return self.filter(asset__in=DatasetItem.objects.filter(dataset=dataset).values("asset"))

    def counts_by_ceiling(self) -> "CeilingCounts":
        """How many images share each ceiling: two queries, whatever the number of images."""
        rows = self.order_by().values_list("license", "covers_labels").annotate(count=Count("pk"))
        terms = {found.pk: found.as_terms for found in License.objects.all()}
        return CeilingCounts([(terms[key], covers_labels, count) for key, covers_labels, count in rows])

    def of_manifest(self, manifest: Manifest, organization: Organization) -> Self:
        """The organisation's statements on a manifest's images: by content, since others may share the manifest."""
        content = ManifestItem.objects.filter(manifest=manifest).values("sha256")
        return self.for_organization(organization).filter(asset__sha256__in=content)


@dataclass(frozen=True)
class CeilingCounts:
    """(terms, whether they cover the labels too, how many images)."""

    rows: Sequence[tuple[Terms, bool, int]]

    def against(self, terms: Terms) -> int:
        """How many images may not be offered under `terms`."""
        return sum(
            count
            for limit, covers_labels, count in self.rows
            if not (part_within(terms.images, limit.images))
            or (covers_labels and not part_within(terms.labels, limit.labels))
        )


class AssetRights(models.Model):
    """The most that may be granted on an asset someone else made. No row: all rights are the producer's own."""

    asset = models.OneToOneField(Asset, on_delete=models.CASCADE, related_name="+")
    license = models.ForeignKey(License, on_delete=models.PROTECT, related_name="+")
    covers_labels = models.BooleanField(default=True, help_text="The labels came with it, under the same licence")
    origin = models.CharField(_("where it comes from"), max_length=200, blank=True)
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    stated_at = models.DateTimeField(default=timezone.now)

    objects = AssetRightsQuerySet.as_manager()

    class Meta:
        verbose_name = _("asset's rights")
        verbose_name_plural = _("asset rights")

    def __str__(self) -> str:
        return f"{self.asset_id}: {self.license_id}"


class GrantQuerySet(models.QuerySet["Grant"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def in_force(self) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revocation=None)

    def ended(self) -> Self:
        return self.filter(Q(expires_at__lte=timezone.now()) | Q(revocation__isnull=False))

    def covering_asset(self, asset: Asset) -> Self:
        inside = ManifestItem.objects.filter(asset=asset).values("manifest")
        return self.filter(Q(asset=asset) | Q(asset=None, manifest__in=inside))

    def covering_manifest(self, manifest: Manifest) -> Self:
        return self.filter(asset=None, manifest=manifest)

    def at_least(self, license_: License) -> Self:
        """Grants on terms equal to or wider than the licence's."""
        return self.filter(license__in=License.objects.at_least(license_.as_terms))


class Grant(PublicModel):
    """The licence one organisation holds on one manifest, or on one asset of it. Never changed, never deleted.

    Its foreign keys are kept by core.keys, as many are written at a time.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    licensor = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    license = models.ForeignKey(
        License, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    manifest = models.ForeignKey(Manifest, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    asset = models.ForeignKey(
        Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    source = models.CharField(max_length=60, unique=True, help_text="What it was granted for: order_line:<id>")
    title = models.CharField(max_length=120)
    terms = models.JSONField()
    text_sha256 = models.CharField(max_length=64)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    granted_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False
    )

    objects = GrantQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="grant_by_organization"),
            models.Index(fields=["organization", "asset"], name="grant_by_asset"),
            models.Index(fields=["organization", "manifest"], name="grant_by_manifest"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.public_id})"

    @property
    def ended_because(self) -> str:
        """Why it is no longer in force; empty while it is."""
        revocation = getattr(self, "revocation", None)
        return ended_because(self.expires_at, revocation.reason if revocation else None)


def ended_because(expires_at: datetime | None, revoked_because: str | None) -> str:
    if revoked_because:
        return revoked_because
    if expires_at and expires_at <= timezone.now():
        return _("it ran until %(day)s") % {"day": date_format(expires_at, "j M Y")}
    return ""


class Revocation(models.Model):
    """The end of a grant, added beside it: refund, lost dispute, takedown."""

    grant = models.OneToOneField(Grant, on_delete=models.PROTECT, related_name="revocation")
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.reason
