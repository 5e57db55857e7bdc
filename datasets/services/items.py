"""Changing many items of a dataset at once: tags, splits, leaving."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import User
from core import audit
from core.errors import Invalid
from datasets import labels
from datasets.labels import Label
from datasets.models import Annotation, Dataset, DatasetItem, LabelChange, LabelClass, Split

audit.phrases(
    {
        "items.tagged": _l("tagged images as {label_class}: {items}"),
        "items.untagged": _l("took the tag {label_class} off images: {items}"),
        "items.split": _l("moved images to another split: {items}"),
        "items.removed": _l("removed images from a dataset: {items}"),
    }
)

MOST_AT_ONCE = 1_000


def tag_items(*, dataset: Dataset, items: Sequence[DatasetItem], label_class: LabelClass, actor: User) -> int:
    """Put the tag on every item that lacks it; returns how many got it."""
    if label_class.archived_at:
        raise Invalid(_("%s is archived. Restore it to use it again.") % label_class.name, field="label_class")
    with transaction.atomic():
        held = _held(dataset, items)
        tagged = set(_tags(dataset, held, label_class).values_list("asset_id", flat=True))
        lacking = [item for item in held if item.asset_id not in tagged]
        tag = Label(label_class.public_id, "tag")
        rows = {item.pk: labels.by_hand(tag, item, label_class, actor.pk) for item in lacking}
        Annotation.objects.bulk_create(rows.values())
        _write_changes(dataset, lacking, actor, added=rows)
        _record(dataset, actor, "items.tagged", len(lacking), label_class=label_class.name)
    return len(lacking)


def untag_items(*, dataset: Dataset, items: Sequence[DatasetItem], label_class: LabelClass, actor: User) -> int:
    """Take the tag off every item that has it; returns how many had it."""
    with transaction.atomic():
        held = {item.asset_id: item for item in _held(dataset, items)}
        found = _tags(dataset, list(held.values()), label_class).select_related("label_class")
        rows = {held[row.asset_id].pk: row for row in found}
        tagged = [item for item in held.values() if item.pk in rows]
        Annotation.objects.filter(pk__in=[row.pk for row in rows.values()]).delete()
        _write_changes(dataset, tagged, actor, removed=rows)
        _record(dataset, actor, "items.untagged", len(tagged), label_class=label_class.name)
    return len(tagged)


def set_split(*, dataset: Dataset, items: Sequence[DatasetItem], split: str, actor: User) -> int:
    """Put the items into a split; the empty split takes them out of any. Returns how many changed."""
    if split not in Split.values:
        raise Invalid(_("A split is train, val, test or none."), field="split")
    with transaction.atomic():
        held = DatasetItem.objects.filter(dataset=dataset, pk__in=[item.pk for item in _bounded(items)])
        changed = held.exclude(split=split).update(split=split)
        _record(dataset, actor, "items.split", changed, split=split)
    return changed


def remove_items(*, dataset: Dataset, items: Sequence[DatasetItem], actor: User) -> int:
    """Take items and their labels out of the dataset. The media stays in the library, and released versions keep it."""
    with transaction.atomic():
        held = _held(dataset, items)
        assets = [item.asset_id for item in held]
        Annotation.objects.filter(dataset=dataset, asset_id__in=assets).delete()
        DatasetItem.objects.filter(pk__in=[item.pk for item in held]).delete()
        labels_gone = sum(item.annotation_count for item in held)
        Dataset.objects.filter(pk=dataset.pk).update(
            item_count=F("item_count") - len(held), annotation_count=F("annotation_count") - labels_gone
        )
        _record(dataset, actor, "items.removed", len(held), labels=labels_gone)
    return len(held)


def _bounded(items: Sequence[DatasetItem]) -> Sequence[DatasetItem]:
    if len(items) > MOST_AT_ONCE:
        raise Invalid(_("Choose at most %d images at once.") % MOST_AT_ONCE, field="items")
    return items


def _held(dataset: Dataset, items: Sequence[DatasetItem]) -> list[DatasetItem]:
    """Locked in one order, so that two callers never wait for each other."""
    chosen = DatasetItem.objects.filter(dataset=dataset, pk__in=[item.pk for item in _bounded(items)])
    return list(chosen.order_by("pk").select_for_update())


def _tags(dataset: Dataset, items: Sequence[DatasetItem], label_class: LabelClass) -> QuerySet[Annotation]:
    assets = [item.asset_id for item in items]
    return Annotation.objects.filter(dataset=dataset, asset_id__in=assets, label_class=label_class, kind="tag")


def _write_changes(
    dataset: Dataset,
    items: Sequence[DatasetItem],
    actor: User,
    *,
    added: Mapping[int, Annotation] | None = None,
    removed: Mapping[int, Annotation] | None = None,
) -> None:
    """Raise each item's revision, keep what changed, and count: every item gained or lost one label."""
    step = 1 if added else -1
    chosen = DatasetItem.objects.filter(pk__in=[item.pk for item in items])
    chosen.update(revision=F("revision") + 1, annotation_count=F("annotation_count") + step)
    Dataset.objects.filter(pk=dataset.pk).update(annotation_count=F("annotation_count") + step * len(items))
    LabelChange.objects.bulk_create(
        LabelChange(
            item=item,
            revision=item.revision + 1,
            actor=actor,
            added=[labels.recorded(added[item.pk])] if added else [],
            removed=[labels.recorded(removed[item.pk])] if removed else [],
        )
        for item in items
    )


def _record(dataset: Dataset, actor: User, verb: str, count: int, **data: object) -> None:
    audit.record(
        actor=actor, organization=dataset.organization, verb=verb, subject=dataset, data={"items": count, **data}
    )
