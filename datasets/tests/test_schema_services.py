from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import UserFactory
from core.errors import Conflict, Invalid
from core.models import AuditEntry
from datasets.models import LabelClass, LabelSchema
from datasets.services import schema as services
from datasets.tests.factories import AnnotationFactory, DatasetItemFactory, LabelClassFactory, LabelSchemaFactory
from datasets.vocabulary import ensure_classes

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema() -> LabelSchema:
    return LabelSchemaFactory()


@pytest.fixture
def ana() -> User:
    return UserFactory(first_name="Ana")


def _names(schema: LabelSchema) -> list[str]:
    return list(schema.classes.values_list("name", flat=True))


def test_a_new_class_gets_the_next_color_key_and_place(schema: LabelSchema, ana: User) -> None:
    made = [services.create_class(schema=schema, actor=ana, name=name) for name in ("RBC", "WBC")]
    assert [(each.color_index, each.shortcut, each.position) for each in made] == [(0, "1", 0), (1, "2", 1)]


def test_x22_a_comma_is_part_of_the_name(schema: LabelSchema, ana: User) -> None:
    assert services.create_class(schema=schema, actor=ana, name="  cell,  red ").name == "cell, red"
    assert _names(schema) == ["cell, red"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_class_needs_a_name(schema: LabelSchema, ana: User, name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        services.create_class(schema=schema, actor=ana, name=name)
    assert refusal.value.field == "name"


def test_a_name_is_taken_whatever_its_case(schema: LabelSchema, ana: User) -> None:
    services.create_class(schema=schema, actor=ana, name="RBC")
    with pytest.raises(Conflict) as refusal:
        services.create_class(schema=schema, actor=ana, name="rbc")
    assert refusal.value.code == "class_exists"


def test_a_name_finds_its_class_or_makes_it(schema: LabelSchema, ana: User) -> None:
    made = services.named_class(schema=schema, actor=ana, name="RBC")
    assert services.named_class(schema=schema, actor=ana, name=" rbc ") == made


def test_the_twenty_first_class_starts_the_colors_over_without_a_key(schema: LabelSchema) -> None:
    found = ensure_classes(schema, {f"class {n}": None for n in range(21)})
    assert [found[f"class {n}"].color_index for n in (0, 19, 20)] == [0, 19, 0]
    assert [found[f"class {n}"].shortcut for n in (0, 9, 10)] == ["1", "0", ""]


def test_ensuring_classes_twice_makes_them_once(schema: LabelSchema) -> None:
    first = ensure_classes(schema, {"a": None, "b": {"points": ["nose"], "edges": []}})
    again = ensure_classes(schema, {"b": None, "a": None})
    assert {name: each.pk for name, each in again.items()} == {name: each.pk for name, each in first.items()}
    assert again["b"].skeleton == {"points": ["nose"], "edges": []}


def test_change_moves_a_key_from_its_old_class(schema: LabelSchema, ana: User) -> None:
    old = LabelClassFactory(schema=schema, shortcut="a")
    new = services.change_class(
        label_class=LabelClassFactory(schema=schema), actor=ana, name="new", color_index=7, shortcut="A"
    )
    old.refresh_from_db()
    new.refresh_from_db()
    assert (new.name, new.color_index, new.shortcut, old.shortcut) == ("new", 7, "a", "")


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("color_index", {"color_index": 20}),
        ("shortcut", {"shortcut": "F1"}),
        ("shortcut", {"shortcut": "B"}),
        ("shortcut", {"shortcut": "é"}),
    ],
)
def test_a_change_names_the_wrong_field(schema: LabelSchema, ana: User, field: str, change: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        services.change_class(label_class=LabelClassFactory(schema=schema), actor=ana, **change)
    assert refusal.value.field == field


def test_reorder_keeps_the_classes_left_out_behind(schema: LabelSchema, ana: User) -> None:
    first, second, third = (LabelClassFactory(schema=schema, name=name) for name in "abc")
    services.reorder_classes(schema=schema, actor=ana, order=[third.public_id, first.public_id])
    assert _names(schema) == ["c", "a", second.name]


def test_archive_frees_the_key_and_restore_brings_the_class_back(schema: LabelSchema, ana: User) -> None:
    old = LabelClassFactory(schema=schema, shortcut="a")
    services.archive_class(label_class=old, actor=ana)
    services.archive_class(label_class=old, actor=ana)
    old.refresh_from_db()
    assert old.archived_at is not None
    assert old.shortcut == ""
    services.restore_class(label_class=old, actor=ana)
    old.refresh_from_db()
    assert old.archived_at is None
    assert AuditEntry.objects.filter(verb="class.archived").count() == 1


def test_only_an_unused_class_can_be_deleted(schema: LabelSchema, ana: User) -> None:
    used = AnnotationFactory(dataset__schema=schema, dataset__organization=schema.organization).label_class
    with pytest.raises(Conflict) as refusal:
        services.delete_class(label_class=used, actor=ana)
    assert refusal.value.code == "class_in_use"
    services.delete_class(label_class=LabelClassFactory(schema=schema), actor=ana)
    assert list(schema.classes.all()) == [used]


def test_merge_moves_labels_keeps_one_tag_and_counts(schema: LabelSchema, ana: User) -> None:
    item = DatasetItemFactory(dataset__schema=schema, dataset__organization=schema.organization, annotation_count=3)
    item.dataset.annotation_count = 3
    item.dataset.save()
    source, into = LabelClassFactory(schema=schema), LabelClassFactory(schema=schema)
    where = {"dataset": item.dataset, "asset": item.asset}
    AnnotationFactory(**where, label_class=source)
    AnnotationFactory(**where, label_class=source, kind="tag", geometry={})
    AnnotationFactory(**where, label_class=into, kind="tag", geometry={})
    assert services.merge_classes(source=source, into=into, actor=ana) == 1
    item.refresh_from_db()
    item.dataset.refresh_from_db()
    assert (item.annotation_count, item.dataset.annotation_count, item.revision) == (2, 2, 1)
    assert into.annotations.count() == 2
    assert not LabelClass.objects.filter(pk=source.pk).exists()


def test_a_class_merges_only_with_another_of_its_schema(schema: LabelSchema, ana: User) -> None:
    source = LabelClassFactory(schema=schema)
    for into in (source, LabelClassFactory()):
        with pytest.raises(Invalid):
            services.merge_classes(source=source, into=into, actor=ana)
