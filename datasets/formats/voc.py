"""Pascal VOC: one XML file per image, boxes only.

Coordinates are kept as they are read and written as they are: pixels from 0, as nearly all tools write them,
although the original challenge counted from 1.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse

from datasets.formats import checks, losses
from datasets.formats.matching import NameIndex, extension, folder_split, is_image, locate, stem
from datasets.formats.model import (
    Item,
    LabelClass,
    LabelledImage,
    Loss,
    Problem,
    Shape,
    Sink,
    Size,
    SizeOf,
    Source,
    Written,
)
from datasets.formats.objects import LabelledObject, clipped, objects
from datasets.formats.splits import listed_splits
from datasets.formats.spool import Spools, spools
from datasets.formats.text import Stems, plain
from datasets.rules.planar import Bounds

MAX_FILE = 8 * 2**20
SPLITS = ("train", "val", "test")
SIDES = ("xmin", "ymin", "xmax", "ymax")
FLAGS = ("truncated", "difficult", "occluded")
LOSSES = (
    Loss("tags", "Tags are left out: Pascal VOC holds boxes only."),
    Loss("points", "Keypoints and lines are left out: Pascal VOC holds boxes only."),
    Loss("outlines", "Polygons and masks are left out, or become the box around them where there is none."),
    Loss("rotation", "Turned boxes become the upright box around them."),
    losses.CONFIDENCE,
    losses.SUPERCATEGORIES,
    Loss("attribute_types", "Attribute values become text."),
)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def sniff(source: Source) -> str:
    """Why the source looks like Pascal VOC, or empty."""
    found = (name for name in source.names() if extension(name) == "xml")
    for name, _ in zip(found, range(5), strict=False):
        with source.open(name) as stream:
            if b"<annotation" in stream.read(4096):
                return f"{name} is a Pascal VOC file."
    return ""


def read(source: Source, size_of: SizeOf) -> Iterator[Item]:
    images = NameIndex(filter(is_image, source.names()))
    splits: dict[str, str] = {}
    yield from listed_splits(source, _is_list, splits)
    for name in source.names():
        if extension(name) == "xml":
            yield from _read_file(source, name, images, size_of, splits)


def _is_list(name: str) -> bool:
    folders, _, file = name.rpartition("/")
    return folders.endswith("ImageSets/Main") and file in {f"{split}.txt" for split in SPLITS}


def _identifier(name: str) -> str:
    """What ImageSets call the image of an XML file."""
    _, marker, inner = stem(name).rpartition("Annotations/")
    return inner if marker else inner.rpartition("/")[2]


def _read_file(source: Source, name: str, images: NameIndex, size_of: SizeOf, splits: dict[str, str]) -> Iterator[Item]:
    root = _parsed(source, name)
    if isinstance(root, Problem):
        yield root
        return
    filename = _text(root, "filename")
    place = locate(images, size_of, [stem(name), filename])
    if place is None:
        yield checks.missing_image(name, filename or stem(name))
        return
    image, size = place
    split = splits.get(_identifier(name), "") or folder_split(name)
    yield from checks.size_note(name, (_text(root, "size/width"), _text(root, "size/height")), size)
    found = _shapes(name, root, size)
    yield from checks.labelled(LabelledImage(image, *size, split=split), found)


def _shapes(name: str, root: Element, size: Size) -> Iterator[Shape | Problem]:
    for number, element in enumerate(root.iterfind("object"), 1):
        yield from _shape(f"{name}, object {number}", element, size)


def _parsed(source: Source, name: str) -> Element | Problem:
    if source.size(name) > MAX_FILE:
        return Problem(name, "too_large", f"A Pascal VOC file may have at most {MAX_FILE // 2**20} MB.")
    try:
        with source.open(name) as stream:
            root = parse(stream, forbid_dtd=True).getroot()
    except (ParseError, DefusedXmlException, LookupError, ValueError, OSError) as error:
        return Problem(name, "xml", f"The XML cannot be read: {checks.quoted(str(error))}.")
    if root is None or root.tag != "annotation":
        return Problem(name, "not_voc", "The XML file is not a Pascal VOC annotation.")
    return root


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _shape(where: str, element: Element, size: Size) -> Iterator[Shape | Problem]:
    try:
        x0, y0, x1, y1 = (checks.number(_text(element, f"bndbox/{side}"), side) for side in SIDES)
    except checks.Rejected as error:
        yield Problem(where, error.code, error.message)
        return
    geometry = {"x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0}
    yield from checks.shape(where, size, "box", _text(element, "name"), geometry, _attributes(element))


def _attributes(element: Element) -> dict[str, Any]:
    """What is set: a flag that is 0 and a pose that is Unspecified say nothing."""
    found: dict[str, Any] = {flag: True for flag in FLAGS if _text(element, flag) in ("1", "true", "True")}
    pose = _text(element, "pose")
    if pose and pose.lower() != "unspecified":
        found["pose"] = pose
    for attribute in element.iterfind("attributes/attribute"):
        found[_text(attribute, "name")] = attribute.findtext("value") or ""
    return found


def image_path(image: LabelledImage) -> str:
    return f"JPEGImages/{image.name}"


def write(images: Iterable[LabelledImage], classes: Sequence[LabelClass], sink: Sink) -> Written:
    written, stems = Written(), Stems()
    losses.count_supercategories(classes, written)
    with spools() as lists:
        for image in images:
            name = stems.of(image.name)
            with sink.file(f"Annotations/{name}.xml") as stream:
                stream.write(_document(image, written).encode())
            lists.add(image.split or "default", f"{name}\n")
            written.images += 1
        _write_lists(lists, sink)
    return written


def _write_lists(lists: Spools, sink: Sink) -> None:
    for split in lists.names():
        with sink.file(f"ImageSets/Main/{split}.txt") as stream:
            lists.pour(split, stream)


def _document(image: LabelledImage, written: Written) -> str:
    folder, _, file = image_path(image).rpartition("/")
    boxes = "".join(_object(each, image, written) for each in objects(image.shapes))
    return (
        f"<annotation>\n\t<folder>{_safe(folder)}</folder>\n\t<filename>{_safe(file)}</filename>\n"
        f"\t<size>\n\t\t<width>{image.width}</width>\n\t\t<height>{image.height}</height>\n"
        f"\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>\n{boxes}</annotation>\n"
    )


def _object(each: LabelledObject, image: LabelledImage, written: Written) -> str:
    _count_losses(each, written)
    box = each.box() if {"box", "outline"} & each.parts.keys() else None
    if box is None:
        return ""
    written.shapes += 1
    pose = each.attributes.get("pose", "Unspecified")
    flags = "".join(f"\t\t<{flag}>{int(each.attributes.get(flag) is True)}</{flag}>\n" for flag in FLAGS)
    return (
        f"\t<object>\n\t\t<name>{_safe(each.label)}</name>\n\t\t<pose>{_safe(pose)}</pose>\n{flags}"
        f"{_box(clipped(box, image.width, image.height))}{_extra(each.attributes)}\t</object>\n"
    )


def _count_losses(each: LabelledObject, written: Written) -> None:
    parts = each.parts
    written.lose("tags", "tag" in parts)
    written.lose("points", bool({"keypoints", "polyline"} & parts.keys()))
    written.lose("outlines", "outline" in parts)
    written.lose("rotation", "box" in parts and parts["box"].geometry["rotation"] != 0)
    if {"box", "outline"} & parts.keys():
        written.lose(losses.CONFIDENCE.code, each.confidence is not None)
        written.lose("attribute_types", any(not isinstance(value, str) for _, value in _others(each.attributes)))


def _box(box: Bounds) -> str:
    sides = zip(SIDES, box, strict=True)
    inside = "".join(f"\t\t\t<{side}>{plain(value)}</{side}>\n" for side, value in sides)
    return f"\t\t<bndbox>\n{inside}\t\t</bndbox>\n"


def _others(attributes: dict[str, Any]) -> list[tuple[str, Any]]:
    """The attributes that VOC has no element of its own for, by name."""
    mine = {name: value for name, value in attributes.items() if name != "pose" and not _is_flag(name, value)}
    return sorted(mine.items())


def _is_flag(name: str, value: object) -> bool:
    return name in FLAGS and isinstance(value, bool)


def _extra(attributes: dict[str, Any]) -> str:
    rows = "".join(
        f"\t\t\t<attribute><name>{_safe(name)}</name><value>{_safe(value)}</value></attribute>\n"
        for name, value in _others(attributes)
    )
    return f"\t\t<attributes>\n{rows}\t\t</attributes>\n" if rows else ""


def _safe(value: object) -> str:
    return escape(_UNPRINTABLE.sub("", str(value)), {"\r": "&#13;"})
