"""A buyer's collections of what they bought, and the archives made from them."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel
from jobs.models import Job
from licensing.models import Grant


class ProjectQuerySet(models.QuerySet["Project"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization, deleted_at=None)


class Project(PublicModel):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], condition=Q(deleted_at=None), name="one_project_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ProjectGrant(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="grants")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "grant"], name="grant_once_per_project")]

    def __str__(self) -> str:
        return f"{self.project_id}: {self.grant_id}"


class ArchiveState(models.TextChoices):
    BUILDING = "building", _("Being prepared")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class Archive(PublicModel):
    """A zip of exact content in one format. The same purchases in the same format share one, byte for byte."""

    content_key = models.CharField(max_length=64, unique=True, help_text="SHA-256 over grants' content and format")
    format = models.CharField(max_length=12)
    state = models.CharField(max_length=10, choices=ArchiveState.choices, default=ArchiveState.BUILDING)
    storage_key = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    byte_size = models.BigIntegerField(default=0)
    item_count = models.PositiveIntegerField(default=0)
    dropped = models.JSONField(default=dict)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.content_key[:12]


class DownloadQuerySet(models.QuerySet["Download"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(project__organization=organization)


class Download(PublicModel):
    """One request for a project's content in a format; several may lead to one archive."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="downloads")
    archive = models.ForeignKey(Archive, on_delete=models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = DownloadQuerySet.as_manager()

    def __str__(self) -> str:
        return self.public_id
