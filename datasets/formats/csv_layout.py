"""What the columns of a stranger's CSV file mean, found from its header or, without one, from its first row."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from datasets.formats.checks import Rejected, number
from datasets.formats.matching import is_image

DELIMITERS = (",", ";", "\t", "|")
_ROLES = {
    "filename": "filename file image imagename imagefile imagefilename imagepath path filepath img imageid fname",
    "label": "label class classname category categoryname labelname tag name labels tags target",
    "xmin": "xmin x1 left x minx bboxxmin bboxx bboxleft xleft",
    "ymin": "ymin y1 top y miny bboxymin bboxy bboxtop ytop",
    "xmax": "xmax x2 right maxx bboxxmax xright",
    "ymax": "ymax y2 bottom maxy bboxymax ybottom",
    "width": "width w bboxwidth boxwidth bboxw",
    "height": "height h bboxheight boxheight bboxh",
    "imagewidth": "imagewidth imgwidth",
    "imageheight": "imageheight imgheight",
    "kind": "kind shape shapetype",
    "geometry": "geometry",
    "attributes": "attributes",
    "confidence": "confidence score probability",
    "split": "split set subset partition",
}
_ROLE_OF = {alias: role for role, aliases in _ROLES.items() for alias in aliases.split()}
CORNERS = ("xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True)
class Layout:
    delimiter: str
    columns: dict[str, int]
    has_header: bool

    def cells(self, row: Sequence[str]) -> dict[str, str]:
        """The row's cells by role; what is missing is empty."""
        return {role: row[place].strip() if place < len(row) else "" for role, place in self.columns.items()}


def find_layout(first_line: str) -> Layout | None:
    """The layout that gives most columns a meaning; None when no column names an image."""
    layouts = [layout for delimiter in DELIMITERS if (layout := _layout(first_line, delimiter))]
    return max(layouts, key=lambda layout: len(layout.columns), default=None)


def _layout(first_line: str, delimiter: str) -> Layout | None:
    cells = next(csv.reader([first_line], delimiter=delimiter), [])
    columns: dict[str, int] = {}
    for place, cell in enumerate(cells):
        role = _ROLE_OF.get("".join(letter for letter in cell.lower() if letter.isalnum()))
        if role:
            columns.setdefault(role, place)
    if "filename" in columns and len(columns) > 1:
        return Layout(delimiter, _without_image_size(columns), True)
    return _headless(cells, delimiter)


def _without_image_size(columns: dict[str, int]) -> dict[str, int]:
    """Beside xmax, the columns width and height are the image's, not the box's."""
    if "xmax" not in columns:
        return columns
    own = {"width": "imagewidth", "height": "imageheight"}
    return {own.get(role, role): place for role, place in columns.items()}


def _headless(cells: Sequence[str], delimiter: str) -> Layout | None:
    """filename,label | filename,label,x1,y1,x2,y2 | filename,x1,y1,x2,y2,label (as RetinaNet reads it)."""
    if not cells or not is_image(cells[0].strip()):
        return None
    roles: Sequence[str] = ("filename", "label")
    if len(cells) == 6:
        last = all(_is_number_or_empty(cell) for cell in cells[1:5])
        roles = ("filename", *CORNERS, "label") if last else ("filename", "label", *CORNERS)
    elif len(cells) != 2:
        return None
    return Layout(delimiter, {role: place for place, role in enumerate(roles)}, False)


def _is_number_or_empty(cell: str) -> bool:
    try:
        return not cell.strip() or number(cell, "") is not None
    except Rejected:
        return False
