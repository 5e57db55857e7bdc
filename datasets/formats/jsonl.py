"""Label Hub's own format: JSON lines that lose nothing. The first line has the classes, each other line an image."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from datasets.formats import checks
from datasets.formats.matching import NameIndex, extension, is_image, locate, split_named
from datasets.formats.model import (
    Item,
    LabelClass,
    LabelledImage,
    Problem,
    Shape,
    Sink,
    Size,
    SizeOf,
    Skeleton,
    Source,
    Written,
)
from datasets.formats.sources import lines

NAME = "labels.jsonl"
MARK = {"format": "labelhub", "version": 1}
MAX_LINE = 16 * 2**20


def encode_image(image: LabelledImage) -> str:
    """One line, without its end."""
    shapes = [
        {
            "kind": shape.kind,
            "label": shape.label,
            "geometry": shape.geometry,
            "attributes": dict(sorted(shape.attributes.items())),
            "confidence": shape.confidence,
        }
        for shape in image.shapes
    ]
    fields = {field: getattr(image, field) for field in ("name", "width", "height", "sha256", "split")}
    return _json(fields | {"shapes": shapes})


def decode_image(line: bytes) -> LabelledImage:
    """What `encode_image` wrote, unchecked: for text of our own."""
    fields = json.loads(line)
    return LabelledImage(**fields | {"shapes": tuple(Shape(**shape) for shape in fields["shapes"])})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def image_path(image: LabelledImage) -> str:
    return f"images/{image.name}"


def write(images: Iterable[LabelledImage], classes: Sequence[LabelClass], sink: Sink) -> Written:
    written = Written()
    with sink.file(NAME) as stream:
        stream.write(f"{_json(MARK | {'classes': [_class_fields(each) for each in classes]})}\n".encode())
        for image in images:
            stream.write(f"{encode_image(image)}\n".encode())
            written.images += 1
            written.shapes += len(image.shapes)
    return written


def _class_fields(each: LabelClass) -> dict[str, Any]:
    return {field: getattr(each, field) for field in ("name", "color_index", "skeleton", "supercategory")}


def sniff(source: Source) -> str:
    """Why the source looks like JSON lines of our own, or empty."""
    for name in source.names():
        if extension(name) == "jsonl":
            with source.open(name) as stream:
                if b'"labelhub"' in stream.read(200):
                    return f"{name} is a Label Hub file."
    return ""


def read(source: Source, size_of: SizeOf) -> Iterator[Item]:
    images = NameIndex(filter(is_image, source.names()))
    for name in source.names():
        if extension(name) == "jsonl":
            yield from _read_file(source, name, images, size_of)


def _read_file(source: Source, name: str, images: NameIndex, size_of: SizeOf) -> Iterator[Item]:
    try:
        for number, line in enumerate(lines(source, name, MAX_LINE), 1):
            if line.strip():
                yield from _read_line(f"{name}, line {number}", line, images, size_of)
    except (OSError, ValueError) as error:
        yield Problem(name, "damaged", f"The file breaks off: {error}")


def _read_line(where: str, line: bytes, images: NameIndex, size_of: SizeOf) -> Iterator[Item]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        yield Problem(where, "json", "The line is not JSON.")
        return
    if not isinstance(entry, dict):
        yield Problem(where, "json", "The line is not a JSON object.")
    elif "classes" in entry:
        yield from _classes(where, entry["classes"])
    else:
        yield from _image(where, entry, images, size_of)


def _classes(where: str, entries: object) -> Iterator[Item]:
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        try:
            yield _label_class(entry if isinstance(entry, dict) else {}, number - 1)
        except checks.Rejected as error:
            yield Problem(f"{where}, class {number}", error.code, error.message)


def _label_class(entry: dict[str, Any], place: int) -> LabelClass:
    color, above = entry.get("color_index"), entry.get("supercategory")
    return LabelClass(
        checks.class_name(entry.get("name")),
        color if isinstance(color, int) and 0 <= color < checks.MAX_CLASSES else place,
        _skeleton(entry.get("skeleton")),
        checks.class_name(above) if above else "",
    )


def _skeleton(value: object) -> Skeleton | None:
    if not isinstance(value, dict):
        return None
    return checks.skeleton(value.get("points"), value.get("edges"), 0)


def _image(where: str, entry: dict[str, Any], images: NameIndex, size_of: SizeOf) -> Iterator[Item]:
    wanted = entry.get("name") if isinstance(entry.get("name"), str) else ""
    place = locate(images, size_of, [wanted or ""])
    if place is None:
        yield checks.missing_image(where, wanted)
        return
    name, size = place
    yield from checks.size_note(where, (entry.get("width"), entry.get("height")), size)
    image = LabelledImage(name, *size, checks.sha256(entry.get("sha256")), split=split_named(entry.get("split")))
    yield from checks.labelled(image, _shapes(where, entry.get("shapes"), size))


def _shapes(where: str, entries: object, size: Size) -> Iterator[Shape | Problem]:
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        shape = entry if isinstance(entry, dict) else {}
        yield from checks.shape(
            f"{where}, shape {number}",
            size,
            str(shape.get("kind")),
            shape.get("label"),
            shape.get("geometry") or {},
            shape.get("attributes"),
            shape.get("confidence"),
        )
