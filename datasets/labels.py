"""Labels as plain data between the forms they take: what a person sends, what a row holds, what the record keeps."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from datasets.models import Annotation, Asset, DatasetItem, LabelClass, Provenance
from datasets.rules import geometry
from datasets.rules.manifest import canonical

MOST_LABELS = 20_000
MOST_ATTRIBUTES = 50
LONGEST_VALUE = 1_000


@dataclass(frozen=True)
class Label:
    """A label as sent: `label_class` is a class's public id, geometry is in pixels of the upright image."""

    label_class: str
    kind: str
    geometry: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)

    def key(self) -> str:
        """Two labels that say the same have the same key."""
        return canonical([self.label_class, self.kind, self.geometry, self.attributes])


def key_of(row: Annotation) -> str:
    return Label(row.label_class.public_id, row.kind, row.geometry, row.attributes).key()


def checked(labels: Sequence[Label], asset: Asset, classes: dict[str, LabelClass]) -> list[Label]:
    """The labels in normal form, each tag once; Invalid names the first one that cannot be kept."""
    if len(labels) > MOST_LABELS:
        raise Invalid(_("An image holds at most %d labels.") % MOST_LABELS, field="annotations")
    kept = [_checked(label, asset, classes, f"annotations.{index}") for index, label in enumerate(labels)]
    tags = {label.label_class: label for label in kept if label.kind == "tag"}
    return [*tags.values(), *(label for label in kept if label.kind != "tag")]


def _checked(label: Label, asset: Asset, classes: dict[str, LabelClass], where: str) -> Label:
    if label.label_class not in classes:
        raise Invalid(_("This dataset has no such class. Reload to see its classes."), field=f"{where}.class")
    try:
        kept = geometry.validate(label.kind, label.geometry, asset.width, asset.height)
    except geometry.GeometryError as error:
        raise Invalid(error.message, field=f"{where}.{error.field}") from error
    return Label(label.label_class, label.kind, kept, checked_attributes(label.attributes, f"{where}.attributes"))


def checked_attributes(attributes: dict[str, Any], where: str) -> dict[str, Any]:
    if len(attributes) > MOST_ATTRIBUTES:
        raise Invalid(_("A label holds at most %d attributes.") % MOST_ATTRIBUTES, field=where)
    for name, value in attributes.items():
        plain = value is None or isinstance(value, str | int | float | bool)
        if not plain or len(str(value)) > LONGEST_VALUE or not 0 < len(name) <= 100:
            raise Invalid(_("An attribute is a short text, a number, or true or false."), field=f"{where}.{name}")
    return attributes


def difference(rows: Iterable[Annotation], wanted: Iterable[Label]) -> tuple[list[Label], list[Annotation]]:
    """What must be added and which rows must go. Rows that say what is wanted stay, and keep their origin."""
    rows, wanted = list(rows), list(wanted)
    staying = matching(rows, wanted)
    present = Counter(key_of(row) for row in staying)
    added = []
    for label in wanted:
        key = label.key()
        if present[key] > 0:
            present[key] -= 1
        else:
            added.append(label)
    stays = {row.pk for row in staying}
    return added, [row for row in rows if row.pk not in stays]


def matching(rows: Iterable[Annotation], sought: Iterable[Label]) -> list[Annotation]:
    """The rows that say what is sought, each sought label matched once."""
    left = Counter(label.key() for label in sought)
    found = []
    for row in rows:
        key = key_of(row)
        if left[key] > 0:
            left[key] -= 1
            found.append(row)
    return found


def recorded(row: Annotation) -> dict[str, Any]:
    """A label with where it came from, as the record of changes keeps it."""
    return {
        "class": row.label_class.public_id,
        "kind": row.kind,
        "geometry": row.geometry,
        "attributes": row.attributes,
        "confidence": row.confidence,
        "provenance": row.provenance,
        "created_by": row.created_by_id,
        "created_at": row.created_at.isoformat(),
        "upload": row.upload_id,
    }


def from_record(entry: dict[str, Any]) -> Label:
    return Label(entry["class"], entry["kind"], entry["geometry"], entry["attributes"])


def by_hand(label: Label, item: DatasetItem, label_class: LabelClass, actor_id: int) -> Annotation:
    return Annotation(
        dataset_id=item.dataset_id,
        asset_id=item.asset_id,
        label_class=label_class,
        kind=label.kind,
        geometry=label.geometry,
        attributes=label.attributes,
        provenance=Provenance.PRODUCER,
        created_by_id=actor_id,
    )


def restore_origin(row: Annotation, entry: dict[str, Any]) -> None:
    """Give a label that comes back what was known of it when it went."""
    row.provenance, row.confidence = entry["provenance"], entry["confidence"]
    row.created_by_id, row.upload_id = entry["created_by"], entry["upload"]
    row.created_at = datetime.fromisoformat(entry["created_at"])
