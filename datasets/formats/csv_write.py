"""Writes CSV: one row per shape, and one for each image without any."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from datasets.formats import losses
from datasets.formats.model import LabelClass, LabelledImage, Shape, Sink, Written
from datasets.formats.text import plain
from datasets.rules import masks
from datasets.rules.geometry import Geometry, bounds

NAME = "labels.csv"
IMAGE_COLUMNS = ("filename", "width", "height", "split")
SHAPE_COLUMNS = ("class", "kind", "xmin", "ymin", "xmax", "ymax", "geometry", "attributes", "confidence")
FORMULA = "=+-@\t\r"
"""First letters that make a spreadsheet run a cell (OWASP, CSV injection)."""
LOSSES = (losses.CONNECTIONS, losses.SUPERCATEGORIES)


def guarded(text: str) -> str:
    """Text that no spreadsheet runs; `unguarded` takes it back."""
    return f"'{text}" if text.startswith((*FORMULA, "'")) else text


def unguarded(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:2] and text[1] in FORMULA + "'" else text


def image_path(image: LabelledImage) -> str:
    return f"images/{image.name}"


def write(images: Iterable[LabelledImage], classes: Sequence[LabelClass], sink: Sink) -> Written:
    written = Written()
    losses.count_connections(classes, written)
    losses.count_supercategories(classes, written)
    with sink.file(NAME) as stream:
        stream.write(_row((*IMAGE_COLUMNS, *SHAPE_COLUMNS)))
        for image in images:
            head = (guarded(image.name), image.width, image.height, image.split)
            for shape in image.shapes:
                stream.write(_row((*head, *_cells(shape))))
            if not image.shapes:
                stream.write(_row((*head, *("" for _ in SHAPE_COLUMNS))))
            written.images += 1
            written.shapes += len(image.shapes)
    return written


def _row(cells: Iterable[object]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


def _cells(shape: Shape) -> Iterable[object]:
    around = bounds(shape.kind, shape.geometry)
    sides = [plain(side) for side in around] if around else [""] * 4
    upright = shape.kind == "box" and not shape.geometry["rotation"]
    return (
        guarded(shape.label),
        shape.kind,
        *sides,
        "" if upright or shape.kind == "tag" else _json(_compact(shape.kind, shape.geometry)),
        _json(dict(sorted(shape.attributes.items()))) if shape.attributes else "",
        "" if shape.confidence is None else repr(shape.confidence),
    )


def _compact(kind: str, geometry: Geometry) -> dict[str, Any]:
    return geometry | {"counts": masks.to_text(geometry["counts"])} if kind == "mask" else geometry


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
