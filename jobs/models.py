"""Durable background work. The row is the truth; Celery only carries its id."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Organization
from accounts.permissions import Capability
from core.models import PublicModel
from jobs import registry


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


ACTIVE = (JobState.QUEUED, JobState.RUNNING)


class JobQuerySet(models.QuerySet["Job"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def active(self) -> Self:
        return self.filter(state__in=ACTIVE)

    def steerable_by(self, membership: Membership) -> Self:
        """Jobs the member may cancel or retry: their own, or all for those who work on the media."""
        mine = self.for_organization(membership.organization)
        return mine if membership.can(Capability.EDIT_MEDIA) else mine.filter(created_by=membership.user)

    def about(self, subject: str) -> Self:
        return self.filter(subject=subject)


class Job(PublicModel):
    kind = models.CharField(max_length=60)
    organization = models.ForeignKey(Organization, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    subject = models.CharField(max_length=60, blank=True, help_text="What it works on, such as dataset:k3v…")
    arguments = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=120, blank=True)

    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True, blank=True)
    message = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict, blank=True)
    error = models.JSONField(default=dict, blank=True)

    attempt = models.PositiveIntegerField(default=0, help_text="Raised at each start; only its holder may write.")
    tries_left = models.PositiveSmallIntegerField(default=3)
    not_before = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"],
                condition=~Q(dedupe_key="") & Q(state__in=["queued", "running"]),
                name="one_active_job_per_dedupe_key",
            ),
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="job_by_organization"),
            models.Index(fields=["subject", "-id"], name="job_by_subject"),
            models.Index(fields=["not_before"], condition=Q(state__in=["queued", "running"]), name="job_active"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id} ({self.state})"

    @property
    def title(self) -> str:
        return str(registry.kind(self.kind).title) if self.kind in registry.kinds() else self.kind

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def rate(self) -> float:
        """Items a second since the start of this attempt; 0 before the first."""
        if not self.started_at or not self.progress_done:
            return 0.0
        seconds = ((self.finished_at or timezone.now()) - self.started_at).total_seconds()
        return self.progress_done / seconds if seconds > 0 else 0.0

    @property
    def seconds_left(self) -> int | None:
        """An estimate from the rate so far; None while there is nothing to go by."""
        if not self.progress_total or not self.rate or not self.is_active:
            return None
        return round(max(self.progress_total - self.progress_done, 0) / self.rate)
