"""Labels of many items in one query."""

from collections.abc import Sequence

from datasets.models import Annotation, DatasetItem


def labels_of(items: Sequence[DatasetItem], most: int | None = None) -> dict[int, list[Annotation]]:
    """The labels of items of one dataset, by asset, in the order they were made; of each at most `most`."""
    grouped: dict[int, list[Annotation]] = {}
    if items:
        rows = items[0].dataset.annotations.of_items(items).with_origins().order_by("pk")
        for row in rows.first_of_each(most) if most else rows:
            grouped.setdefault(row.asset_id, []).append(row)
    return grouped
