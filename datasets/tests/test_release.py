import hashlib
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.tests.factories import UserFactory
from core.errors import Conflict
from core.models import AuditEntry
from datasets import manifests
from datasets.models import Asset, Dataset, DatasetItem, DatasetVersion, Manifest, ModerationState, VersionState
from datasets.services.versions import release_version
from datasets.tests.factories import AnnotationFactory, DatasetFactory, DatasetItemFactory, LabelClassFactory
from jobs import runner
from jobs.models import Job, JobState

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> User:
    return UserFactory()


@pytest.fixture
def dataset() -> Dataset:
    """Two items, the later added with the earlier name; one has two labels."""
    found: Dataset = DatasetFactory()
    second = DatasetItemFactory(dataset=found, name="b.jpg", split="train", asset__byte_size=5)
    DatasetItemFactory(dataset=found, name="a.jpg", asset__byte_size=7)
    rbc = LabelClassFactory(schema=found.schema, name="RBC, red", color_index=3)
    for x in (50.0, 10.0):
        AnnotationFactory(dataset=found, asset=second.asset, label_class=rbc, geometry=_box(x))
    return found


def _box(x: float) -> dict[str, float]:
    return {"x": x, "y": 20.0, "width": 30.0, "height": 40.0, "rotation": 0.0}


def _released(dataset: Dataset, actor: User, notes: str = "") -> DatasetVersion:
    version = release_version(dataset=dataset, actor=actor, notes=notes)
    assert version.job is not None
    runner.run(version.job.pk)
    version.refresh_from_db()
    return version


def _manifest(version: DatasetVersion) -> Manifest:
    assert version.manifest is not None
    return version.manifest


def test_a_version_holds_the_items_in_order_under_names_of_ours(dataset: Dataset, ana: User) -> None:
    version = _released(dataset, ana, notes="First")
    manifest = _manifest(version)
    assert (version.number, version.state, version.notes, version.released_by) == (1, "released", "First", ana)
    assert (manifest.item_count, manifest.annotation_count, manifest.byte_size) == (2, 2, 12)
    assert manifest.class_counts == {"RBC, red": 2}
    assert manifest.classes == [{"name": "RBC, red", "color_index": 3, "skeleton": None}]
    first, second = manifests.items(manifest)
    assert (first.name, second.name) == (f"000001-{first.asset.public_id}.jpg", f"000002-{second.asset.public_id}.jpg")
    assert (first.byte_size, second.split) == (7, "train")
    assert [label["geometry"]["x"] for label in second.annotations] == [10, 50]


def test_the_hash_is_that_of_the_manifest_file(dataset: Dataset, ana: User) -> None:
    manifest = _manifest(_released(dataset, ana))
    assert hashlib.sha256(b"".join(manifests.file_lines(manifest))).hexdigest() == manifest.sha256


def test_the_file_says_nothing_of_its_maker(dataset: Dataset, ana: User) -> None:
    dataset.items.filter(name="b.jpg").update(name="behind our house.jpg")  # "b.jpg" also ends some random names
    content = b"".join(manifests.file_lines(_manifest(_released(dataset, ana)))).decode()
    item = dataset.items.select_related("asset").get(name="behind our house.jpg")
    for secret in (item.name, item.asset.original_name, item.asset.storage_key, ana.email, dataset.organization.slug):
        assert secret not in content


def test_the_same_content_again_is_the_same_manifest(dataset: Dataset, ana: User) -> None:
    first, second = _released(dataset, ana), _released(dataset, ana)
    assert (first.number, second.number) == (1, 2)
    assert first.manifest == second.manifest
    assert Manifest.objects.count() == 1


def test_other_content_is_another_manifest_and_the_first_stays(dataset: Dataset, ana: User) -> None:
    first = _released(dataset, ana)
    dataset.annotations.all().delete()
    second = _released(dataset, ana)
    assert _manifest(second).annotation_count == 0
    assert _manifest(first).items.get(position=2).annotations != []


def test_an_archived_class_is_frozen_only_where_it_is_used(dataset: Dataset, ana: User) -> None:
    LabelClassFactory(schema=dataset.schema, name="never used")
    dataset.schema.classes.update(archived_at=dataset.created_at)
    assert [each["name"] for each in _manifest(_released(dataset, ana)).classes] == ["RBC, red"]


def test_hidden_and_deleted_media_stays_out(dataset: Dataset, ana: User) -> None:
    Asset.objects.filter(byte_size=5).update(moderation=ModerationState.HIDDEN)
    assert _manifest(_released(dataset, ana)).item_count == 1


def test_an_empty_dataset_is_refused(ana: User) -> None:
    with pytest.raises(Conflict) as refusal:
        release_version(dataset=DatasetFactory(), actor=ana)
    assert refusal.value.code == "empty_dataset"
    assert not DatasetVersion.objects.exists()


def test_asking_while_a_release_runs_gives_that_one(dataset: Dataset, ana: User) -> None:
    assert release_version(dataset=dataset, actor=ana) == release_version(dataset=dataset, actor=ana)
    assert Job.objects.count() == 1


def test_work_that_starts_over_ends_the_same(dataset: Dataset, ana: User) -> None:
    version = release_version(dataset=dataset, actor=ana)
    Manifest.objects.create(sha256=f"draft-{version.public_id}", item_count=0, annotation_count=0, byte_size=0)
    assert version.job is not None
    runner.run(version.job.pk)
    Job.objects.update(state=JobState.QUEUED)
    runner.run(version.job.pk)
    assert DatasetVersion.objects.get().state == VersionState.RELEASED
    assert Manifest.objects.count() == 1
    assert AuditEntry.objects.filter(verb="version.released").count() == 1


def test_a_release_that_failed_is_taken_up_under_its_number(dataset: Dataset, ana: User) -> None:
    version = release_version(dataset=dataset, actor=ana)
    DatasetItem.objects.all().delete()
    assert version.job is not None
    runner.run(version.job.pk)
    version.refresh_from_db()
    assert (version.state, version.job.error["code"]) == (VersionState.FAILED, "empty_dataset")
    DatasetItemFactory(dataset=dataset)
    again = _released(dataset, ana, notes="Again")
    assert (again.pk, again.number, again.state, again.notes) == (version.pk, 1, VersionState.RELEASED, "Again")


@pytest.mark.parametrize("change", [{"name": "x"}, {"annotations": []}])
def test_the_database_refuses_to_change_a_frozen_item(dataset: Dataset, ana: User, change: dict[str, Any]) -> None:
    items = _manifest(_released(dataset, ana)).items.all()
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        items.update(**change)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        items.delete()


def test_the_database_refuses_to_change_a_sealed_manifest_or_version(dataset: Dataset, ana: User) -> None:
    version = _released(dataset, ana)
    for change in (
        lambda: Manifest.objects.update(item_count=1),
        lambda: DatasetVersion.objects.update(notes="rewritten"),
        lambda: DatasetVersion.objects.update(state=VersionState.FAILED),
        lambda: DatasetVersion.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            change()
    DatasetVersion.objects.filter(pk=version.pk).update(released_by=None)
