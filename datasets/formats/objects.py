"""Formats that know one entry per object: shapes of one group seen as one thing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from datasets.formats.model import GROUP, Shape
from datasets.rules.geometry import Geometry, bounds
from datasets.rules.planar import Bounds

_PLACE = {"polygon": "outline", "mask": "outline"}


@dataclass(frozen=True, slots=True)
class LabelledObject:
    """At most one shape in each place: box, outline (polygon or mask), keypoints, polyline, tag."""

    label: str
    attributes: dict[str, Any]
    confidence: float | None
    parts: dict[str, Shape]

    def box(self) -> Bounds | None:
        """The upright box around the object: around its own box, else its outline, else its keypoints."""
        for place in ("box", "outline", "keypoints"):
            if place in self.parts:
                return bounds(self.parts[place].kind, self.parts[place].geometry)
        return None


def objects(shapes: Sequence[Shape]) -> Iterator[LabelledObject]:
    """Shapes of the same group and class, with the same attributes, in the order of their first."""
    gathered: list[LabelledObject] = []
    open_groups: dict[tuple[object, str], LabelledObject] = {}
    for shape in shapes:
        place = _PLACE.get(shape.kind, shape.kind)
        group = shape.attributes.get(GROUP)
        there = open_groups.get((group, shape.label)) if group is not None else None
        if there and _belongs(shape, place, there):
            there.parts[place] = shape
            continue
        found = LabelledObject(shape.label, shape.attributes, shape.confidence, {place: shape})
        open_groups[group, shape.label] = found
        gathered.append(found)
    return iter(gathered)


def _belongs(shape: Shape, place: str, there: LabelledObject) -> bool:
    same = shape.attributes == there.attributes and shape.confidence == there.confidence
    return same and place not in there.parts


def clipped(box: Bounds, width: int, height: int) -> Bounds:
    """The part of an upright box on the image; a turned box's may reach out."""
    x0, y0, x1, y1 = box
    return max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))


def repeats(box: Geometry, shape: Shape) -> bool:
    """Whether an upright box only says what the shape's own bounds say, within a pixel."""
    around = bounds(shape.kind, shape.geometry)
    if around is None or not all(isinstance(value, int | float) for value in box.values()):
        return False
    sides = (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])
    return all(abs(ours - theirs) <= 1 for ours, theirs in zip(sides, around, strict=True))
