"""The sample data's labels against plain counts of its files. Collected where LABELHUB_SAMPLE_DATA is set."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import pyvips
from defusedxml import ElementTree

from datasets.formats.matching import is_image
from datasets.formats.sources import FolderSource
from datasets.label_import import import_labels
from datasets.models import Upload
from datasets.tests.factories import DatasetItemFactory, UploadFactory
from jobs.context import JobContext
from jobs.models import Job, JobState

pytestmark = pytest.mark.django_db

IMAGES = Path(os.environ.get("LABELHUB_SAMPLE_DATA", "")) / "images"


def _imported(folder: Path) -> tuple[Upload, dict[str, Any]]:
    upload: Upload = UploadFactory()
    source = FolderSource(folder)
    by_name = {}
    for name in filter(is_image, source.names()):
        size = pyvips.Image.new_from_file(str(folder / name))
        item = DatasetItemFactory(
            dataset=upload.dataset, name=Path(name).name, asset__width=size.width, asset__height=size.height
        )
        by_name[name] = item.asset_id
    context = JobContext(Job.objects.create(kind="test", state=JobState.RUNNING, attempt=1))
    return upload, import_labels(upload, source, by_name, context)


def _counted(upload: Upload, *fields: str) -> Counter[Any]:
    return Counter(upload.dataset.annotations.values_list(*fields, flat=len(fields) == 1))


def test_bccd_comes_in_whole() -> None:
    folder = IMAGES / "bccd"
    expected: Counter[tuple[str, str]] = Counter()
    for file in (folder / "BCCD" / "Annotations").glob("*.xml"):
        root = ElementTree.parse(file).getroot()
        assert root is not None
        expected.update((f"{file.stem}.jpg", element.findtext("name") or "") for element in root.iterfind("object"))
    upload, report = _imported(folder)
    names = dict(upload.dataset.items.values_list("asset_id", "name"))
    found = Counter(
        (names[asset], label)
        for (asset, label), n in _counted(upload, "asset", "label_class__name").items()
        for _ in range(n)
    )
    lists = folder / "BCCD" / "ImageSets" / "Main"
    splits = {split: len((lists / f"{split}.txt").read_text().split()) for split in ("train", "val", "test")}
    assert len(names) == 364
    assert (report["labels"] + report["left_out"], report["unlabelled"]) == (expected.total(), 0)
    assert upload.outcomes.filter(result="rejected").count() == report["left_out"]
    assert not found - expected
    assert (expected - found).total() == report["left_out"]
    assert Counter(upload.dataset.items.values_list("split", flat=True)) == splits


def test_coco_keypoints_come_in_whole() -> None:
    folder = IMAGES / "coco_keypoints"
    coco = json.loads((folder / "test_coco.json").read_text())
    expected: Counter[str] = Counter()
    for each in coco["annotations"]:
        expected["keypoints"] += any(each["keypoints"][2::3])
        expected["mask" if each["iscrowd"] else "polygon"] += 1
    upload, report = _imported(folder)
    found = _counted(upload, "kind")
    assert (report["format"], report["images"], report["unlabelled"], report["left_out"]) == ("coco", 4, 0, 0)
    assert {kind: found[kind] for kind in expected} == expected
    person = upload.dataset.schema.classes.get(name="person")
    assert (person.skeleton or {})["points"] == coco["categories"][0]["keypoints"]
