import threading

import pytest
from django.db import connection

from accounts.models import User
from accounts.tests.factories import UserFactory
from core.errors import Conflict, Invalid
from datasets.labels import Label
from datasets.models import Annotation, DatasetItem, LabelClass, Provenance
from datasets.services import annotations, items, schema
from datasets.tests.factories import AnnotationFactory, DatasetItemFactory, LabelClassFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> User:
    return UserFactory(first_name="Ana")


@pytest.fixture
def item() -> DatasetItem:
    return DatasetItemFactory()


@pytest.fixture
def rbc(item: DatasetItem) -> LabelClass:
    return LabelClassFactory(schema=item.dataset.schema, name="RBC")


def _box(label_class: LabelClass, x: float = 10, **attributes: object) -> Label:
    geometry = {"x": x, "y": 20, "width": 30, "height": 40, "rotation": 0}
    return Label(label_class.public_id, "box", geometry, attributes)


def _rows(item: DatasetItem) -> list[Annotation]:
    return list(Annotation.objects.filter(dataset=item.dataset, asset=item.asset).order_by("pk"))


def test_l7_a_box_is_saved_with_who_made_it_and_counted(item: DatasetItem, rbc: LabelClass, ana: User) -> None:
    saved = annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc)], revision=0)
    item.refresh_from_db()
    item.dataset.refresh_from_db()
    [row] = _rows(item)
    assert (row.provenance, row.created_by, row.label_class) == (Provenance.PRODUCER, ana, rbc)
    assert (saved.revision, item.revision, item.annotation_count, item.dataset.annotation_count) == (1, 1, 1, 1)


def test_labels_that_did_not_change_keep_their_origin(item: DatasetItem, rbc: LabelClass, ana: User) -> None:
    kept = AnnotationFactory(dataset=item.dataset, asset=item.asset, label_class=rbc, confidence=0.5)
    annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc), _box(rbc, x=100)])
    first, second = _rows(item)
    assert (first.pk, first.provenance, first.confidence) == (kept.pk, Provenance.IMPORT, 0.5)
    assert second.provenance == Provenance.PRODUCER


def test_saving_the_same_again_changes_nothing_whatever_revision_it_names(
    item: DatasetItem, rbc: LabelClass, ana: User
) -> None:
    for _ in range(2):
        saved = annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc)], revision=0)
        assert saved.revision == 1
    assert item.changes.count() == 1


def test_a_save_from_an_older_revision_is_refused(item: DatasetItem, rbc: LabelClass, ana: User) -> None:
    annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc)], revision=0)
    with pytest.raises(Conflict) as refusal:
        annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc, x=50)], revision=0)
    assert (refusal.value.code, refusal.value.data) == ("labels_changed", {"revision": 1})


def test_l5_a_tag_is_kept_once(item: DatasetItem, rbc: LabelClass, ana: User) -> None:
    tag = Label(rbc.public_id, "tag")
    annotations.save_annotations(item=item, actor=ana, wanted=[tag, tag])
    assert [row.kind for row in _rows(item)] == ["tag"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"label_class": "nothere"}, "annotations.1.class"),
        ({"kind": "blob"}, "annotations.1.kind"),
        ({"geometry": {"x": 630, "y": 0, "width": 100, "height": 5}}, "annotations.1.geometry"),
        ({"geometry": {"x": 0, "y": 0, "width": 0, "height": 5}}, "annotations.1.width"),
        ({"attributes": {"a": []}}, "annotations.1.attributes.a"),
    ],
)
def test_a_bad_label_is_named_and_nothing_is_saved(
    item: DatasetItem, rbc: LabelClass, ana: User, change: dict[str, object], field: str
) -> None:
    good = _box(rbc)
    bad = Label(**{**vars(good), **change})
    with pytest.raises(Invalid) as refusal:
        annotations.save_annotations(item=item, actor=ana, wanted=[good, bad])
    assert refusal.value.field == field
    assert _rows(item) == []


def test_an_archived_class_takes_no_new_labels_but_keeps_its_old(item: DatasetItem, rbc: LabelClass, ana: User) -> None:
    annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc)])
    schema.archive_class(label_class=rbc, actor=ana)
    other = LabelClassFactory(schema=item.dataset.schema)
    annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc), _box(other)])
    with pytest.raises(Invalid, match="archived"):
        annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc), _box(rbc, x=99)])


def test_undo_brings_labels_back_with_their_origin(item: DatasetItem, rbc: LabelClass, ana: User) -> None:
    AnnotationFactory(dataset=item.dataset, asset=item.asset, label_class=rbc, confidence=0.25)
    DatasetItem.objects.update(annotation_count=1)
    annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc, x=200), _box(rbc, x=300)], revision=0)
    annotations.undo_change(item=item, actor=ana, revision=1)
    item.refresh_from_db()
    [row] = _rows(item)
    assert (row.geometry["x"], row.provenance, row.confidence) == (10, Provenance.IMPORT, 0.25)
    assert (item.annotation_count, item.revision) == (1, 2)
    assert item.changes.get(revision=2).undoes == 1


def test_a_removed_label_that_is_drawn_back_by_the_page_is_what_it_was(
    item: DatasetItem, rbc: LabelClass, ana: User
) -> None:
    AnnotationFactory(dataset=item.dataset, asset=item.asset, label_class=rbc, confidence=0.25)
    annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc, x=200)])
    annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc)])
    [row] = _rows(item)
    assert (row.provenance, row.confidence) == (Provenance.IMPORT, 0.25)


def test_undo_only_takes_back_the_latest_change(item: DatasetItem, rbc: LabelClass, ana: User) -> None:
    with pytest.raises(Conflict) as nothing:
        annotations.undo_change(item=item, actor=ana, revision=0)
    annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc)])
    with pytest.raises(Conflict) as stale:
        annotations.undo_change(item=item, actor=ana, revision=0)
    assert (nothing.value.code, stale.value.code) == ("nothing_to_undo", "labels_changed")


def test_undo_says_when_a_class_is_gone(item: DatasetItem, rbc: LabelClass, ana: User) -> None:
    annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc)])
    annotations.save_annotations(item=item, actor=ana, wanted=[])
    schema.delete_class(label_class=rbc, actor=ana)
    with pytest.raises(Conflict) as refusal:
        annotations.undo_change(item=item, actor=ana, revision=2)
    assert refusal.value.code == "class_gone"


def test_tagging_many_items_tags_each_once_and_untagging_takes_it_off(
    item: DatasetItem, rbc: LabelClass, ana: User
) -> None:
    other: DatasetItem = DatasetItemFactory(dataset=item.dataset)
    both = [item, other]
    annotations.save_annotations(item=item, actor=ana, wanted=[Label(rbc.public_id, "tag")])
    assert items.tag_items(dataset=item.dataset, items=both, label_class=rbc, actor=ana) == 1
    item.dataset.refresh_from_db()
    assert item.dataset.annotation_count == 2
    assert items.untag_items(dataset=item.dataset, items=both, label_class=rbc, actor=ana) == 2
    item.dataset.refresh_from_db()
    other.refresh_from_db()
    assert (item.dataset.annotation_count, other.revision, other.annotation_count) == (0, 2, 0)
    assert other.changes.count() == 2


def test_split_and_removal(item: DatasetItem, rbc: LabelClass, ana: User) -> None:
    annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc)])
    dataset = item.dataset
    dataset.refresh_from_db()
    dataset.item_count = 1
    dataset.save()
    assert items.set_split(dataset=dataset, items=[item], split="train", actor=ana) == 1
    assert items.set_split(dataset=dataset, items=[item], split="train", actor=ana) == 0
    with pytest.raises(Invalid):
        items.set_split(dataset=dataset, items=[item], split="holdout", actor=ana)
    assert items.remove_items(dataset=dataset, items=[item], actor=ana) == 1
    assert items.remove_items(dataset=dataset, items=[item], actor=ana) == 0
    dataset.refresh_from_db()
    assert (dataset.item_count, dataset.annotation_count, dataset.annotations.count()) == (0, 0, 0)


def test_items_of_another_dataset_are_left_alone(item: DatasetItem, rbc: LabelClass, ana: User) -> None:
    stranger = DatasetItemFactory()
    assert items.remove_items(dataset=item.dataset, items=[stranger], actor=ana) == 0
    assert DatasetItem.objects.filter(pk=stranger.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_savers_at_once_one_wins_and_the_other_is_told(ana: User) -> None:
    item = DatasetItemFactory()
    rbc = LabelClassFactory(schema=item.dataset.schema)
    ready = threading.Barrier(2)
    outcomes: list[str] = []

    def save(x: float) -> None:
        ready.wait()
        try:
            annotations.save_annotations(item=item, actor=ana, wanted=[_box(rbc, x=x)], revision=0)
            outcomes.append("saved")
        except Conflict as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(x,)) for x in (1.0, 2.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["labels_changed", "saved"]
    assert len(_rows(item)) == 1
