"""A dataset in numbers, each from one query."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, F, Max, Min, Sum
from django.urls import reverse

from datasets.models import Dataset, Provenance, Split


@dataclass(frozen=True)
class Figures:
    classes: list[dict[str, Any]]
    """Rows of the kit's bar list: label, count, color_index, href."""
    unlabelled: int
    splits: list[tuple[str, str, int]]
    """Value, word and number of items of each split in use."""
    origins: list[tuple[str, int]]
    sizes: dict[str, Any]
    """Least, most and mean sides in pixels, and bytes in all."""


def of(dataset: Dataset) -> Figures:
    return Figures(
        _classes(dataset), dataset.items.unlabelled().count(), _splits(dataset), _origins(dataset), _sizes(dataset)
    )


def _classes(dataset: Dataset) -> list[dict[str, Any]]:
    """Most used first."""
    gallery = reverse("datasets:gallery", args=[dataset.organization.slug, dataset.slug])
    counts = dict(dataset.annotations.values_list("label_class").annotate(n=Count("pk")).order_by())
    rows = [
        {
            "label": each.name,
            "count": counts.get(each.pk, 0),
            "color_index": each.color_index,
            "href": f"{gallery}?label_class={each.public_id}",
        }
        for each in dataset.schema.classes.all()
        if each.pk in counts or not each.archived_at
    ]
    return sorted(rows, key=lambda row: -row["count"])


def _splits(dataset: Dataset) -> list[tuple[str, str, int]]:
    counts = dict(dataset.items.values_list("split").annotate(n=Count("pk")).order_by())
    return [(value, str(word), counts[value]) for value, word in Split.choices if value in counts]


def _origins(dataset: Dataset) -> list[tuple[str, int]]:
    counts = dict(dataset.annotations.values_list("provenance").annotate(n=Count("pk")).order_by())
    return [(str(word), counts[value]) for value, word in Provenance.choices if value in counts]


def _sizes(dataset: Dataset) -> dict[str, Any]:
    return dataset.items.aggregate(
        least_width=Min("asset__width"),
        most_width=Max("asset__width"),
        least_height=Min("asset__height"),
        most_height=Max("asset__height"),
        megapixels=Avg(F("asset__width") * F("asset__height") / 1e6),
        byte_size=Sum("asset__byte_size"),
    )
