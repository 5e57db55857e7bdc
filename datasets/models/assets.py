"""Media: stored once per organisation."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pgvector.django import VectorField

from accounts.models import Organization
from core.models import PublicModel


class ModerationState(models.TextChoices):
    OK = "ok", _("Shown")
    HIDDEN = "hidden", _("Hidden by a moderator")


class AssetQuerySet(models.QuerySet["Asset"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization, deleted_at=None)

    def hidden(self) -> Self:
        return self.filter(moderation=ModerationState.HIDDEN)


class Asset(PublicModel):
    """One image or video, stored once per organisation: its bytes are its identity."""

    class Kind(models.TextChoices):
        IMAGE = "image", _("Image")
        VIDEO = "video", _("Video")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.IMAGE)
    original_name = models.CharField(max_length=255, help_text="As uploaded; never shown outside the organisation")
    sha256 = models.CharField(max_length=64, help_text="Of the bytes at storage_key")
    source_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the bytes as first received")
    perceptual_hash = models.BigIntegerField(null=True, blank=True)
    byte_size = models.BigIntegerField()
    media_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    storage_key = models.CharField(max_length=200, help_text="What is sold: original pixels, private metadata removed")
    thumbnail_key = models.CharField(max_length=200)
    preview_key = models.CharField(max_length=200, help_text="Reduced and watermarked: all the market shows")
    display_key = models.CharField(
        max_length=200, blank=True, help_text="For labelling pages; empty when the stored file itself is fit to show"
    )
    captured_at = models.DateTimeField(null=True, blank=True)
    location = models.JSONField(null=True, blank=True)
    embedding = VectorField(dimensions=384, null=True, blank=True)
    moderation = models.CharField(max_length=10, choices=ModerationState.choices, default=ModerationState.OK)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = AssetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "sha256"], condition=Q(deleted_at=None), name="one_asset_per_content"
            ),
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0, byte_size__gt=0), name="asset_has_size"),
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="asset_by_organization"),
            models.Index(fields=["organization", "source_sha256"], name="asset_by_source"),
            models.Index(fields=["deleted_at"], condition=~Q(deleted_at=None), name="asset_to_purge"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def format_name(self) -> str:
        """image/jpeg is JPEG to people."""
        return self.media_type.rpartition("/")[2].upper()

    @property
    def shown_key(self) -> str:
        """What its own organisation sees: large, without a watermark."""
        return self.display_key or self.storage_key


class StorageUsage(models.Model):
    """What an organisation's media takes: stored originals, and uploads still waiting to be read."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, primary_key=True, related_name="+")
    byte_size = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(byte_size__gte=0), name="usage_is_not_negative")]

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.byte_size}"
