"""Media, the labels on it, and the frozen versions that are sold.

Geometry is absolute pixels of the upright image. A kind of annotation is declared in `datasets.rules`.
"""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pgvector.django import VectorField

from accounts.models import Organization
from core.models import PublicModel
from jobs.models import Job


class LabelSchema(PublicModel):
    """The classes a dataset is labelled with. Each class keeps its colour for good."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)

    def __str__(self) -> str:
        return self.name


class LabelClass(PublicModel):
    schema = models.ForeignKey(LabelSchema, on_delete=models.CASCADE, related_name="classes")
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(default=0)
    color_index = models.PositiveSmallIntegerField(default=0, help_text="0 to 19 in the colour sequence")
    shortcut = models.CharField(_("key"), max_length=1, blank=True, help_text="The key that chooses it, or none")
    skeleton = models.JSONField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["schema", "name"], name="one_class_per_name"),
            models.UniqueConstraint(fields=["schema", "shortcut"], condition=~Q(shortcut=""), name="one_class_per_key"),
            models.CheckConstraint(condition=Q(color_index__lt=20), name="class_color_known"),
        ]

    def __str__(self) -> str:
        return self.name


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization, deleted_at=None)


class Dataset(PublicModel):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(max_length=80)
    description = models.TextField(_("description"), max_length=10_000, blank=True)
    schema = models.ForeignKey(LabelSchema, on_delete=models.PROTECT, related_name="datasets")
    item_count = models.PositiveIntegerField(default=0)
    annotation_count = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "slug"], condition=Q(deleted_at=None), name="one_dataset_per_slug"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ModerationState(models.TextChoices):
    OK = "ok", _("Shown")
    HIDDEN = "hidden", _("Hidden by a moderator")


class AssetQuerySet(models.QuerySet["Asset"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization, deleted_at=None)


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


class Split(models.TextChoices):
    NONE = "", _("No split")
    TRAIN = "train", _("Train")
    VALIDATION = "val", _("Validation")
    TEST = "test", _("Test")


class DatasetItem(models.Model):
    """An asset's place in a dataset."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="items")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="items")
    name = models.CharField(max_length=500, help_text="File name in the dataset, as its makers know it")
    split = models.CharField(max_length=5, choices=Split.choices, default=Split.NONE, blank=True)
    annotation_count = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0, help_text="Raised by each change of its labels")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "asset"], name="asset_once_per_dataset")]
        indexes = [
            models.Index(fields=["dataset", "-id"], name="item_by_dataset"),
            models.Index(fields=["dataset", "name"], name="item_by_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Provenance(models.TextChoices):
    PRODUCER = "producer", _("By hand")
    IMPORT = "import", _("Imported")
    CROWD = "crowd", _("Crowd consensus")
    MODEL = "model", _("Model")


class Annotation(models.Model):
    """One label on one asset in one dataset. `kind` is a name in the registry of `datasets.rules.kinds`."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="annotations")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="annotations")
    label_class = models.ForeignKey(LabelClass, on_delete=models.PROTECT, related_name="annotations")
    kind = models.CharField(max_length=12)
    geometry = models.JSONField(default=dict)
    attributes = models.JSONField(default=dict)
    confidence = models.FloatField(null=True, blank=True)
    provenance = models.CharField(max_length=10, choices=Provenance.choices)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    upload = models.ForeignKey("Upload", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__gte=0, confidence__lte=1),
                name="confidence_is_a_share",
            )
        ]
        indexes = [
            models.Index(fields=["dataset", "asset"], name="annotation_by_asset"),
            models.Index(fields=["dataset", "label_class"], name="annotation_by_class"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.label_class_id}"


class LabelChange(models.Model):
    """One saved change of an item's labels: what went, what came, by whom. Never changed afterwards.

    `added` and `removed` hold labels as `datasets.labels.recorded` writes them, with where each came from.
    """

    item = models.ForeignKey(DatasetItem, on_delete=models.CASCADE, related_name="changes")
    revision = models.PositiveIntegerField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    added = models.JSONField(default=list)
    removed = models.JSONField(default=list)
    undoes = models.PositiveIntegerField(null=True, blank=True, help_text="The revision that this one took back")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "revision"], name="one_change_per_revision")]

    def __str__(self) -> str:
        return f"{self.item_id} r{self.revision}"


class UploadState(models.TextChoices):
    OPEN = "open", _("Receiving files")
    INGESTING = "ingesting", _("Being read")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class UploadQuerySet(models.QuerySet["Upload"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)


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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "name", "code"], name="one_outcome_per_name_and_code")]
        indexes = [models.Index(fields=["upload", "result", "id"], name="outcome_by_result")]

    def __str__(self) -> str:
        return f"{self.name}: {self.result}"


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
        return f"{self.dataset_id} v{self.number}"
