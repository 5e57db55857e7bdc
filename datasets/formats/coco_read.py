"""Reads COCO: boxes, polygons, run-length masks (crowds too) and keypoints with skeletons; captions are passed over."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from datasets.formats import checks
from datasets.formats.coco_parse import entries, looks_like_coco
from datasets.formats.gather import Gathered
from datasets.formats.matching import NameIndex, extension, folder_split, is_image, locate, split_of
from datasets.formats.model import (
    GROUP,
    Item,
    LabelClass,
    LabelledImage,
    Problem,
    Shape,
    Size,
    SizeOf,
    Source,
)
from datasets.formats.objects import repeats
from datasets.rules import masks
from datasets.rules.geometry import Geometry

_KEPT = ("id", "category_id", "bbox", "segmentation", "keypoints", "iscrowd", "attributes", "score")

Classes = dict[str, LabelClass]


def sniff(source: Source) -> str:
    """Why the source looks like COCO, or empty."""
    found = (name for name in source.names() if extension(name) == "json" and looks_like_coco(source, name))
    name = next(found, "")
    return f"{name} is a COCO file." if name else ""


def read(source: Source, size_of: SizeOf) -> Iterator[Item]:
    images = NameIndex(filter(is_image, source.names()))
    for name in source.names():
        if extension(name) == "json":
            yield from _read_file(source, name, images, size_of)


def _read_file(source: Source, name: str, images: NameIndex, size_of: SizeOf) -> Iterator[Item]:
    try:
        is_coco = looks_like_coco(source, name)
    except OSError as error:
        yield Problem(name, "damaged", str(error))
        return
    if not is_coco:
        yield Problem(name, "not_coco", "The JSON file is not a COCO dataset and was passed over.", True)
        return
    yield from _read_coco(source, name, images, size_of)


def _read_coco(source: Source, name: str, images: NameIndex, size_of: SizeOf) -> Iterator[Item]:
    classes: Classes = {}
    with Gathered() as gathered:
        yield from _gather(source, name, gathered, classes)
        yield from classes.values()
        for image, annotations in gathered.images():
            yield from _image(name, image, annotations, images, size_of, classes)
        for annotation in gathered.orphans():
            where = _where(name, annotation)
            yield Problem(where, "image_unknown", "The annotation's image_id is not among the images.")


def _gather(source: Source, name: str, gathered: Gathered, classes: Classes) -> Iterator[Problem]:
    for item in entries(source, name):
        if isinstance(item, Problem):
            yield item
        else:
            yield from _keep(name, *item, gathered, classes)


def _keep(name: str, section: str, entry: dict[str, Any], gathered: Gathered, classes: Classes) -> Iterator[Problem]:
    try:
        if section == "categories":
            classes[str(entry.get("id"))] = _label_class(entry, len(classes))
        elif section == "images":
            body = {field: entry.get(field) for field in ("file_name", "width", "height", "sha256")}
            if not gathered.add_image(str(entry.get("id")), body):
                raise checks.Rejected("image_repeated", "An image of this id came before.")
        elif not _is_caption(entry):
            body = {field: entry[field] for field in _KEPT if field in entry}
            gathered.add_row(str(entry.get("image_id")), body)
    except checks.Rejected as error:
        yield Problem(f"{name}, {section} {_id(entry)}", error.code, error.message)
    except (RecursionError, ValueError):
        yield Problem(f"{name}, {section} {_id(entry)}", "json", "The entry is nested too deeply.")


def _is_caption(annotation: dict[str, Any]) -> bool:
    return "caption" in annotation and "category_id" not in annotation


def _label_class(category: dict[str, Any], place: int) -> LabelClass:
    above = category.get("supercategory")
    above = above.strip() if isinstance(above, str) else ""
    skeleton = checks.skeleton(category.get("keypoints"), category.get("skeleton"), 1)
    usable = len(above) <= checks.MAX_NAME and above.isprintable()
    return LabelClass(checks.class_name(category.get("name")), place, skeleton, above if usable else "")


def _id(entry: dict[str, Any]) -> str:
    return str(entry.get("id"))[:40] if isinstance(entry.get("id"), int | str) else "without id"


def _where(name: str, annotation: dict[str, Any]) -> str:
    return f"{name}, annotation {_id(annotation)}"


def _image(
    name: str,
    image: dict[str, Any],
    annotations: Iterator[dict[str, Any]],
    images: NameIndex,
    size_of: SizeOf,
    classes: Classes,
) -> Iterator[Item]:
    wanted = image["file_name"] if isinstance(image["file_name"], str) else ""
    split = folder_split(wanted) or split_of(name)
    place = locate(images, size_of, [wanted], split)
    if place is None:
        yield checks.missing_image(name, wanted)
        return
    found, size = place
    yield from checks.size_note(f"{name}, {wanted}", (image["width"], image["height"]), size)
    yield from checks.labelled(
        LabelledImage(found, *size, checks.sha256(image["sha256"]), split=split),
        _all_shapes(name, annotations, size, classes),
    )


def _all_shapes(
    name: str, annotations: Iterator[dict[str, Any]], size: Size, classes: Classes
) -> Iterator[Shape | Problem]:
    for annotation in annotations:
        where, label = _where(name, annotation), classes.get(str(annotation.get("category_id")))
        if label is None:
            yield Problem(where, "class_unknown", "The annotation's category_id is not among the categories.")
        else:
            yield from _shapes(where, annotation, size, label)


def _shapes(where: str, annotation: dict[str, Any], size: Size, label: LabelClass) -> Iterator[Shape | Problem]:
    """The shapes of one annotation; they share a group when there are several."""
    kept: list[Shape] = []
    extra, score = _attributes(annotation), annotation.get("score")
    for kind, geometry in _geometries(annotation, label):
        if kind == "box" and any(repeats(geometry, shape) for shape in kept):
            continue
        for item in checks.shape(where, size, kind, label.name, geometry, extra, score):
            if isinstance(item, Shape):
                kept.append(item)
            else:
                yield item
    for shape in kept if len(kept) > 1 else ():
        shape.attributes.setdefault(GROUP, _id(annotation))
    yield from kept


def _attributes(annotation: dict[str, Any]) -> dict[str, Any]:
    given = annotation.get("attributes")
    crowd = {"iscrowd": True} if annotation.get("iscrowd") == 1 else {}
    return (given if isinstance(given, dict) else {}) | crowd


def _geometries(annotation: dict[str, Any], label: LabelClass) -> Iterator[tuple[str, Geometry]]:
    """What the annotation holds, as it stands; an annotation of nothing but a category is a tag."""
    segmentation, points, box = (annotation.get(field) for field in ("segmentation", "keypoints", "bbox"))
    if isinstance(segmentation, dict):
        yield "mask", _mask(segmentation)
    elif segmentation:
        yield "polygon", _polygon(segmentation)
    if isinstance(points, list) and any(points):
        yield "keypoints", _keypoints(points, label.skeleton["points"] if label.skeleton else [])
    if box:
        yield "box", _box(box)
    elif not segmentation and not points:
        yield "tag", {}


def _mask(segmentation: dict[str, Any]) -> Geometry:
    counts = segmentation.get("counts")
    if isinstance(counts, str):
        with suppress(ValueError):
            counts = masks.from_text(counts)
    return {"size": segmentation.get("size"), "counts": counts}


def _polygon(segmentation: object) -> Geometry:
    rings = segmentation if isinstance(segmentation, list) else []
    return {"rings": [_pairs(ring) for ring in ([rings] if all(map(_is_number, rings)) else rings)]}


def _pairs(flat: object) -> object:
    """[x, y] pairs of x1, y1, x2, y2, ...; anything else as it is, for the check to refuse."""
    if not isinstance(flat, list) or len(flat) % 2:
        return None
    return list(zip(flat[::2], flat[1::2], strict=True))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _keypoints(flat: list[Any], names: list[str]) -> Geometry:
    if len(flat) != 3 * len(names):
        return {"points": None}
    triples = zip(names, flat[::3], flat[1::3], flat[2::3], strict=True)
    return {"points": [{"name": name, "x": x, "y": y, "visibility": seen} for name, x, y, seen in triples]}


def _box(box: object) -> Geometry:
    values = box if isinstance(box, list) and len(box) == 4 else [None] * 4
    return dict(zip(("x", "y", "width", "height"), values, strict=True))
