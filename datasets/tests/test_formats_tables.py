"""CSV tables, image folders and JSON lines."""

import csv
import io
import json

import pytest

from datasets.formats import registry
from datasets.formats.model import LabelClass, LabelledImage, Shape
from datasets.tests.format_support import MemorySource, always, back, codes, export, images, problems, read

BOX = {"x": 1, "y": 2, "width": 10, "height": 20, "rotation": 0}


def table(body: str | bytes) -> list[tuple[str, str, dict[str, float]]]:
    items = read("csv", {"labels.csv": body, "images/a.jpg": b"", "images/b.jpg": b""})
    assert problems(items) == []
    return [(image.name[-5], shape.label, shape.geometry) for image in images(items) for shape in image.shapes]


@pytest.mark.parametrize(
    "body",
    [
        "filename,xmin,ymin,xmax,ymax,label\na.jpg,1,2,11,22,cat\n",
        "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,100,80,cat,1,2,11,22\n",
        "Image Path;X1;Y1;X2;Y2;Class Name\r\nfolder/a.jpg;1;2;11;22;cat\r\n",
        "image\tx\ty\tw\th\tlabel\na\t1\t2\t10\t20\tcat\n",
        "image_id|category|left|top|width|height\nA.JPG|cat|1|2|10|20\n",
        "ImageID,LabelName,XMin,YMin,XMax,YMax\na,cat,0.01,0.025,0.11,0.275\n",
        "images/a.jpg,1,2,11,22,cat\n",
        "a.jpg,cat,1,2,11,22\n",
        "\ufefffilename,label,xmin,ymin,xmax,ymax\n\na.jpg, cat ,1,2,11,22",
    ],
)
def test_the_usual_layouts_of_boxes(body: str) -> None:
    assert table(body) == [("a", "cat", BOX)]
    assert registry.detect(MemorySource({"labels.csv": body})).format == "csv"


@pytest.mark.parametrize(
    ("body", "labels"),
    [
        ('filename,label\na.jpg,"salt, pepper; and | more"\n', ["salt, pepper; and | more"]),
        ('filename,tags\na.jpg,"[""red"", ""a, b""]"\n', ["red", "a, b"]),
        ("filename,label\na.jpg,red\nb.jpg,blue\na.jpg,green\n", ["red", "green", "blue"]),
        ("a.jpg,red\nb.jpg,blue\n", ["red", "blue"]),
        ("filename,label\na.jpg,\n", []),
        ('filename,label\na.jpg,"[not json"\n', ["[not json"]),
        ("filename,label\na.jpg,'=1+1\n", ["=1+1"]),
        ("filename,label\na.jpg,Käse\n".encode("cp1252"), ["Käse"]),
        ("filename,label\na.jpg,Käse\n".encode("utf-16"), ["Käse"]),
    ],
)
def test_labels_survive_whole(body: str | bytes, labels: list[str]) -> None:
    assert [label for _, label, _ in table(body)] == labels


def test_each_bad_row_is_reported_and_the_good_ones_kept() -> None:
    rows = ["a.jpg,1,2,11,22,cat", "a.jpg,x,2,11,22,cat", "a.jpg,1,2", "gone.jpg,1,2,3,4,cat", ",1,2,3,4,cat"]
    body = "\n".join(["filename,xmin,ymin,xmax,ymax,label", *rows, "a.jpg,90,2,110,22,cat", "a.jpg,1,1,1,1,cat"])
    items = read("csv", {"l.csv": body, "a.jpg": b""}, lambda name: (100, 80) if name == "a.jpg" else None)
    assert sorted((problem.where, problem.code) for problem in problems(items)) == [
        ("l.csv, row 3", "number"),
        ("l.csv, row 4", "number"),
        ("l.csv, row 5", "image_missing"),
        ("l.csv, row 6", "image_missing"),
        ("l.csv, row 7", "cut"),
        ("l.csv, row 8", "empty"),
    ]
    assert len(images(items)[0].shapes) == 2


@pytest.mark.parametrize(
    "body",
    [
        "",
        "nothing,useful\n1,2\n",
        b"\x00\x01\xff\xfe",
        "filename,label\na.jpg," + "x" * 9_000_000,
        'filename,label\na.jpg,"never closed' + "\nb.jpg,cat" * 600_000,
    ],
)
def test_hostile_tables_are_a_problem_of_their_file(body: str | bytes) -> None:
    found = [problem for problem in problems(read("csv", {"bad.csv": body, "a.jpg": b""})) if not problem.kept]
    assert found
    assert all(problem.where.startswith("bad.csv") for problem in found)


def test_no_cell_runs_as_a_formula() -> None:
    names = ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "'=x", "'x", "plain"]
    sent = [LabelledImage("=1.jpg", 10, 10, shapes=tuple(Shape("tag", name) for name in names))]
    files, _ = export("csv", sent, [])
    rows = list(csv.DictReader(io.StringIO(files["labels.csv"].decode())))
    assert [row["class"] for row in rows] == ["'" + name for name in names[:-1]] + ["plain"]
    assert all(row["filename"] == "'=1.jpg" for row in rows)
    assert [shape.label for shape in images(back("csv", sent, [])[0])[0].shapes] == names


def test_folders_are_tags_and_splits() -> None:
    names = ["set/train/cat/1.jpg", "set/valid/dog/2.jpg", "set/test/images/3.jpg", "4.jpg", "notes.txt"]
    items = read("folder", dict.fromkeys(names, b""))
    assert [(image.split, [shape.label for shape in image.shapes]) for image in images(items)] == [
        ("train", ["cat"]),
        ("val", ["dog"]),
        ("test", ["set"]),
        ("", []),
    ]
    assert codes(read("folder", {"cat/1.jpg": b""}, lambda name: None)) == ["image_missing"]
    assert codes(read("folder", {f"{'x' * 120}/1.jpg": b""})) == ["class_name"]


@pytest.mark.parametrize("tag", ["a/b", "..", "CON: *?", "50%2Foff", " spaced ", "train", "ends."])
def test_any_tag_makes_a_safe_folder(tag: str) -> None:
    path = registry.FORMATS["folder"].image_path(LabelledImage("x/1.jpg", 9, 9, shapes=(Shape("tag", tag),)))
    assert path.count("/") == 1
    assert not set(path) & set('\\:*?"<>|')
    assert ".." not in path.split("/")


def line(**fields: object) -> str:
    return json.dumps({"name": "a.jpg", "shapes": []} | fields)


def test_bad_lines_of_json_are_reported_and_the_good_ones_kept() -> None:
    shape = {"kind": "box", "label": "cat", "geometry": BOX, "attributes": {"a": [1], "b": 1}, "confidence": 7}
    rows = [
        '{"format":"labelhub","classes":[{"name":"cat","color_index":5},{"name":""},7]}',
        line(shapes=[shape, shape | {"kind": "blob"}, shape | {"label": 5}, 5]),
        "not json",
        "[]",
        "[" * 100_000,
        line(name=5),
    ]
    items = read("jsonl", {"labels.jsonl": "\n".join(rows), "a.jpg": b""}, lambda name: (100, 80) if name else None)
    assert codes(items) == [
        *["class_missing", "class_missing", "attributes", "invalid", "class_missing", "class_missing"],
        *["json", "json", "json", "image_missing"],
    ]
    (kept,) = images(items)[0].shapes
    assert (kept.attributes, kept.confidence) == ({"b": 1}, None)
    assert LabelClass("cat", 5) in items


def test_a_line_too_long_ends_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.formats.jsonl.MAX_LINE", 100)
    items = read("jsonl", {"labels.jsonl": f"{line()}\n{'x' * 101}\n{line()}", "a.jpg": b""}, always())
    assert (codes(items), len(images(items))) == (["damaged"], 1)


def test_classes_beyond_a_limit_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.formats.registry.MAX_CLASSES", 2)
    items = read("csv", {"l.csv": "filename,label\n" + "".join(f"a.jpg,c{n}\n" for n in range(4)), "a.jpg": b""})
    assert codes(items) == ["too_many_classes"]
    assert [shape.label for shape in images(items)[0].shapes] == ["c0", "c1"]
