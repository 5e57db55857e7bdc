import io
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, BinaryIO

import pytest

from datasets.formats.model import Problem
from datasets.label_import import import_labels
from datasets.models import Annotation, Asset, Dataset, DatasetItem, Provenance, Upload
from datasets.tests.factories import DatasetItemFactory, LabelClassFactory, UploadFactory
from jobs.context import JobContext
from jobs.models import Job, JobState

pytestmark = pytest.mark.django_db

VOC = """<annotation><filename>{name}.jpg</filename><size><width>640</width><height>480</height></size>{objects}
</annotation>"""
OBJECT = """<object><name>{label}</name><bndbox><xmin>{x}</xmin><ymin>20</ymin><xmax>{x2}</xmax><ymax>60</ymax></bndbox>
</object>"""


class Files:
    """A source in memory."""

    def __init__(self, files: dict[str, str]) -> None:
        self._files = {name: content.encode() for name, content in files.items()}

    def names(self) -> Iterable[str]:
        return self._files

    def open(self, name: str) -> BinaryIO:
        return io.BytesIO(self._files[name])

    def size(self, name: str) -> int:
        return len(self._files[name])

    def problems(self) -> Iterable[Problem]:
        return []


def _voc(name: str, *labels: tuple[str, int]) -> str:
    return VOC.format(name=name, objects="".join(OBJECT.format(label=label, x=x, x2=x + 30) for label, x in labels))


@pytest.fixture
def upload() -> Upload:
    found: Upload = UploadFactory()
    return found


@pytest.fixture
def context() -> JobContext:
    return JobContext(Job.objects.create(kind="test", state=JobState.RUNNING, attempt=1))


def _item(dataset: Dataset, name: str) -> DatasetItem:
    item: DatasetItem = DatasetItemFactory(dataset=dataset, name=name)
    return item


def _run(upload: Upload, files: dict[str, str], context: JobContext, by_name: dict[str, int]) -> dict[str, Any]:
    return import_labels(upload, Files({**files, **dict.fromkeys(by_name, "")}), by_name, context)


def test_m5_labels_come_in_with_classes_origin_split_and_counts(upload: Upload, context: JobContext) -> None:
    a, b, c = (_item(upload.dataset, f"{name}.jpg") for name in "abc")
    files = {
        "VOC/Annotations/a.xml": _voc("a", ("cell, red", 10), ("cell, red", 50), ("WBC", 90)),
        "VOC/Annotations/b.xml": _voc("b", ("WBC", 10)),
        "VOC/ImageSets/Main/train.txt": "a\n",
    }
    by_name = {f"VOC/JPEGImages/{item.name}": item.asset_id for item in (a, b, c)}
    report = _run(upload, files, context, by_name)
    assert (report["format"], report["images"], report["labels"], report["unlabelled"]) == ("voc", 2, 4, 1)
    assert report["kinds"] == {"box": 4}
    for item in (a, b, c, upload.dataset, upload):
        item.refresh_from_db()
    assert [(i.annotation_count, i.revision, i.split) for i in (a, b, c)] == [(3, 1, "train"), (1, 1, ""), (0, 0, "")]
    assert (upload.dataset.annotation_count, upload.format) == (4, "voc")
    assert list(upload.dataset.schema.classes.values_list("name", "color_index")) == [("cell, red", 0), ("WBC", 1)]
    first = Annotation.objects.filter(asset=a.asset).earliest("pk")
    assert first.geometry == {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0}
    assert (first.provenance, first.upload, first.created_by) == (Provenance.IMPORT, upload, upload.created_by)


def test_running_twice_adds_nothing(upload: Upload, context: JobContext) -> None:
    item = _item(upload.dataset, "a.jpg")
    files = {"a.xml": _voc("a", ("WBC", 10), ("WBC", 10))}
    by_name = {"a.jpg": item.asset_id}
    first, again = _run(upload, files, context, by_name), _run(upload, files, context, by_name)
    assert [(report["labels"], report["repeated"]) for report in (first, again)] == [(2, 0), (0, 2)]
    item.refresh_from_db()
    assert (item.annotation_count, item.revision, Annotation.objects.count()) == (2, 1, 2)


def test_labels_add_to_those_made_by_hand(upload: Upload, context: JobContext) -> None:
    item = _item(upload.dataset, "a.jpg")
    wbc = LabelClassFactory(schema=upload.dataset.schema, name="WBC")
    _run(upload, {"a.xml": _voc("a", ("WBC", 10), ("RBC", 40))}, context, {"a.jpg": item.asset_id})
    assert set(Annotation.objects.values_list("label_class__name", flat=True)) == {"WBC", "RBC"}
    assert upload.dataset.schema.classes.get(name="WBC") == wbc


def test_labels_alone_find_the_images_that_are_already_here(upload: Upload, context: JobContext) -> None:
    item = _item(upload.dataset, "smear_01.JPG")
    report = _run(upload, {"labels/smear_01.xml": _voc("smear_01", ("WBC", 10))}, context, {})
    assert (report["labels"], report["unlabelled"]) == (1, 0)
    assert Annotation.objects.get().asset == item.asset


def test_what_cannot_be_kept_is_said_and_the_rest_is_kept(upload: Upload, context: JobContext) -> None:
    item = _item(upload.dataset, "a.jpg")
    files = {
        "a.xml": _voc("a", ("WBC", 10), ("WBC", 5000), ("RBC", 630)),
        "gone.xml": _voc("gone", ("WBC", 10)),
        "broken.xml": "<annotation><object>",
    }
    report = _run(upload, files, context, {"a.jpg": item.asset_id})
    assert (report["labels"], report["left_out"], report["mended"]) == (2, 3, 1)
    found = Counter(upload.outcomes.values_list("code", "result"))
    assert found == {
        ("outside", "rejected"): 1,
        ("cut", "warning"): 1,
        ("image_missing", "rejected"): 1,
        ("xml", "rejected"): 1,
    }
    assert "gone" in upload.outcomes.get(code="image_missing").message


@pytest.mark.parametrize(("content", "format_id", "labels"), [(_voc("a", ("WBC", 10)), "voc", 1), ("<x/>", "coco", 0)])
def test_a_declared_format_counts_unless_the_labels_are_plainly_in_another(
    upload: Upload, context: JobContext, content: str, format_id: str, labels: int
) -> None:
    upload.format = "coco"
    report = _run(upload, {"a.xml": content}, context, {"a.jpg": _item(upload.dataset, "a").asset_id})
    assert (report["format"], report["labels"]) == (format_id, labels)


def test_without_labels_the_images_are_counted_and_kept(upload: Upload, context: JobContext) -> None:
    report = _run(upload, {}, context, {"a.jpg": _item(upload.dataset, "a").asset_id})
    assert (report["format"], report["unlabelled"], report["labels"]) == ("", 1, 0)
    assert "no labels" in report["reason"]


def test_two_files_of_one_picture_share_its_labels(upload: Upload, context: JobContext) -> None:
    item = _item(upload.dataset, "a.jpg")
    files = {"a.xml": _voc("a", ("WBC", 10)), "copy.xml": _voc("copy", ("WBC", 10), ("RBC", 50))}
    report = _run(upload, files, context, {"a.jpg": item.asset_id, "copy.jpg": item.asset_id})
    assert (report["labels"], report["repeated"], report["images"]) == (2, 1, 1)


def test_keypoints_bring_their_skeleton(upload: Upload, context: JobContext) -> None:
    item = _item(upload.dataset, "a.jpg")
    person = {"id": 1, "name": "person", "keypoints": ["nose", "chin"], "skeleton": [[1, 2]]}
    label = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40], "keypoints": [5, 6, 2, 7, 8, 1]}
    coco = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 480}],
        "categories": [person],
        "annotations": [label],
    }
    report = _run(upload, {"labels.json": json.dumps(coco)}, context, {"a.jpg": item.asset_id})
    assert report["kinds"] == {"box": 1, "keypoints": 1}
    assert upload.dataset.schema.classes.get().skeleton == {"points": ["nose", "chin"], "edges": [[0, 1]]}


def test_a_thousand_images_and_more_arrive_in_chunks(upload: Upload, context: JobContext) -> None:
    asset: Asset = _item(upload.dataset, "0.jpg").asset
    names = {f"{number}.jpg": asset.pk for number in range(1_001)}
    files = {f"{number}.xml": _voc(str(number), ("WBC", number % 600)) for number in range(1_001)}
    report = _run(upload, files, context, names)
    assert (report["labels"], report["repeated"]) == (600, 401)
    context.job.refresh_from_db()
    assert context.job.progress_done > 0
