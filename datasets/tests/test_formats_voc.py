import pytest

from datasets.formats.model import LabelClass, LabelledImage, Shape
from datasets.tests.format_support import Files, always, back, classes, codes, export, images, problems, read

OBJECT = "<object><name>{name}</name>{more}<bndbox>{box}</bndbox></object>"


def xml(*objects: str, size: str = "<size><width>100</width><height>80</height></size>", name: str = "a.jpg") -> str:
    return f"<annotation><filename>{name}</filename>{size}{''.join(objects)}</annotation>"


def entry(x0: object, y0: object, x1: object, y1: object, name: str = "cat", more: str = "") -> str:
    box = f"<xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax>"
    return OBJECT.format(name=name, more=more, box=box)


def test_boxes_with_what_is_known_of_them() -> None:
    more = (
        "<pose>Left</pose><truncated>1</truncated><difficult>0</difficult><occluded>1</occluded>"
        "<attributes><attribute><name>age</name><value>7</value></attribute></attributes>"
    )
    items = read("voc", {"Annotations/a.xml": xml(entry(1, 2, 11, 22.5, more=more)), "JPEGImages/a.jpg": b""})
    (image,) = images(items)
    assert classes(items) == [LabelClass("cat")]
    assert (image.name, image.width, image.height) == ("JPEGImages/a.jpg", 100, 80)
    (shape,) = image.shapes
    assert shape.geometry == {"x": 1, "y": 2, "width": 10, "height": 20.5, "rotation": 0}
    assert shape.attributes == {"truncated": True, "occluded": True, "pose": "Left", "age": "7"}


def test_each_bad_box_is_reported_and_the_good_ones_kept() -> None:
    rows = [
        entry(1, 1, 5, 5),
        entry(5, 5, 5, 5),
        entry(90, 70, 120, 90),
        entry(200, 1, 210, 5),
        entry("x", 1, 2, 3),
        entry("nan", 1, 2, 3),
        entry(1, 1, 5, 5, name=" "),
        entry(1, 1, 5, 5, name="x" * 101),
        "<object><name>cat</name></object>",
    ]
    items = read("voc", {"a.xml": xml(*rows), "a.jpg": b""})
    assert [(problem.where[-8:], problem.code, problem.kept) for problem in problems(items)] == [
        ("object 2", "empty", False),
        ("object 3", "cut", True),
        ("object 4", "outside", False),
        ("object 5", "number", False),
        ("object 6", "number", False),
        ("object 7", "class_missing", False),
        ("object 8", "class_name", False),
        ("object 9", "number", False),
    ]
    assert [shape.geometry["width"] for shape in images(items)[0].shapes] == [4, 10]


def test_the_image_is_right_about_its_size() -> None:
    items = read("voc", {"a.xml": xml(entry(0, 0, 5, 5)), "a.jpg": b""}, always(50, 40))
    assert [(problem.code, problem.kept) for problem in problems(items)] == [("size_differs", True)]
    assert images(items)[0].width == 50


def test_the_file_name_decides_when_the_xml_says_another() -> None:
    files: Files = {"Annotations/a.xml": xml(name="old.jpg"), "JPEGImages/A.JPEG": b"", "JPEGImages/b.jpg": b""}
    assert [image.name for image in images(read("voc", files))] == ["JPEGImages/A.JPEG"]


def test_an_image_elsewhere_is_asked_for_by_its_name() -> None:
    items = read("voc", {"Annotations/a.xml": xml()}, lambda name: (9, 9) if name == "a.jpg" else None)
    assert [image.name for image in images(items)] == ["a.jpg"]
    assert codes(read("voc", {"Annotations/a.xml": xml()}, lambda name: None)) == ["image_missing"]


def test_splits_come_from_the_lists() -> None:
    files: Files = {f"V/Annotations/{stem}.xml": xml(name="") for stem in "abc"}
    files |= {f"V/JPEGImages/{stem}.jpg": b"" for stem in "abc"}
    files |= {"V/ImageSets/Main/train.txt": "a\n", "V/ImageSets/Main/val.txt": "b \r\n"}
    files |= {"V/ImageSets/Main/cat_train.txt": "c 1\n", "V/ImageSets/Main/test.txt": "x" * 5000}
    items = read("voc", files)
    assert {image.name[-5]: image.split for image in images(items)} == {"a": "train", "b": "val", "c": ""}
    assert codes(items) == ["list", "size_differs", "size_differs", "size_differs"][:1]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<annotation>",
        "<html></html>",
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><annotation>&b;</annotation>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><annotation/>',
        "\x00\x01\x02",
        '<?xml version="1.0" encoding="nonsense"?><annotation/>',
        "<a>" * 200_000,
        "<annotation>" + " " * (8 * 2**20) + "</annotation>",
    ],
)
def test_hostile_xml_is_a_problem_of_its_file(body: str) -> None:
    items = read("voc", {"bad.xml": body, "bad.jpg": b"", "good.xml": xml(), "good.jpg": b""})
    assert [problem.where for problem in problems(items)] == ["bad.xml"]
    assert [image.name for image in images(items)] == ["good.jpg"]


def test_a_turned_box_is_written_as_its_hull_in_pixels() -> None:
    box = Shape("box", "cat", {"x": 250.0, "y": 250.0, "width": 200.0, "height": 100.0, "rotation": 90.0})
    items, written = back("voc", [LabelledImage("a.jpg", 1000, 500, shapes=(box,))], [LabelClass("cat")])
    geometry = images(items)[0].shapes[0].geometry
    assert geometry == {"x": 300, "y": 200, "width": 100, "height": 200, "rotation": 0}
    assert dict(written.lost) == {"rotation": 1}


def test_flags_and_texts_survive_and_other_values_become_text() -> None:
    attributes = {"truncated": True, "pose": "Left", "note": "a<b>\r\n&", "age": 7}
    box = Shape("box", "cat", {"x": 1.0, "y": 1.0, "width": 2.0, "height": 2.0, "rotation": 0.0}, attributes)
    items, written = back("voc", [LabelledImage("a.jpg", 10, 10, shapes=(box,))], [LabelClass("cat")])
    assert images(items)[0].shapes[0].attributes == attributes | {"age": "7"}
    assert dict(written.lost) == {"attribute_types": 1}


def test_two_images_of_one_stem_keep_a_file_each() -> None:
    sent = [LabelledImage("a.jpg", 10, 10), LabelledImage("a.png", 20, 20)]
    files, _ = export("voc", sent, [])
    assert {name for name in files if name.startswith("Annotations/")} == {"Annotations/a.xml", "Annotations/a.png.xml"}
    with pytest.raises(ValueError, match="named"):
        export("voc", [sent[0], sent[0], sent[0]], [])
