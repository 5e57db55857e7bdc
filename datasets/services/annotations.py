"""Labelling by hand: saving what is on an image, and taking it back."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import User
from core import audit
from core.errors import Conflict, Invalid
from datasets import labels
from datasets.labels import Label
from datasets.models import Annotation, Dataset, DatasetItem, LabelChange, LabelClass

audit.phrases(
    {
        "labels.saved": _l("changed the labels of an image"),
    }
)

REMEMBERED_CHANGES = 50


def save_annotations(
    *, item: DatasetItem, actor: User, wanted: Sequence[Label], revision: int | None = None
) -> DatasetItem:
    """Make the item's labels exactly `wanted`; labels that did not change keep their origin.

    With `revision`, the caller's labels started from that revision: Conflict when someone changed them since.
    Sending again what is already there changes nothing, so a retry after a lost answer is safe.
    """
    with transaction.atomic():
        held = _held(item)
        classes = _classes(held.dataset)
        kept = labels.checked(wanted, held.asset, classes)
        added, gone = labels.difference(_rows(held), kept)
        if added or gone:
            _refuse_stale(held, revision)
            _refuse_archived(added, classes)
            _apply(held, actor, added, gone, classes)
        return held


def undo_change(*, item: DatasetItem, actor: User, revision: int) -> DatasetItem:
    """Take back the latest change, which must be `revision`; the undoing is itself recorded."""
    with transaction.atomic():
        held = _held(item)
        _refuse_stale(held, revision)
        change = held.changes.filter(revision=revision).first()
        if change is None:
            raise Conflict(_("There is no change to take back."), code="nothing_to_undo")
        classes = _classes(held.dataset)
        returned = [labels.from_record(entry) for entry in change.removed]
        if any(label.label_class not in classes for label in returned):
            raise Conflict(_("A class of those labels is gone, so they cannot come back."), code="class_gone")
        taken = labels.matching(_rows(held), [labels.from_record(entry) for entry in change.added])
        _apply(held, actor, returned, taken, classes, undoes=revision)
        return held


def _held(item: DatasetItem) -> DatasetItem:
    """The item, locked until the transaction ends, so that two savers take turns."""
    rows = DatasetItem.objects.select_related("dataset__organization", "asset")
    return rows.select_for_update(of=("self",)).get(pk=item.pk)


def _rows(item: DatasetItem) -> list[Annotation]:
    found = Annotation.objects.filter(dataset_id=item.dataset_id, asset_id=item.asset_id)
    return list(found.select_related("label_class").order_by("pk"))


def _classes(dataset: Dataset) -> dict[str, LabelClass]:
    return {found.public_id: found for found in LabelClass.objects.filter(schema_id=dataset.schema_id)}


def _refuse_stale(held: DatasetItem, revision: int | None) -> None:
    if revision is not None and revision != held.revision:
        message = _("Someone else changed these labels. Reload to see them; nothing of theirs was overwritten.")
        raise Conflict(message, code="labels_changed", data={"revision": held.revision})


def _refuse_archived(added: Sequence[Label], classes: dict[str, LabelClass]) -> None:
    for label in added:
        if classes[label.label_class].archived_at:
            name = classes[label.label_class].name
            raise Invalid(_("%s is archived. Restore it to use it again.") % name, field="annotations")


def _apply(
    held: DatasetItem,
    actor: User,
    added: Sequence[Label],
    gone: Sequence[Annotation],
    classes: dict[str, LabelClass],
    undoes: int | None = None,
) -> None:
    rows = [labels.by_hand(label, held, classes[label.label_class], actor.pk) for label in added]
    _recover_origins(held, rows)
    Annotation.objects.filter(pk__in=[row.pk for row in gone]).delete()
    Annotation.objects.bulk_create(rows, batch_size=1_000)
    held.revision += 1
    held.annotation_count += len(rows) - len(gone)
    held.save(update_fields=["revision", "annotation_count"])
    Dataset.objects.filter(pk=held.dataset_id).update(annotation_count=F("annotation_count") + len(rows) - len(gone))
    LabelChange.objects.create(
        item=held,
        revision=held.revision,
        actor=actor,
        added=[labels.recorded(row) for row in rows],
        removed=[labels.recorded(row) for row in gone],
        undoes=undoes,
    )
    data = {"dataset": held.dataset.public_id, "added": len(rows), "removed": len(gone), "revision": held.revision}
    audit.record(
        actor=actor, organization=held.dataset.organization, verb="labels.saved", subject=held.asset, data=data
    )


def _recover_origins(held: DatasetItem, rows: Sequence[Annotation]) -> None:
    """A label that was removed and comes back, by undo in the page, is again what it was."""
    if not rows:
        return
    gone: dict[str, dict[str, Any]] = {}
    for removed in held.changes.order_by("-revision").values_list("removed", flat=True)[:REMEMBERED_CHANGES]:
        for entry in removed:
            gone.setdefault(labels.from_record(entry).key(), entry)
    for row in rows:
        entry = gone.pop(labels.key_of(row), None)
        if entry is not None:
            labels.restore_origin(row, entry)
