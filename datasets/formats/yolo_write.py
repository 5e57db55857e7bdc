"""Writes YOLO for Ultralytics: data.yaml, and a text file per image with a line per object.

Its trainers read a dataset as one task: every line must have keypoints when any has, and outlines are dropped unless
every object has one. So the task is chosen for the whole dataset, by what its images hold.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from datasets.formats import losses
from datasets.formats.jsonl import decode_image, encode_image
from datasets.formats.model import LabelClass, LabelledImage, Loss, Shape, Sink, Written
from datasets.formats.objects import LabelledObject, clipped, objects
from datasets.formats.spool import spools
from datasets.formats.text import Stems
from datasets.rules.geometry import corners, rings
from datasets.rules.planar import Bounds, Point, clip_ring, polygon_area

NO_SPLIT = "all"
LOSSES = (
    Loss("tags", "Tags are left out: to train a YOLO classifier, choose image folders."),
    Loss("lines", "Lines are left out: YOLO has no open lines."),
    Loss("masks", "Masks become the box around them."),
    Loss("outlines", "Polygons beside keypoints become the box around them: YOLO trains on one or the other."),
    Loss("boxes", "Boxes beside polygons become polygons of four corners: YOLO trains on one or the other."),
    Loss("parts", "Parts of a polygon are joined by a line without width."),
    Loss("rotation", "Turned boxes become the upright box around them."),
    Loss("points", "Keypoints whose name is not in their class's skeleton are left out."),
    losses.ATTRIBUTES,
    losses.CONFIDENCE,
    losses.CONNECTIONS,
    losses.SUPERCATEGORIES,
)


@dataclass(frozen=True)
class Task:
    numbers: dict[str, int]
    skeletons: dict[str, list[str]]
    outlines: bool = False
    points: int = 0
    """Keypoints on every line, as many as the largest skeleton has; 0 for none."""


def image_path(image: LabelledImage) -> str:
    return f"images/{image.split or NO_SPLIT}/{image.name}"


def write(images: Iterable[LabelledImage], classes: Sequence[LabelClass], sink: Sink) -> Written:
    written, stems = Written(), Stems()
    losses.count_connections(classes, written)
    losses.count_supercategories(classes, written)
    kinds: set[str] = set()
    splits: set[str] = set()
    with spools() as spool:
        for image in images:
            kinds.update(shape.kind for shape in image.shapes)
            splits.add(image.split or NO_SPLIT)
            spool.add("images", f"{encode_image(image)}\n")
        task = _task(classes, kinds)
        for image in map(decode_image, spool.lines("images")):
            with sink.file(f"labels/{image.split or NO_SPLIT}/{stems.of(image.name)}.txt") as stream:
                stream.write("".join(_lines(image, task, written)).encode())
            written.images += 1
    with sink.file("data.yaml") as stream:
        stream.write(_config(classes, splits, task).encode())
    return written


def _task(classes: Sequence[LabelClass], kinds: set[str]) -> Task:
    numbers = {each.name: number for number, each in enumerate(classes)}
    skeletons = {each.name: each.skeleton["points"] for each in classes if each.skeleton}
    points = max(map(len, skeletons.values()), default=0) if "keypoints" in kinds else 0
    return Task(numbers, skeletons, "polygon" in kinds and not points, points)


def _lines(image: LabelledImage, task: Task, written: Written) -> Iterator[str]:
    for each in objects(image.shapes):
        line = _line(each, image, task, written)
        if line:
            written.shapes += 1
            yield f"{task.numbers[each.label]} {line}\n"


def _line(each: LabelledObject, image: LabelledImage, task: Task, written: Written) -> str:
    """The object's values after its class, or empty when YOLO cannot carry it."""
    written.lose("tags", "tag" in each.parts)
    written.lose("lines", "polyline" in each.parts)
    _count_points(each, task, written)
    names = task.skeletons.get(each.label, [])
    box = each.box()
    if box is None or (each.parts.keys() == {"keypoints"} and not (task.points and _has_known_points(each, names))):
        return ""
    written.lose(losses.ATTRIBUTES.code, bool(each.attributes))
    written.lose(losses.CONFIDENCE.code, each.confidence is not None)
    if task.outlines:
        return _outline(each, image, written)
    return f"{_box(each, box, image, written)}{_points(each, names, task.points, image)}"


def _count_points(each: LabelledObject, task: Task, written: Written) -> None:
    names = task.skeletons.get(each.label, []) if task.points else []
    for point in each.parts["keypoints"].geometry["points"] if "keypoints" in each.parts else ():
        written.lose("points", bool(point["visibility"]) and point["name"] not in names)


def _has_known_points(each: LabelledObject, names: list[str]) -> bool:
    return any(point["visibility"] and point["name"] in names for point in each.parts["keypoints"].geometry["points"])


def _box(each: LabelledObject, around: Bounds, image: LabelledImage, written: Written) -> str:
    box, outline = each.parts.get("box"), each.parts.get("outline")
    written.lose("rotation", box is not None and box.geometry["rotation"] != 0)
    if outline:
        written.lose("masks" if outline.kind == "mask" else "outlines")
    x0, y0, x1, y1 = clipped(around, image.width, image.height)
    values = ((x0 + x1) / 2 / image.width, (y0 + y1) / 2 / image.height)
    return " ".join(map(_share, (*values, (x1 - x0) / image.width, (y1 - y0) / image.height)))


def _outline(each: LabelledObject, image: LabelledImage, written: Written) -> str:
    outline = each.parts.get("outline")
    written.lose("boxes", "box" in each.parts)
    if outline and outline.kind == "polygon":
        ring = _joined(rings(outline.geometry))
        written.lose("parts", "rings" in outline.geometry)
    else:
        written.lose("masks", outline is not None)
        ring = _corners(each, image)
    return " ".join(f"{_share(x / image.width)} {_share(y / image.height)}" for x, y in ring)


def _joined(parts: list[list[Point]]) -> list[Point]:
    """One ring: each part closed, and after the last the way back over the parts' first points."""
    if len(parts) == 1:
        return parts[0]
    closed = [point for part in parts for point in (*part, part[0])]
    return closed + [part[0] for part in reversed(parts[1:-1])]


def _corners(each: LabelledObject, image: LabelledImage) -> list[Point]:
    box = each.parts.get("box")
    if box and box.geometry["rotation"]:
        ring = clip_ring(corners(box.geometry), 0, 0, image.width, image.height)
        if polygon_area(ring):
            return ring
    x0, y0, x1, y1 = clipped(each.box() or (0, 0, 0, 0), image.width, image.height)
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def _points(each: LabelledObject, names: list[str], count: int, image: LabelledImage) -> str:
    """Keypoints in the skeleton's order, with zeros for those it has not got."""
    keypoints: Shape | None = each.parts.get("keypoints")
    by_name = {point["name"]: point for point in keypoints.geometry["points"]} if keypoints else {}
    values = [by_name.get(name) for name in [*names, *[""] * count][:count]]
    return "".join(
        f" {_share(point['x'] / image.width)} {_share(point['y'] / image.height)} {point['visibility']}"
        if point
        else " 0 0 0"
        for point in values
    )


def _share(value: float) -> str:
    """Eight decimals bring back thousandths of a pixel on images of up to 65,000 pixels."""
    return f"{value:.8f}".rstrip("0").rstrip(".") or "0"


def _config(classes: Sequence[LabelClass], splits: set[str], task: Task) -> str:
    train = [f"images/{split}" for split in ("train", NO_SPLIT) if split in splits] or ["images/train"]
    # Without `path`, Ultralytics looks beside data.yaml; a relative one would mean its own datasets folder.
    paths: dict[str, Any] = {"train": train[0] if len(train) == 1 else train}
    paths["val"] = "images/val" if "val" in splits else paths["train"]
    if "test" in splits:
        paths["test"] = "images/test"
    document = paths | {"names": {number: each.name for number, each in enumerate(classes)}}
    if task.points:
        document["kpt_shape"] = [task.points, 3]
        document["kpt_names"] = {task.numbers[name]: points for name, points in task.skeletons.items()}
    return str(yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=1000))
