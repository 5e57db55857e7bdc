import pytest
import yaml

from datasets.formats.model import LabelClass, LabelledImage, Shape
from datasets.rules.geometry import Geometry, area
from datasets.tests.format_support import Files, back, classes, codes, export, images, problems, read

DATA = "names: {0: cat, 1: dog}\ntrain: images/train\nval: images/val\n"


def yolo(*rows: str, data: str = DATA) -> Files:
    return {"data.yaml": data, "labels/train/a.txt": "\n".join(rows), "images/train/a.jpg": b""}


def shapes(*rows: str, data: str = DATA) -> list[Shape]:
    items = read("yolo", yolo(*rows, data=data))
    assert problems(items) == []
    return list(images(items)[0].shapes)


def test_boxes_outlines_and_confidence() -> None:
    found = shapes("0 0.5 0.5 0.2 0.25", "1 0.5 0.5 0.2 0.25 0.75", "1 0 0 0.5 0 0.5 0.5", "1 0 0 0.5 0 0.5 0.5 0.25")
    assert [(shape.kind, shape.label, shape.confidence) for shape in found] == [
        ("box", "cat", None),
        ("box", "dog", 0.75),
        ("polygon", "dog", None),
        ("polygon", "dog", 0.25),
    ]
    assert found[0].geometry == {"x": 40, "y": 30, "width": 20, "height": 20, "rotation": 0}
    assert found[2].geometry == {"points": [[0, 0], [50, 0], [50, 40]]}


def test_each_bad_line_is_reported_and_the_good_ones_kept() -> None:
    rows = ["0 .5 .5 .2 .2", "0 .5 .5 .2", "0 .5 .5 .2 x", "9 .5 .5 .2 .2", "0.5 .5 .5 .2 .2", "-1 .5 .5 .2 .2"]
    items = read("yolo", yolo(*rows, "0 .5 .5 nan .2", "0 .5 .5 0 .2", "0 1 1 .2 .2", "0 320 240 50 50", ""))
    assert [(problem.where[-7:], problem.code) for problem in problems(items)] == [
        (" line 2", "columns"),
        (" line 3", "number"),
        (" line 4", "class_unknown"),
        (" line 5", "class_missing"),
        (" line 6", "class_missing"),
        (" line 7", "number"),
        (" line 8", "empty"),
        (" line 9", "cut"),
        ("line 10", "outside"),
    ]
    assert len(images(items)[0].shapes) == 2


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("data.yaml", "names: [cat, no]", ["cat", "no"]),
        ("data.yaml", "names:\n  1: dog\n  0: 1.0\n", ["1.0", "dog"]),
        ("my.yml", "names: ['a, b']", ["a, b"]),
        ("obj.names", "cat\nhot dog\n", ["cat", "hot dog"]),
        ("classes.txt", "\ufeffcat\r\ndog\r\n", ["cat", "dog"]),
        ("data.yaml", "!!python/object/apply:os.system ['x']", ["class 0"]),
        ("data.yaml", "names: [", ["class 0"]),
        ("data.yaml", "a: " + "[" * 3000, ["class 0"]),
        ("data.yaml", "names: {x: cat}", ["class 0"]),
        ("data.yaml", "names: [cat]\nkpt_shape: [[], 3]", ["class 0"]),
    ],
)
def test_class_names_are_found(name: str, body: str, expected: list[str]) -> None:
    items = read("yolo", {name: body, "labels/a.txt": "0 .5 .5 .1 .1", "images/a.jpg": b""})
    assert [each.name for each in classes(items)] == expected
    assert len(images(items)[0].shapes) == 1


def test_aliases_that_unfold_without_end_are_not_unfolded() -> None:
    laughs = "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    items = read("yolo", yolo("1 .5 .5 .1 .1", data=f"a0: &a0 [x, x]\n{laughs}names: {{0: *a59, 1: cat}}"))
    assert codes(items) == ["class_missing"]
    assert [shape.label for shape in images(items)[0].shapes] == ["cat"]


POSE = "names: [cat]\nkpt_shape: [2, {values}]\n"


def test_keypoints_with_and_without_visibility() -> None:
    both = shapes("0 .5 .5 .5 .5 .1 .1 2 0 0 0", data=POSE.format(values=3))
    assert [shape.kind for shape in both] == ["keypoints", "box"]
    assert both[0].attributes == both[1].attributes == {"group": "1"}
    assert both[0].geometry["points"] == [
        {"name": "point 1", "x": 10, "y": 8, "visibility": 2},
        {"name": "point 2", "x": 0, "y": 0, "visibility": 0},
    ]
    alone = shapes("0 .5 .5 .5 .5 0 0 0 0", data=POSE.format(values=2))
    assert [shape.kind for shape in alone] == ["box"]
    named = POSE.format(values=2) + "kpt_names: {0: [nose, tail]}"
    assert [point["name"] for point in shapes("0 .5 .5 .5 .5 .1 .1 .2 .2", data=named)[0].geometry["points"]] == [
        "nose",
        "tail",
    ]


def test_splits_come_from_folders_or_lists() -> None:
    files: Files = {"obj.names": "cat", "obj_train_data/a.txt": "", "obj_train_data/a.jpg": b""}
    files["train.txt"] = "data/x/a.jpg\n"
    assert [(image.name, image.split) for image in images(read("yolo", files))] == [("obj_train_data/a.jpg", "train")]
    assert images(read("yolo", yolo()))[0].split == "train"


def test_other_texts_are_no_labels() -> None:
    files = yolo("0 .5 .5 .1 .1") | {"README.txt": "hello there", "numbers.txt": "1 2\n", "binary.txt": b"\xff\x00"}
    items = read("yolo", files)
    assert (problems(items), len(images(items))) == ([], 1)


def test_labels_of_an_image_that_is_not_there() -> None:
    items = read("yolo", yolo("0 .5 .5 .1 .1"), lambda name: None)
    assert codes(items) == ["image_missing"]


def box(x: float, y: float, width: float, height: float, rotation: float = 0.0) -> Geometry:
    return {"x": x, "y": y, "width": width, "height": height, "rotation": rotation}


SKELETON = LabelClass("person", 0, {"points": ["a", "b"], "edges": []})
TRIANGLE = {"points": [[1.0, 1.0], [9.0, 1.0], [1.0, 9.0]]}
NOSE: Geometry = {
    "points": [
        {"name": "a", "x": 5.0, "y": 5.0, "visibility": 1},
        {"name": "b", "x": 0.0, "y": 0.0, "visibility": 0},
    ]
}


def written(*found: Shape) -> tuple[list[str], dict[str, int], dict[str, object]]:
    sent = [LabelledImage("a.jpg", 1000, 500, shapes=found, split="train")]
    files, result = export("yolo", sent, [SKELETON])
    return (
        files["labels/train/a.txt"].decode().splitlines(),
        dict(result.lost),
        yaml.safe_load(files["data.yaml"]),
    )


def test_a_turned_box_is_written_as_its_hull_in_pixels() -> None:
    lines, lost, data = written(Shape("box", "person", box(250.0, 250.0, 200.0, 100.0, 90.0)))
    assert lines == ["0 0.35 0.6 0.1 0.4"]
    assert lost == {"rotation": 1}
    assert data == {"train": "images/train", "val": "images/train", "names": {0: "person"}}


def test_beside_outlines_every_object_is_one() -> None:
    lines, lost, _ = written(
        Shape("polygon", "person", TRIANGLE),
        Shape("box", "person", box(0.0, 0.0, 100.0, 100.0)),
        Shape("box", "person", box(250.0, 250.0, 200.0, 100.0, 90.0)),
    )
    assert [len(line.split()) for line in lines] == [7, 9, 9]
    assert lines[1] == "0 0 0 0.1 0 0.1 0.2 0 0.2"
    assert lost == {"boxes": 2}


def test_beside_keypoints_every_object_has_them() -> None:
    group = {"group": "1"}
    lines, lost, data = written(
        Shape("keypoints", "person", NOSE, group),
        Shape("box", "person", box(0.0, 0.0, 100.0, 100.0), group),
        Shape("polygon", "person", TRIANGLE),
        Shape("tag", "person"),
    )
    assert lines == ["0 0.05 0.1 0.1 0.2 0.005 0.01 1 0 0 0", "0 0.005 0.01 0.008 0.016 0 0 0 0 0 0"]
    assert lost == {"attributes": 1, "outlines": 1, "tags": 1}
    assert (data["kpt_shape"], data["kpt_names"]) == ([2, 3], {0: ["a", "b"]})


def test_parts_are_joined_without_adding_area() -> None:
    squares = [[[x, 1.0], [x + 4, 1.0], [x + 4, 5.0], [x, 5.0]] for x in (1.0, 11.0, 21.0)]
    sent = LabelledImage("a.jpg", 100, 100, shapes=(Shape("polygon", "person", {"rings": squares}),))
    items, result = back("yolo", [sent], [SKELETON])
    assert area("polygon", images(items)[0].shapes[0].geometry) == 48
    assert dict(result.lost) == {"parts": 1}
