"""What can be asked of any annotation's geometry; `kinds` says how each kind is written."""

from datasets.rules import masks, planar
from datasets.rules.kinds import KINDS, Geometry, GeometryError, corners, mapping, overhangs, rings
from datasets.rules.planar import Bounds

__all__ = ["Geometry", "GeometryError", "area", "bounds", "corners", "fit", "iou", "rings", "validate"]

MAX_KIND = 20


def validate(kind: str, geometry: Geometry, width: int, height: int) -> Geometry:
    """The normal form of a geometry that lies on the image; GeometryError when it does not."""
    kept, overhang = fit(kind, geometry, width, height)
    if overhang:
        raise GeometryError("geometry", "The shape reaches outside the image.", "outside")
    return kept


def fit(kind: str, geometry: Geometry, width: int, height: int) -> tuple[Geometry, bool]:
    """The part of a geometry on the image, and whether more than rounding was cut away."""
    declared = KINDS.get(kind)
    if declared is None:
        raise GeometryError("kind", f"There is no kind of label named {str(kind)[:MAX_KIND]!r}.")
    parsed = declared.parse(mapping(geometry))
    cut = declared.cut(parsed, width, height)
    if cut == parsed:
        return parsed, False
    return declared.parse(cut), overhangs(declared.bounds(parsed), width, height)


def bounds(kind: str, geometry: Geometry) -> Bounds | None:
    """The upright box around the geometry; None for a tag."""
    return KINDS[kind].bounds(geometry)


def area(kind: str, geometry: Geometry) -> float:
    """Square pixels; 0 for what has no inside."""
    return KINDS[kind].area(geometry)


def iou(kind: str, first: Geometry, second: Geometry, width: int = 0, height: int = 0) -> float:
    """Shared over joint area of two boxes (turned ones too), masks, or polygons on a width x height image."""
    if kind == "box":
        shared = planar.polygon_area(planar.clip_convex(corners(first), corners(second)))
        joint = first["width"] * first["height"] + second["width"] * second["height"] - shared
        return float(shared / joint) if joint else 0.0
    if kind == "polygon":
        first, second = ({"counts": masks.from_rings(rings(each), width, height)} for each in (first, second))
    elif kind != "mask":
        raise GeometryError("kind", f"Overlap has no meaning for {kind}.")
    shared = masks.intersection(first["counts"], second["counts"])
    joint = masks.area(first["counts"]) + masks.area(second["counts"]) - shared
    return shared / joint if joint else 0.0
