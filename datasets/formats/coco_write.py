"""Writes COCO: one file of annotations for each split."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from datasets.formats.model import LabelClass, LabelledImage, Loss, Shape, Sink, Written
from datasets.formats.objects import LabelledObject, clipped, objects
from datasets.formats.spool import Spools, spools
from datasets.formats.text import plain
from datasets.rules import masks
from datasets.rules.geometry import area, rings

LOSSES = (
    Loss("tags", "Tags on whole images are left out: COCO labels objects."),
    Loss("lines", "Lines are left out: COCO has no open lines."),
    Loss("rotation", "Turned boxes become the upright box around them."),
    Loss("points", "Keypoints whose name is not in their class's skeleton are left out."),
)


def image_path(image: LabelledImage) -> str:
    return "/".join(part for part in ("images", image.split, image.name) if part)


def write(images: Iterable[LabelledImage], classes: Sequence[LabelClass], sink: Sink) -> Written:
    written = Written()
    numbers = {each.name: number for number, each in enumerate(classes, 1)}
    skeletons = {each.name: each.skeleton["points"] for each in classes if each.skeleton}
    with spools() as spool:
        for image in images:
            written.images += 1
            _add(spool, f"images {image.split}", _image(image, written.images))
            for each in objects(image.shapes):
                _add_object(spool, image, each, numbers[each.label], skeletons.get(each.label, []), written)
        for split in _splits(spool):
            _write_file(spool, split, classes, sink)
    return written


def _splits(spool: Spools) -> list[str]:
    """The splits seen; one without a name when there is no image at all."""
    return [name.partition(" ")[2] for name in spool.names() if name.startswith("images ")] or [""]


def _add(spool: Spools, key: str, entry: dict[str, Any]) -> None:
    comma = ",\n" if key in spool else ""
    spool.add(key, comma + _json(entry))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _image(image: LabelledImage, number: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": number, "width": image.width, "height": image.height, "file_name": image.name}
    return entry | ({"sha256": image.sha256} if image.sha256 else {})


def _add_object(
    spool: Spools, image: LabelledImage, each: LabelledObject, category: int, names: list[str], written: Written
) -> None:
    _count_losses(each, names, written)
    box = each.box()
    if box is None or (each.parts.keys() == {"keypoints"} and not _known(each.parts["keypoints"], names)):
        return
    written.shapes += 1
    x0, y0, x1, y1 = clipped(box, image.width, image.height)
    head = {"id": written.shapes, "image_id": written.images, "category_id": category}
    body = {
        "bbox": [plain(value) for value in (x0, y0, x1 - x0, y1 - y0)],
        "area": plain(_area(each) or (x1 - x0) * (y1 - y0)),
        "iscrowd": int(each.attributes.get("iscrowd") is True),
        "segmentation": _segmentation(each.parts.get("outline")),
    }
    _add(spool, f"annotations {image.split}", head | body | _points(each, names) | _extra(each))


def _known(keypoints: Shape, names: list[str]) -> bool:
    return any(point["visibility"] and point["name"] in names for point in keypoints.geometry["points"])


def _count_losses(each: LabelledObject, names: list[str], written: Written) -> None:
    box, keypoints = each.parts.get("box"), each.parts.get("keypoints")
    written.lose("tags", "tag" in each.parts)
    written.lose("lines", "polyline" in each.parts)
    written.lose("rotation", box is not None and box.geometry["rotation"] != 0)
    for point in keypoints.geometry["points"] if keypoints else ():
        written.lose("points", bool(point["visibility"]) and point["name"] not in names)


def _area(each: LabelledObject) -> float:
    part = each.parts.get("outline") or each.parts.get("box")
    return area(part.kind, part.geometry) if part else 0.0


def _segmentation(outline: Shape | None) -> list[list[float]] | dict[str, Any]:
    """Polygons as flat lists, a mask as COCO's compressed run lengths."""
    if outline is None:
        return []
    if outline.kind == "mask":
        return {"size": outline.geometry["size"], "counts": masks.to_text(outline.geometry["counts"])}
    return [[plain(value) for point in ring for value in point] for ring in rings(outline.geometry)]


def _points(each: LabelledObject, names: list[str]) -> dict[str, Any]:
    if "keypoints" not in each.parts:
        return {}
    by_name = {point["name"]: point for point in each.parts["keypoints"].geometry["points"]}
    found = [by_name.get(name, {"x": 0, "y": 0, "visibility": 0}) for name in names]
    flat = [plain(point[field]) for point in found for field in ("x", "y", "visibility")]
    return {"num_keypoints": sum(1 for point in found if point["visibility"]), "keypoints": flat}


def _extra(each: LabelledObject) -> dict[str, Any]:
    attributes = dict(sorted(each.attributes.items()))
    if attributes.get("iscrowd") is True:
        del attributes["iscrowd"]
    score = {} if each.confidence is None else {"score": each.confidence}
    return ({"attributes": attributes} if attributes else {}) | score


def _write_file(spool: Spools, split: str, classes: Sequence[LabelClass], sink: Sink) -> None:
    name = f"instances_{split}" if split else "instances"
    with sink.file(f"annotations/{name}.json") as stream:
        stream.write(b'{"info":{},"licenses":[],"images":[\n')
        spool.pour(f"images {split}", stream)
        stream.write(b'\n],"annotations":[\n')
        spool.pour(f"annotations {split}", stream)
        stream.write(b'\n],"categories":[\n')
        stream.write(",\n".join(_json(_category(each, number)) for number, each in enumerate(classes, 1)).encode())
        stream.write(b"\n]}\n")


def _category(each: LabelClass, number: int) -> dict[str, Any]:
    """COCO counts the points of an edge from 1."""
    entry: dict[str, Any] = {"id": number, "name": each.name, "supercategory": each.supercategory}
    if each.skeleton is None:
        return entry
    edges = [[start + 1, end + 1] for start, end in each.skeleton["edges"]]
    return entry | {"keypoints": each.skeleton["points"], "skeleton": edges}
