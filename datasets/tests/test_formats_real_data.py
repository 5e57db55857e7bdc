"""Published sets, where they are at hand: LABELHUB_SAMPLE_DATA, or ../shared/data beside the repository."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from datasets.formats import registry
from datasets.formats.model import Size
from datasets.formats.sources import FolderSource
from datasets.tests.format_support import classes, images, problems

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("LABELHUB_SAMPLE_DATA", ROOT.parent / "shared" / "data"))


@pytest.mark.skipif(not (DATA / "images" / "bccd").is_dir(), reason="the BCCD set is not at hand")
def test_bccd_is_read_whole() -> None:
    source = FolderSource(DATA / "images" / "bccd")
    assert registry.detect(source).format == "voc"
    items = list(registry.read("voc", source, lambda name: (640, 480)))
    found = images(items)
    assert len(found) == 364
    assert Counter(image.split for image in found) == {"train": 205, "val": 87, "test": 72}
    # 4,888 objects, of which two are a single point.
    assert Counter(shape.label for image in found for shape in image.shapes) == {
        "RBC": 4153,
        "WBC": 372,
        "Platelets": 361,
    }
    assert [(problem.where, problem.code) for problem in problems(items)] == [
        ("BCCD/Annotations/BloodImage_00338.xml, object 13", "empty"),
        ("BCCD/Annotations/BloodImage_00343.xml, object 4", "empty"),
    ]


@pytest.mark.skipif(not (DATA / "images" / "coco_keypoints").is_dir(), reason="the COCO sample is not at hand")
def test_coco_keypoints_are_read_whole() -> None:
    folder = DATA / "images" / "coco_keypoints"
    document = json.loads((folder / "test_coco.json").read_text())
    sizes: dict[str, Size] = {each["file_name"]: (each["width"], each["height"]) for each in document["images"]}
    source = FolderSource(folder)
    assert registry.detect(source).format == "coco"
    items = list(registry.read("coco", source, sizes.get))
    shapes = [shape for image in images(items) for shape in image.shapes]
    assert Counter(shape.kind for shape in shapes) == {"polygon": 14, "keypoints": 12}
    seen = sum(
        bool(point["visibility"]) for shape in shapes for point in shape.geometry.get("points", []) if "name" in point
    )
    assert seen == sum(each["num_keypoints"] for each in document["annotations"])
    assert len((classes(items)[0].skeleton or {"edges": []})["edges"]) == 19
    assert [(problem.code, problem.kept) for problem in problems(items)] == [("not_coco", True)]
