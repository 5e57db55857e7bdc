"""What a buyer may do, as versioned data, and the immutable record that they may."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel
from datasets.models import Asset, Manifest


class LicenseQuerySet(models.QuerySet["License"]):
    def offered(self) -> Self:
        """The newest version of each licence, which new offers may use."""
        return self.filter(retired_at=None)


class License(PublicModel):
    """Licence terms as data. A change makes a new version; an old one stays as it was sold."""

    class Preset(models.TextChoices):
        EVALUATION = "evaluation", _("Evaluation")
        RESEARCH = "research", _("Research")
        COMMERCIAL_TRAINING = "commercial-training", _("Commercial training")
        OPEN = "open", _("Open")

    code = models.SlugField(max_length=60, help_text="Such as research, or the SPDX id in lower case")
    version = models.PositiveIntegerField(default=1)
    preset = models.CharField(max_length=30, choices=Preset.choices)
    title = models.CharField(max_length=100)
    spdx_id = models.CharField(max_length=60, blank=True)
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


class GrantQuerySet(models.QuerySet["Grant"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def in_force(self) -> Self:
        return self.filter(revocation=None)

    def covering_asset(self, asset: Asset) -> Self:
        return self.filter(Q(asset=asset) | Q(asset=None, manifest__items__asset=asset)).distinct()


class Grant(PublicModel):
    """The licence one organisation holds on one manifest, or on one asset of it. Never changed, never deleted."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    licensor = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    license = models.ForeignKey(License, on_delete=models.PROTECT, related_name="+")
    manifest = models.ForeignKey(Manifest, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=60, unique=True, help_text="What it was granted for: order_line:<id>")
    title = models.CharField(max_length=120)
    terms = models.JSONField()
    text_sha256 = models.CharField(max_length=64)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    granted_at = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = GrantQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="grant_by_organization"),
            models.Index(fields=["organization", "asset"], name="grant_by_asset"),
            models.Index(fields=["organization", "manifest"], name="grant_by_manifest"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.public_id})"


class Revocation(models.Model):
    """The end of a grant, added beside it: refund, lost dispute, takedown."""

    grant = models.OneToOneField(Grant, on_delete=models.PROTECT, related_name="revocation")
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.reason
