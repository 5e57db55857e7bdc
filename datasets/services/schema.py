"""The classes of a dataset: made, renamed, put in order, archived, merged and deleted."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import User
from core import audit
from core.errors import Conflict, Invalid
from datasets.models import Annotation, Dataset, DatasetItem, LabelClass, LabelSchema
from datasets.vocabulary import COLORS, OWN_KEYS, ensure_classes

audit.phrases(
    {
        "class.created": _l("created the class {name}"),
        "class.changed": _l("changed a class"),
        "class.archived": _l("archived the class {name}"),
        "class.restored": _l("restored the class {name}"),
        "class.merged": _l("merged the class {source} into {name}"),
        "class.deleted": _l("deleted the class {name}"),
        "classes.reordered": _l("changed the order of the classes"),
    }
)

MOST_CLASSES = 5_000


def create_class(*, schema: LabelSchema, actor: User, name: str) -> LabelClass:
    """A class with the next free colour and key. Commas and spaces inside a name are part of it."""
    wanted = _tidy(name)
    with transaction.atomic():
        _lock(schema)
        _refuse_taken(schema, wanted)
        if schema.classes.count() >= MOST_CLASSES:
            raise Conflict(_("A schema holds at most %d classes.") % MOST_CLASSES, code="too_many_classes")
        created = ensure_classes(schema, {wanted: None})[wanted]
        _record(actor, "class.created", created, name=wanted)
    return created


def named_class(*, schema: LabelSchema, actor: User, name: str) -> LabelClass:
    """The class of that name, whatever its letter case; made when there is none."""
    found = schema.classes.filter(name__iexact=_tidy(name)).first()
    return found or create_class(schema=schema, actor=actor, name=name)


def change_class(
    *,
    label_class: LabelClass,
    actor: User,
    name: str | None = None,
    color_index: int | None = None,
    shortcut: str | None = None,
) -> LabelClass:
    """Change what is given. A shortcut that another class has moves here."""
    with transaction.atomic():
        _lock(label_class.schema)
        if name is not None:
            label_class.name = _tidy(name)
            _refuse_taken(label_class.schema, label_class.name, but=label_class)
        if color_index is not None:
            label_class.color_index = _known_color(color_index)
        if shortcut is not None:
            label_class.shortcut = _known_key(shortcut)
            others = label_class.schema.classes.exclude(pk=label_class.pk)
            others.filter(shortcut=label_class.shortcut).update(shortcut="")
        label_class.save(update_fields=["name", "color_index", "shortcut"])
        data = {"name": label_class.name, "color_index": label_class.color_index, "shortcut": label_class.shortcut}
        _record(actor, "class.changed", label_class, **data)
    return label_class


def reorder_classes(*, schema: LabelSchema, actor: User, order: Sequence[str]) -> None:
    """Put the classes into the order of these public ids; classes left out follow, as they were."""
    with transaction.atomic():
        _lock(schema)
        rank = {public_id: place for place, public_id in enumerate(order)}
        classes = sorted(schema.classes.all(), key=lambda each: rank.get(each.public_id, len(rank)))
        for position, each in enumerate(classes):
            each.position = position
        LabelClass.objects.bulk_update(classes, ["position"])
        audit.record(actor=actor, organization=schema.organization, verb="classes.reordered", subject=schema, data={})


def archive_class(*, label_class: LabelClass, actor: User) -> None:
    """No new labels of this class; those there are stay. Its key becomes free."""
    with transaction.atomic():
        moved = LabelClass.objects.filter(pk=label_class.pk, archived_at=None).update(
            archived_at=timezone.now(), shortcut=""
        )
        if moved:
            _record(actor, "class.archived", label_class, name=label_class.name)


def restore_class(*, label_class: LabelClass, actor: User) -> None:
    with transaction.atomic():
        moved = LabelClass.objects.filter(pk=label_class.pk).exclude(archived_at=None).update(archived_at=None)
        if moved:
            _record(actor, "class.restored", label_class, name=label_class.name)


def merge_classes(*, source: LabelClass, into: LabelClass, actor: User) -> int:
    """Give every label of `source` the class `into`, then delete `source`. Returns how many labels moved.

    An image tagged with both keeps one tag.
    """
    if source.schema_id != into.schema_id or source.pk == into.pk:
        raise Invalid(_("Choose another class of the same dataset to merge into."), field="into")
    with transaction.atomic():
        _lock(source.schema)
        _hold_items(source)
        _drop_double_tags(source, into)
        moved = Annotation.objects.filter(label_class=source).update(label_class=into)
        _record(actor, "class.merged", into, name=into.name, source=source.name, labels=moved)
        source.delete()
    return moved


def delete_class(*, label_class: LabelClass, actor: User) -> None:
    """Only a class without labels can be deleted."""
    with transaction.atomic():
        _lock(label_class.schema)
        if Annotation.objects.filter(label_class=label_class).exists():
            message = _("%s is in use. Merge it into another class, or archive it.") % label_class.name
            raise Conflict(message, code="class_in_use")
        _record(actor, "class.deleted", label_class, name=label_class.name)
        label_class.delete()


def _lock(schema: LabelSchema) -> None:
    LabelSchema.objects.select_for_update().get(pk=schema.pk)


def _tidy(name: str) -> str:
    tidy = " ".join(name.split())
    if not 0 < len(tidy) <= 100:
        raise Invalid(_("A class needs a name of 1 to 100 characters."), field="name")
    return tidy


def _refuse_taken(schema: LabelSchema, name: str, but: LabelClass | None = None) -> None:
    same = next((each for each in schema.classes.filter(name__iexact=name) if each != but), None)
    if same is not None:
        message = _("There is already a class named %s.") % same.name
        raise Conflict(message, code="class_exists", field="name", data={"class": same.public_id})


def _known_color(index: int) -> int:
    if not 0 <= index < COLORS:
        raise Invalid(_("A colour is a number from 0 to %d.") % (COLORS - 1), field="color_index")
    return index


def _known_key(key: str) -> str:
    if len(key) > 1 or not (key == "" or (key.isascii() and key.isalnum())) or key.lower() in tuple(OWN_KEYS):
        raise Invalid(_("A key is one letter or digit, but not B, F or V."), field="shortcut")
    return key.lower()


def _hold_items(label_class: LabelClass) -> None:
    """Lock the items that carry the class, and raise their revisions: an open editor must not save over the merge."""
    _items_with(Annotation.objects.filter(label_class=label_class)).update(revision=F("revision") + 1)


def _drop_double_tags(source: LabelClass, into: LabelClass) -> None:
    kept = Annotation.objects.filter(dataset=OuterRef("dataset"), asset=OuterRef("asset"), label_class=into, kind="tag")
    doubled = Annotation.objects.filter(Exists(kept), label_class=source, kind="tag")
    here = doubled.filter(dataset=OuterRef("dataset"), asset=OuterRef("asset"))
    _items_with(doubled).update(annotation_count=F("annotation_count") - _counted(here, "asset"))
    there = doubled.filter(dataset=OuterRef("pk"))
    touched = Dataset.objects.filter(Exists(there))
    touched.update(annotation_count=F("annotation_count") - _counted(there, "dataset"))
    doubled.delete()


def _items_with(rows: QuerySet[Annotation]) -> QuerySet[DatasetItem]:
    return DatasetItem.objects.filter(Exists(rows.filter(dataset=OuterRef("dataset"), asset=OuterRef("asset"))))


def _counted(rows: QuerySet[Annotation], group: str) -> Subquery:
    return Subquery(rows.order_by().values(group).annotate(n=Count("pk")).values("n"))


def _record(actor: User, verb: str, label_class: LabelClass, **data: object) -> None:
    audit.record(actor=actor, organization=label_class.schema.organization, verb=verb, subject=label_class, data=data)
