"""Reads CSV files of tags or boxes in the layouts that are in use, and our own with every kind of shape."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from typing import Any

from datasets.formats import checks
from datasets.formats.csv_layout import Layout, find_layout
from datasets.formats.csv_write import unguarded
from datasets.formats.gather import Gathered
from datasets.formats.matching import NameIndex, extension, folder_split, is_image, locate, split_named
from datasets.formats.model import Item, LabelledImage, Problem, Shape, Size, SizeOf, Source
from datasets.rules import masks
from datasets.rules.geometry import Geometry

MAX_CELL = 4 * 2**20
MAX_LINE = 8 * 2**20
_HEAD = 2**16

# A mask's run lengths pass the module's default of 128 KiB; the limit belongs to the process, not to a reader.
csv.field_size_limit(MAX_CELL)

Cells = dict[str, str]


def sniff(source: Source) -> str:
    """Why the source looks like a CSV file of labels, or empty."""
    for name in filter(_is_csv, source.names()):
        layout = _layout(source, name)
        if layout and layout.columns.keys() & {"label", "xmin"}:
            return f"{name} is a table with the columns {', '.join(layout.columns)}."
    return ""


def _layout(source: Source, name: str) -> Layout | None:
    with _text(source, name) as stream, suppress(csv.Error):
        return find_layout(stream.readline(MAX_LINE))
    return None


def _is_csv(name: str) -> bool:
    return extension(name) in ("csv", "tsv")


@contextmanager
def _text(source: Source, name: str) -> Iterator[io.TextIOWrapper]:
    with source.open(name) as stream:
        head = stream.read(_HEAD)
    with source.open(name) as stream, io.TextIOWrapper(stream, _encoding(head), "replace", newline="") as text:
        yield text


def _encoding(head: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with its mark, else what Windows writes in western Europe."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The head may end inside a letter; a fault before that is another encoding.
        return "utf-8-sig" if error.start > len(head) - 4 and len(head) == _HEAD else "cp1252"
    return "utf-8-sig"


def read(source: Source, size_of: SizeOf) -> Iterator[Item]:
    images = NameIndex(filter(is_image, source.names()))
    for name in filter(_is_csv, source.names()):
        with Gathered() as gathered:
            yield from _gather(source, name, gathered)
            for filename, rows in gathered.images():
                yield from _image(name, filename, rows, images, size_of)


def _gather(source: Source, name: str, gathered: Gathered) -> Iterator[Problem]:
    try:
        layout = _layout(source, name)
        if layout is None:
            yield Problem(name, "columns", "No column of the table names an image, such as filename.")
            return
        with _text(source, name) as stream:
            yield from _rows(name, csv.reader(_lines(stream), delimiter=layout.delimiter), layout, gathered)
    except (OSError, ValueError, csv.Error) as error:
        yield Problem(name, "csv", f"The table breaks off: {checks.quoted(str(error))} What came before was read.")


def _lines(stream: io.TextIOWrapper) -> Iterator[str]:
    while line := stream.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise ValueError("a line is too long.")
        yield line


def _rows(name: str, rows: Iterable[list[str]], layout: Layout, gathered: Gathered) -> Iterator[Problem]:
    for number, row in enumerate(rows, 1):
        if (number == 1 and layout.has_header) or not any(row):
            continue
        cells = layout.cells(row)
        filename = unguarded(cells["filename"])
        if not filename:
            yield Problem(f"{name}, row {number}", "image_missing", "The row names no image.")
            continue
        gathered.add_image(filename, filename)
        gathered.add_row(filename, [number, cells])


def _image(
    name: str, filename: str, rows: Iterator[tuple[int, Cells]], images: NameIndex, size_of: SizeOf
) -> Iterator[Item]:
    first = next(rows)
    where = f"{name}, row {first[0]}"
    place = locate(images, size_of, [filename])
    if place is None:
        yield checks.missing_image(where, filename)
        return
    found, size = place
    cells = first[1]
    yield from checks.size_note(where, (cells.get("imagewidth"), cells.get("imageheight")), size)
    split = split_named(cells.get("split")) or folder_split(filename)
    yield from checks.labelled(LabelledImage(found, *size, split=split), _shapes(name, first, rows, size))


def _shapes(
    name: str, first: tuple[int, Cells], rows: Iterable[tuple[int, Cells]], size: Size
) -> Iterator[Shape | Problem]:
    for number, cells in chain([first], rows):
        where = f"{name}, row {number}"
        try:
            labels = _labels(cells)
            kind, geometry = _geometry(cells, size)
            extra, score = _parsed(cells, "attributes"), _score(cells)
        except checks.Rejected as error:
            yield Problem(where, error.code, error.message)
            continue
        if kind == "tag" and not any(labels):
            continue
        for label in labels:
            yield from checks.shape(where, size, kind, label, geometry, extra, score)


def _labels(cells: Cells) -> list[Any]:
    """One label, whole with its commas; several only where the cell is a JSON list."""
    text = unguarded(cells.get("label", ""))
    if text.startswith("[") and "kind" not in cells:
        try:
            several = json.loads(text)
        except (ValueError, RecursionError):
            return [text]
        return several if isinstance(several, list) else [text]
    return [text]


def _geometry(cells: Cells, size: Size) -> tuple[str, Geometry]:
    kind = cells.get("kind", "")
    if cells.get("geometry"):
        geometry = _parsed(cells, "geometry")
        return kind, _expanded(geometry) if isinstance(geometry, dict) else {}
    if kind == "tag" or not cells.get("xmin"):
        return kind or "tag", {}
    return "box", _box(cells, size)


def _expanded(geometry: Geometry) -> Geometry:
    counts = geometry.get("counts")
    if not isinstance(counts, str):
        return geometry
    try:
        return geometry | {"counts": masks.from_text(counts)}
    except ValueError as error:
        raise checks.Rejected("invalid", "The mask's run lengths cannot be read.") from error


def _box(cells: Cells, size: Size) -> Geometry:
    x, y = checks.number(cells["xmin"], "xmin"), checks.number(cells.get("ymin"), "ymin")
    if "xmax" in cells:
        right, bottom = checks.number(cells["xmax"], "xmax"), checks.number(cells.get("ymax"), "ymax")
    else:
        right = x + checks.number(cells.get("width"), "width")
        bottom = y + checks.number(cells.get("height"), "height")
    corners = (x, y, right, bottom)
    if "kind" not in cells and _are_shares(corners):
        corners = (x * size[0], y * size[1], right * size[0], bottom * size[1])
    x, y, right, bottom = corners
    return {"x": x, "y": y, "width": right - x, "height": bottom - y}


def _are_shares(corners: tuple[float, ...]) -> bool:
    """Shares of the image's size, as Open Images has them: all within 0 to 1 and not all whole."""
    return all(0 <= each <= 1 for each in corners) and any(each % 1 for each in corners)


def _parsed(cells: Cells, role: str) -> Any:
    try:
        return json.loads(cells[role]) if cells.get(role) else {}
    except (ValueError, RecursionError) as error:
        raise checks.Rejected("json", f"The cell {role} is not JSON.") from error


def _score(cells: Cells) -> float | None:
    try:
        return checks.number(cells["confidence"], "confidence") if cells.get("confidence") else None
    except checks.Rejected:
        return None
