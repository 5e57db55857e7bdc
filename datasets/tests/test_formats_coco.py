import json
from typing import Any

import pytest

from datasets.formats.model import LabelClass, LabelledImage, Problem, Shape
from datasets.tests.format_support import Files, always, back, classes, codes, export, images, problems, read

PERSON = {"id": 1, "name": "person", "supercategory": "human", "keypoints": ["a", "b"], "skeleton": [[1, 2], [1, 9]]}
OUTLINE = [10, 10, 50, 10, 50, 50, 10, 50]


def coco(*annotations: dict[str, Any], **more: Any) -> Files:
    document = {
        "images": [{"id": 7, "file_name": "a.jpg", "width": 100, "height": 80}],
        "annotations": [
            {"id": number, "image_id": 7, "category_id": 1} | each for number, each in enumerate(annotations)
        ],
        "categories": [PERSON],
    }
    return {"annotations/instances_train2017.json": json.dumps(document | more), "train2017/a.jpg": b""}


def shapes(*annotations: dict[str, Any]) -> list[Shape]:
    items = read("coco", coco(*annotations))
    assert problems(items) == []
    return list(images(items)[0].shapes)


def test_classes_come_with_their_skeleton_counted_from_0() -> None:
    items = read("coco", coco())
    assert classes(items) == [LabelClass("person", 0, {"points": ["a", "b"], "edges": [[0, 1]]}, "human")]
    assert [(image.name, image.split, image.shapes) for image in images(items)] == [("train2017/a.jpg", "train", ())]


def test_an_outline_with_keypoints_is_one_object_of_two_shapes() -> None:
    found = shapes(
        {"segmentation": [OUTLINE], "bbox": [10, 10, 40, 40], "keypoints": [20, 20, 2, 0, 0, 0], "score": 0.5}
    )
    assert [(shape.kind, shape.attributes, shape.confidence) for shape in found] == [
        ("polygon", {"group": "0"}, 0.5),
        ("keypoints", {"group": "0"}, 0.5),
    ]


def test_a_box_is_kept_unless_it_only_repeats_the_outline() -> None:
    assert [shape.kind for shape in shapes({"segmentation": [], "bbox": [1, 2, 3, 4]})] == ["box"]
    both = shapes({"segmentation": [OUTLINE], "bbox": [0, 0, 90, 70]})
    assert [shape.kind for shape in both] == ["polygon", "box"]


def test_crowds_and_masks() -> None:
    runs: list[int] = [0, 80, 7920]
    (crowd,) = shapes({"segmentation": {"size": [80, 100], "counts": runs}, "iscrowd": 1, "bbox": [0, 0, 1, 80]})
    (packed,) = shapes({"segmentation": {"size": [80, 100], "counts": "0`2`g7"}})
    assert (crowd.kind, crowd.attributes) == ("mask", {"iscrowd": True})
    assert crowd.geometry == packed.geometry == {"size": [80, 100], "counts": runs}


def test_an_annotation_of_a_category_alone_is_a_tag() -> None:
    assert [shape.kind for shape in shapes({"bbox": []})] == ["tag"]


@pytest.mark.parametrize(
    ("annotation", "code"),
    [
        ({"bbox": [1, 2, 3]}, "invalid"),
        ({"bbox": [1, 2, None, 4]}, "invalid"),
        ({"bbox": [1, 2, 0, 4]}, "empty"),
        ({"bbox": [500, 2, 3, 4]}, "outside"),
        ({"bbox": "1 2 3 4"}, "invalid"),
        ({"segmentation": [[1, 2, 3]]}, "invalid"),
        ({"segmentation": [[1, 2, 3, 4]]}, "empty"),
        ({"segmentation": {"size": [8, 10], "counts": [0, 80]}}, "invalid"),
        ({"segmentation": {"size": [80, 100], "counts": "~~"}}, "invalid"),
        ({"segmentation": {"size": [80, 100]}}, "invalid"),
        ({"keypoints": [1, 2, 2]}, "invalid"),
        ({"bbox": [1, 2, 3, 4], "category_id": 9}, "class_unknown"),
        ({"bbox": [1, 2, 3, 4], "image_id": 9}, "image_unknown"),
    ],
)
def test_a_bad_annotation_is_reported_and_the_good_one_kept(annotation: dict[str, Any], code: str) -> None:
    items = read("coco", coco(annotation, {"bbox": [1, 2, 3, 4]}))
    assert [(problem.where, problem.code) for problem in problems(items)] == [
        ("annotations/instances_train2017.json, annotation 0", code)
    ]
    assert len(images(items)[0].shapes) == 1


def test_captions_and_other_json_are_passed_over() -> None:
    files = coco({"caption": "a cat", "category_id": None})
    document = json.loads(files["annotations/instances_train2017.json"])
    del document["annotations"][0]["category_id"]
    files |= {"annotations/instances_train2017.json": json.dumps(document), "results.json": "[]", "notes.json": "{}"}
    items = read("coco", files)
    assert [(problem.where, problem.code, problem.kept) for problem in problems(items)] == [
        ("results.json", "not_coco", True),
        ("notes.json", "not_coco", True),
    ]
    assert images(items)[0].shapes == ()


def test_bad_categories_and_repeated_images_are_reported() -> None:
    twins = [{"id": 7, "file_name": "a.jpg", "width": 100, "height": 80}] * 2
    bad = [{"id": 2, "name": ""}, {"id": 3, "name": "x", "keypoints": ["a", "a"]}, {"id": 4}, "no object"]
    items = read("coco", coco(images=twins, categories=[PERSON, *bad]))
    assert codes(items) == ["class_missing", "skeleton", "class_missing", "image_repeated"]


def test_nan_is_a_fault_of_its_own_row() -> None:
    items = read(
        "coco", coco({"bbox": [float("nan"), 2, 3, 4]}, {"bbox": [1, 2, 3, float("-inf")]}, {"bbox": [1, 2, 3, 4]})
    )
    assert codes(items) == ["invalid", "invalid"]
    assert len(images(items)[0].shapes) == 1


def test_what_came_before_the_end_of_a_torn_file_is_kept() -> None:
    files = coco(*({"bbox": [1, 2, 3, 4]} for _ in range(5000)))
    document = json.loads(files["annotations/instances_train2017.json"])
    torn = json.dumps({"categories": document["categories"], **document})[:200_000]
    items = read("coco", {"a.json": torn, "a.jpg": b""})
    assert codes(items) == ["json"]
    assert len(images(items)[0].shapes) > 1000


@pytest.mark.parametrize(
    "value", ["[" * 100_000, '{"a":' * 100_000, "[" * 40, "1" * 500_000, '"' + "x" * 500_000 + '"', "1e999", "[[[]]]"]
)
def test_hostile_entries_neither_crash_nor_take_others_with_them(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.formats.coco_parse.MAX_ENTRY", 2**18)
    text = '{"images":[{"id":1,"file_name":"a.jpg"}],"categories":[{"id":1,"name":"cat"}],"annotations":['
    text += '{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,3,4]},{"id":2,"image_id":1,"category_id":1,"bbox":'
    items = read("coco", {"a.json": text + value + "}]}", "a.jpg": b""})
    assert any(not problem.kept for problem in problems(items))
    if not value.startswith(("[" * 99, '{"a":')):  # these are refused with all that is read at the same time
        assert [len(image.shapes) for image in images(items)] == [1]


def test_absurdly_many_labels_on_one_image_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.formats.checks.MAX_SHAPES", 3)
    items = read("coco", coco(*({"bbox": [1, 2, 3, 4]} for _ in range(5))))
    assert codes(items) == ["too_many"]
    assert len(images(items)[0].shapes) == 3


def test_the_nearest_of_two_images_of_one_name_is_meant() -> None:
    files = coco({"bbox": [1, 2, 3, 4]}) | {"val2017/a.jpg": b""}
    assert [image.name for image in images(read("coco", files))] == ["train2017/a.jpg"]
    files = {"a.json": files["annotations/instances_train2017.json"], "one/a.jpg": b"", "two/a.jpg": b""}
    assert codes(read("coco", files, lambda name: None if name == "a.jpg" else (1, 1))) == ["image_missing"]


def _box(x: float, y: float, width: float, height: float, rotation: float = 0.0) -> dict[str, float]:
    return {"x": x, "y": y, "width": width, "height": height, "rotation": rotation}


def test_shapes_of_a_group_are_written_as_one_annotation() -> None:
    points = {
        "points": [
            {"name": "a", "x": 5.0, "y": 5.0, "visibility": 2},
            {"name": "b", "x": 0.0, "y": 0.0, "visibility": 0},
        ]
    }
    group = {"group": "g1", "mood": "calm"}
    person = LabelClass("person", 0, {"points": ["a", "b"], "edges": [[0, 1]]})
    sent = LabelledImage("a.jpg", 100, 80, shapes=(
        Shape("keypoints", "person", points, group), Shape("box", "person", _box(1.0, 1.0, 50.0, 60.0), group)
    ))  # fmt: skip
    files, _ = export("coco", [sent], [person])
    document = json.loads(files["annotations/instances.json"])
    (annotation,) = document["annotations"]
    assert annotation["bbox"] == [1, 1, 50, 60]
    assert annotation["keypoints"] == [5, 5, 2, 0, 0, 0]
    assert (annotation["num_keypoints"], annotation["area"]) == (1, 3000)
    assert document["categories"][0]["skeleton"] == [[1, 2]]
    assert images(back("coco", [sent], [person])[0])[0].shapes == sent.shapes


def test_a_turned_box_is_written_as_its_hull_in_pixels() -> None:
    sent = LabelledImage("a.jpg", 1000, 500, shapes=(Shape("box", "cat", _box(250.0, 250.0, 200.0, 100.0, 90.0)),))
    files, written = export("coco", [sent], [LabelClass("cat")])
    assert json.loads(files["annotations/instances.json"])["annotations"][0]["bbox"] == [300, 200, 100, 200]
    assert dict(written.lost) == {"rotation": 1}


def test_each_split_has_its_file_and_empty_images_stay() -> None:
    sent = [LabelledImage(f"{split or 'none'}.jpg", 10, 10, split=split) for split in ("train", "val", "")]
    files, _ = export("coco", sent, [])
    assert {name for name in files if name.endswith(".json")} == {
        "annotations/instances.json",
        "annotations/instances_train.json",
        "annotations/instances_val.json",
    }
    assert "images/train/train.jpg" in files
    assert json.loads(export("coco", [], [])[0]["annotations/instances.json"])["images"] == []


def test_problems_are_reported_once_the_source_is_read() -> None:
    assert all(isinstance(problem, Problem) for problem in problems(read("coco", coco(), always(5, 5))))
    assert codes(read("coco", coco(), always(5, 5))) == ["size_differs"]


def test_brackets_within_strings_are_no_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.formats.coco_parse.CHUNK", 7)
    odd = 'a"[[{\\' * 12
    items = read("coco", coco({"bbox": [1, 2, 3, 4], "attributes": {odd: odd}}))
    assert images(items)[0].shapes[0].attributes == {odd: odd}
