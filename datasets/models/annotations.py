"""Labels, where each came from, and how they changed. Geometry is absolute pixels of the upright image."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from datasets.models.assets import Asset
from datasets.models.datasets import Dataset, DatasetItem
from datasets.models.schemas import LabelClass


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
