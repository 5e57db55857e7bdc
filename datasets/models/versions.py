"""Versions, frozen for good."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel
from datasets.models.assets import Asset
from datasets.models.datasets import Dataset
from datasets.models.uploads import Upload
from jobs.models import Job


class Manifest(PublicModel):
    """An immutable list of items with their labels as they stood. Its hash is its identity.

    `sha256` is the hash of the file that `datasets.rules.manifest.lines` writes of it. While it is being built it has
    "draft-…" there instead; from then on triggers of the database refuse every change.
    `classes` are {"name", "color_index", "skeleton"}; `class_counts` says how many annotations each name has.
    """

    DRAFT = "draft-"

    sha256 = models.CharField(max_length=64, unique=True)
    item_count = models.PositiveIntegerField()
    annotation_count = models.PositiveIntegerField()
    byte_size = models.BigIntegerField()
    classes = models.JSONField(default=list)
    class_counts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.sha256[:12]


class ManifestItemQuerySet(models.QuerySet["ManifestItem"]):
    def absent_from(self, other: Manifest) -> Self:
        """Those whose media the other manifest has not."""
        return self.filter(~Exists(other.items.filter(asset=OuterRef("asset"))))

    def changed_from(self, other: Manifest) -> Self:
        """Those that the other manifest has with other labels or in another split."""
        same = Q(annotations=OuterRef("annotations"), split=OuterRef("split"))
        return self.filter(Exists(other.items.filter(~same, asset=OuterRef("asset"))))


class ManifestItem(models.Model):
    """One file and its labels as sold. `name` is ours: it says nothing of who made it. Positions count from 1.

    `annotations` are those of `datasets.rules.manifest.ManifestLabel`.
    """

    manifest = models.ForeignKey(Manifest, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=200)
    media_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    byte_size = models.BigIntegerField()
    split = models.CharField(max_length=5, blank=True)
    annotations = models.JSONField(default=list)

    objects = ManifestItemQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["manifest", "position"], name="manifest_order")]
        indexes = [models.Index(fields=["manifest", "asset"], name="manifest_item_by_asset")]

    def __str__(self) -> str:
        return self.name


class VersionState(models.TextChoices):
    BUILDING = "building", _("Being frozen")
    RELEASED = "released", _("Released")
    FAILED = "failed", _("Failed")


class DatasetVersionQuerySet(models.QuerySet["DatasetVersion"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(dataset__organization=organization, dataset__deleted_at=None)

    def released(self) -> Self:
        return self.filter(state=VersionState.RELEASED)

    def with_manifests(self) -> Self:
        return self.select_related("manifest", "job__organization", "released_by")

    def import_formats(self) -> models.QuerySet["DatasetVersion", tuple[int, str | None]]:
        """Pairs of manifest id and the format its dataset was last imported in before the version; None by hand."""
        earlier = Upload.objects.filter(dataset=OuterRef("dataset"), created_at__lte=OuterRef("created_at"))
        last = earlier.exclude(format="").order_by("-id").values("format")[:1]
        return self.order_by("-id").values_list("manifest_id", Subquery(last))


class DatasetVersion(PublicModel):
    """A dataset as it stood at a moment: a number, notes, and a manifest. Never changes once released."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    notes = models.TextField(_("what changed"), max_length=2000, blank=True)
    state = models.CharField(max_length=10, choices=VersionState.choices, default=VersionState.BUILDING)
    manifest = models.ForeignKey(Manifest, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)

    objects = DatasetVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="one_version_per_number"),
            models.CheckConstraint(
                condition=~Q(state="released") | Q(manifest__isnull=False, released_at__isnull=False),
                name="released_version_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"
