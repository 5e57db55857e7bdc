"""A buyer's collections of what they bought, and the archives made from them."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel
from datasets.formats.registry import FORMATS
from jobs.models import Job
from licensing.models import Grant, ended_because


class ProjectQuerySet(models.QuerySet["Project"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization, deleted_at=None)

    def with_counts(self) -> Self:
        return self.annotate(purchase_count=models.Count("grants"))

    def loose_purchases(self, organization: Organization) -> models.QuerySet[Grant]:
        """Purchases in force that no project holds, newest first."""
        held = ProjectGrant.objects.filter(project__in=Project.objects.for_organization(organization))
        loose = Grant.objects.for_organization(organization).in_force().exclude(pk__in=held.values("grant_id"))
        return loose.select_related("license", "licensor").order_by("-id")


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


class ProjectGrantQuerySet(models.QuerySet["ProjectGrant"]):
    def with_purchases(self) -> Self:
        return self.select_related(
            "grant__license", "grant__manifest", "grant__asset", "grant__licensor", "grant__revocation"
        )

    def in_force(self) -> Self:
        return self.filter(grant__in=Grant.objects.in_force())


class ProjectGrant(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="grants")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    objects = ProjectGrantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "grant"], name="grant_once_per_project")]

    def __str__(self) -> str:
        return f"{self.project_id}: {self.grant_id}"


AS_IMPORTED = "imported"


class ArchiveState(models.TextChoices):
    BUILDING = "building", _("Being prepared")
    READY = "ready", _("Ready")


class Archive(PublicModel):
    """A zip of exact content in one format. The same purchases in the same format share one, byte for byte."""

    content_key = models.CharField(max_length=64, unique=True, help_text="SHA-256 over grants' content and format")
    format = models.CharField(max_length=12)
    parts = models.JSONField(default=list, help_text="What to pack, frozen: see projects.rules.contents")
    state = models.CharField(max_length=10, choices=ArchiveState.choices, default=ArchiveState.BUILDING)
    storage_key = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    byte_size = models.BigIntegerField(default=0)
    item_count = models.PositiveIntegerField(default=0)
    dropped = models.JSONField(default=dict)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.content_key[:12]

    @property
    def format_title(self) -> str:
        return str(_("As imported")) if self.format == AS_IMPORTED else FORMATS[self.format].title

    @property
    def losses(self) -> list[tuple[str, int]]:
        """What its format could not carry of the labels, as sentences, and how often."""
        written = [FORMATS[part["format"]] for part in self.parts]
        sentences = {loss.code: loss.sentence for form in written for loss in form.losses}
        return [(sentences.get(code, code), count) for code, count in sorted(self.dropped.items())]

    @property
    def is_packing(self) -> bool:
        return self.state == ArchiveState.BUILDING and self.job is not None and self.job.is_active

    @property
    def problem(self) -> str:
        """Why packing ended without an archive, or empty."""
        if self.state == ArchiveState.READY or self.is_packing or self.job is None:
            return ""
        return str(self.job.error.get("message") or _("Packing was stopped. Ask for the download again."))


class IsAmong(models.Func):
    """Whether a value is in an array; unlike `contains` it uses the value's index."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = models.BooleanField()


class DownloadQuerySet(models.QuerySet["Download"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(project__organization=organization)

    def with_archives(self) -> Self:
        """With what a download's row shows: also the first of its licences that ended, and why."""
        ended = Grant.objects.filter(IsAmong("pk", OuterRef("grant_ids"))).ended().order_by("pk")
        return self.select_related("archive__job", "project", "requested_by").annotate(
            ended_title=Subquery(ended.values("title")[:1]),
            ended_at=Subquery(ended.values("expires_at")[:1]),
            revoked_because=Subquery(ended.values("revocation__reason")[:1]),
        )


class Download(PublicModel):
    """One request for a project's content in a format; several may lead to one archive."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="downloads")
    archive = models.ForeignKey(Archive, on_delete=models.PROTECT, related_name="+")
    grant_ids = ArrayField(models.BigIntegerField(), help_text="Every licence it rests on; one revoked closes it")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    ended_title: str | None  # set by DownloadQuerySet.with_archives
    ended_at: datetime | None
    revoked_because: str | None

    objects = DownloadQuerySet.as_manager()

    def __str__(self) -> str:
        return self.public_id

    @property
    def closed_because(self) -> str:
        """Why it may no longer be fetched; empty while it may. Needs `with_archives`."""
        if not getattr(self, "ended_title", None):
            return ""
        message = _("The licence for “%(title)s” has ended: %(reason)s. Make a new download without it.")
        return message % {"title": self.ended_title, "reason": ended_because(self.ended_at, self.revoked_because)}
