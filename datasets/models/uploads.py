"""What comes in, and what became of it."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel
from datasets.models.assets import Asset
from datasets.models.datasets import Dataset
from jobs.models import Job


class UploadState(models.TextChoices):
    OPEN = "open", _("Receiving files")
    INGESTING = "ingesting", _("Being read")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class UploadQuerySet(models.QuerySet["Upload"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def of_dataset(self, dataset: Dataset) -> Self:
        return self.filter(dataset=dataset)

    def done(self) -> Self:
        """Read to the end, into datasets that are still there."""
        return self.filter(state=UploadState.DONE, dataset__deleted_at=None)

    def receiving(self) -> Self:
        return self.filter(state=UploadState.OPEN)

    def ingesting(self) -> Self:
        return self.filter(state=UploadState.INGESTING)

    def with_makers(self) -> Self:
        return self.select_related("organization", "dataset", "created_by", "job__organization", "job__created_by")


class Upload(PublicModel):
    """A batch of files on their way in: loose images, zips, a labelled dataset in some format."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="uploads")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    format = models.CharField(max_length=12, blank=True, help_text="A format id, or empty to find out")
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.OPEN)
    file_count = models.PositiveIntegerField(default=0)
    byte_size = models.BigIntegerField(default=0)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    report = models.JSONField(default=dict, help_text="Counts by outcome")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = UploadQuerySet.as_manager()

    def __str__(self) -> str:
        return self.public_id


class UploadFile(PublicModel):
    """One received file, kept under a key of ours until it is read."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=400)
    byte_size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    staging_key = models.CharField(max_length=200, blank=True, help_text="Empty once the bytes are removed")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "name"], name="one_file_per_name")]

    def __str__(self) -> str:
        return self.name


class UploadOutcomeQuerySet(models.QuerySet["UploadOutcome"]):
    def about_files(self) -> Self:
        return self.filter(about=UploadOutcome.About.FILE)

    def with_assets(self) -> Self:
        return self.select_related("asset")

    def of_result(self, result: str) -> Self:
        """All of them when `result` is empty or unknown."""
        return self.filter(result=result) if result in UploadOutcome.Result.values else self.all()


class UploadOutcome(models.Model):
    """What became of one image or label row: the report a producer reads, one line each."""

    class Result(models.TextChoices):
        ADDED = "added", _("Added")
        DUPLICATE = "duplicate", _("Already here")
        REJECTED = "rejected", _("Not kept")
        WARNING = "warning", _("Kept, with a note")

    class About(models.TextChoices):
        FILE = "file", _("File")
        LABEL = "label", _("Label")

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="outcomes")
    about = models.CharField(max_length=5, choices=About.choices, default=About.LABEL)
    name = models.CharField(max_length=1000)
    result = models.CharField(max_length=10, choices=Result.choices)
    code = models.CharField(max_length=40, blank=True)
    message = models.CharField(max_length=300, blank=True)
    asset = models.ForeignKey(Asset, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = UploadOutcomeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "name", "code"], name="one_outcome_per_name_and_code")]
        indexes = [models.Index(fields=["upload", "result", "id"], name="outcome_by_result")]

    def __str__(self) -> str:
        return f"{self.name}: {self.result}"
