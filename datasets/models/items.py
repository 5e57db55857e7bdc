"""The media in a dataset, its labels, where each came from, and how they changed.

Geometry is absolute pixels of the upright image.
"""

from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from datasets.models.assets import Asset
from datasets.models.datasets import Dataset
from datasets.models.schemas import LabelClass


class Split(models.TextChoices):
    NONE = "", _("No split")
    TRAIN = "train", _("Train")
    VALIDATION = "val", _("Validation")
    TEST = "test", _("Test")


class DatasetItemQuerySet(models.QuerySet["DatasetItem"]):
    def with_assets(self) -> Self:
        return self.select_related("asset")

    def in_live_datasets(self) -> Self:
        return self.filter(dataset__deleted_at=None)

    def labelled(self) -> Self:
        return self.filter(annotation_count__gt=0)

    def unlabelled(self) -> Self:
        return self.filter(annotation_count=0)

    def carrying(self, labels: "models.QuerySet[Annotation]") -> Self:
        """Those with at least one of the labels."""
        return self.filter(Exists(labels.filter(dataset=OuterRef("dataset"), asset=OuterRef("asset"))))

    def behind(self, item: "DatasetItem") -> Self:
        """Those after the item in order of names, the next first."""
        return self.filter(Q(name__gt=item.name) | Q(name=item.name, pk__gt=item.pk)).order_by("name", "pk")

    def ahead_of(self, item: "DatasetItem") -> Self:
        """Those before the item in order of names, the nearest first."""
        return self.filter(Q(name__lt=item.name) | Q(name=item.name, pk__lt=item.pk)).order_by("-name", "-pk")


class DatasetItem(models.Model):
    """An asset's place in a dataset."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="items")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="items")
    name = models.CharField(max_length=500, help_text="File name in the dataset, as its makers know it")
    split = models.CharField(max_length=5, choices=Split.choices, default=Split.NONE, blank=True)
    annotation_count = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0, help_text="Raised by each change of its labels")
    added_at = models.DateTimeField(default=timezone.now)

    objects = DatasetItemQuerySet.as_manager()

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


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def of_items(self, items: "Iterable[DatasetItem]") -> Self:
        """Labels of items of one dataset, whose queryset this is."""
        return self.filter(asset_id__in=[item.asset_id for item in items])

    def with_origins(self) -> Self:
        return self.select_related("label_class", "created_by", "upload")

    def first_of_each(self, most: int) -> Self:
        """At most so many labels of each asset."""
        place = Window(RowNumber(), partition_by=F("asset_id"), order_by="pk")
        return self.annotate(place=place).filter(place__lte=most)


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

    objects = AnnotationQuerySet.as_manager()

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
