"""Writing labels by the ten thousand: PostgreSQL's COPY, and one statement that counts them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import F

from datasets.models import Annotation, Dataset

COLUMNS = (
    "dataset_id",
    "asset_id",
    "label_class_id",
    "kind",
    "geometry",
    "attributes",
    "confidence",
    "provenance",
    "created_by_id",
    "created_at",
    "upload_id",
)
COPY = f"COPY datasets_annotation ({', '.join(COLUMNS)}) FROM STDIN"
COUNT = """
UPDATE datasets_datasetitem item
SET annotation_count = annotation_count + new.labels,
    revision = revision + (new.labels > 0)::int,
    split = coalesce(nullif(new.split, ''), item.split)
FROM unnest(%s::bigint[], %s::int[], %s::text[]) AS new (id, labels, split)
WHERE item.id = new.id
"""


@dataclass
class Gain:
    """What an item gets: how many labels, and a split unless it is empty."""

    item_id: int
    labels: int = 0
    split: str = ""


def insert_annotations(rows: Iterable[Annotation]) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in rows:
            copy.write_row([_value(row, column) for column in COLUMNS])


def _value(row: Annotation, column: str) -> object:
    value: object = getattr(row, column)
    return json.dumps(value) if isinstance(value, dict) else value


def count(dataset: Dataset, gains: Sequence[Gain]) -> None:
    """Add up what the items and their dataset gained."""
    with connection.cursor() as cursor:
        columns = zip(*((gain.item_id, gain.labels, gain.split) for gain in gains), strict=True)
        cursor.execute(COUNT, [list(column) for column in columns])
    total = sum(gain.labels for gain in gains)
    Dataset.objects.filter(pk=dataset.pk).update(annotation_count=F("annotation_count") + total)
