"""Datasets: media with labels of one schema."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel
from datasets.models.schemas import LabelSchema


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization, deleted_at=None)

    def totals(self) -> dict[str, int]:
        """How many datasets, with how many images and labels in all; an image in two datasets counts twice."""
        sums = self.aggregate(datasets=Count("pk"), images=Sum("item_count"), labels=Sum("annotation_count"))
        return {name: total or 0 for name, total in sums.items()}


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
