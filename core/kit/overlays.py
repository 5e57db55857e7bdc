"""Label shapes as the media card draws them: SVG attributes from plain data."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

COLORS = 20


class Shape(TypedDict):
    """A box (x, y, w, h), a polygon (points) or any SVG path with its top left (x, y), in pixels of the card."""

    label: str
    color_index: int
    x: NotRequired[float]
    y: NotRequired[float]
    w: NotRequired[float]
    h: NotRequired[float]
    points: NotRequired[Sequence[tuple[float, float]]]
    path: NotRequired[str]
    filled: NotRequired[bool]


def color_class(index: int) -> str:
    return f"label-{index % COLORS}"


def letter(index: int) -> str:
    """A to T: tells classes apart where colour alone would decide."""
    return chr(ord("A") + index % COLORS)


def corners(shape: Shape) -> Sequence[tuple[float, float]]:
    if "points" in shape:
        return shape["points"]
    x, y, w, h = shape["x"], shape["y"], shape.get("w", 0), shape.get("h", 0)
    return ((x, y), (x + w, y), (x + w, y + h), (x, y + h))


def drawn(shape: Shape, width: int, height: int) -> Mapping[str, str]:
    """Strings, so that no locale writes a decimal comma into a drawing. `corner` is CSS."""
    points = corners(shape)
    left, top = min(x for x, _ in points), min(y for _, y in points)
    return {
        "label": shape["label"],
        "css": color_class(shape["color_index"]),
        "points": " ".join(f"{x:g},{y:g}" for x, y in points),
        "path": shape.get("path", ""),
        "kind": "shape-area" if shape.get("filled") else "shape",
        "corner": f"left: {100 * left / width:.2f}%; top: {100 * top / height:.2f}%",
    }
