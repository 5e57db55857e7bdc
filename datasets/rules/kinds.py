"""The kinds of annotation on an image, each declared once. `geometry` asks them.

Geometry is plain data in absolute pixels of the upright image, the origin at its top-left corner:

    tag        {}
    box        {"x", "y", "width", "height", "rotation"}   degrees clockwise about the centre, 0 <= r < 360
    polygon    {"points": [[x, y], ...]}              or {"rings": [points, ...]}, parts of one object, no holes
    polyline   {"points": [[x, y], ...]}
    keypoints  {"points": [{"name", "x", "y", "visibility"}, ...]}   0 unlabelled, 1 hidden, 2 visible
    mask       {"size": [height, width], "counts": [...]}  COCO's column run lengths, see `masks`
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from datasets.rules import masks, planar
from datasets.rules.planar import Bounds, Point

Geometry = dict[str, Any]

SLACK = 0.5
"""How far, in pixels, rounding may push a shape over the image's edge before it counts as outside."""
MAX_POINTS = 20_000
MAX_RUNS = 2_000_000
MAX_NAME = 100


class GeometryError(ValueError):
    """A geometry that cannot be kept; `code` is invalid, empty or outside."""

    def __init__(self, field: str, message: str, code: str = "invalid") -> None:
        super().__init__(message)
        self.field, self.message, self.code = field, message, code


@dataclass(frozen=True)
class Kind:
    name: str
    title: str
    parse: Callable[[Geometry], Geometry]
    """The normal form of a well-made geometry, wherever it lies."""
    cut: Callable[[Geometry, int, int], Geometry]
    """The part inside an image of that width and height."""
    bounds: Callable[[Geometry], Bounds | None]
    area: Callable[[Geometry], float]


def corners(box: Geometry) -> list[Point]:
    return planar.rotated_corners(box["x"], box["y"], box["width"], box["height"], box["rotation"])


def rings(polygon: Geometry) -> list[list[Point]]:
    parts = polygon.get("rings") or [polygon["points"]]
    return [[(x, y) for x, y in part] for part in parts]


def rounded(value: float) -> float:
    """A thousandth of a pixel is finer than any hand or camera; more digits are noise that grows files."""
    return round(float(value), 3) + 0.0


def mapping(geometry: object) -> Geometry:
    if not isinstance(geometry, dict):
        raise GeometryError("geometry", "The geometry must be an object.")
    return geometry


def overhangs(shape: Bounds | None, width: int, height: int) -> bool:
    return shape is not None and max(-shape[0], -shape[1], shape[2] - width, shape[3] - height) > SLACK


def _number(value: object, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise GeometryError(field, f"{field} must be a number.")
    if not abs(value) <= 1e9:  # also refuses NaN
        raise GeometryError(field, f"{field} must be a finite number of pixels.")
    return rounded(value)


def _points(value: object, field: str, least: int) -> list[list[float]]:
    """Points without repeats in a row."""
    if not isinstance(value, list | tuple):
        raise GeometryError(field, f"{field} must be a list of [x, y] points.")
    if len(value) > MAX_POINTS:
        raise GeometryError(field, f"A shape may have at most {MAX_POINTS:,} points.")
    kept: list[list[float]] = []
    for pair in value:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise GeometryError(field, f"{field} must be a list of [x, y] points.")
        point = [_number(pair[0], "x"), _number(pair[1], "y")]
        if not kept or point != kept[-1]:
            kept.append(point)
    if len(kept) < least:
        raise GeometryError(field, f"{field} needs at least {least} different points.", "empty")
    return kept


def _clamp(value: float, most: int) -> float:
    return min(max(value, 0.0), float(most))


def _outside() -> GeometryError:
    return GeometryError("geometry", "The shape lies outside the image.", "outside")


def _parse_tag(geometry: Geometry) -> Geometry:
    return {}


def _parse_box(geometry: Geometry) -> Geometry:
    box = {field: _number(geometry.get(field), field) for field in ("x", "y", "width", "height")}
    for side in ("width", "height"):
        if box[side] <= 0:
            raise GeometryError(side, "The box has no area.", "empty")
    return box | {"rotation": rounded(_number(geometry.get("rotation", 0), "rotation") % 360) % 360}


def _cut_box(box: Geometry, width: int, height: int) -> Geometry:
    """An upright box is cut at the edges; a turned one is kept whole when its centre is on the image."""
    if box["rotation"]:
        if not (0 <= box["x"] + box["width"] / 2 <= width and 0 <= box["y"] + box["height"] / 2 <= height):
            raise _outside()
        return box
    x0, y0 = _clamp(box["x"], width), _clamp(box["y"], height)
    x1, y1 = _clamp(box["x"] + box["width"], width), _clamp(box["y"] + box["height"], height)
    if x1 <= x0 or y1 <= y0:
        raise _outside()
    if not _reaches_out(_box_bounds(box), width, height):
        return box
    return {"x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0, "rotation": 0.0}


def _box_bounds(box: Geometry) -> Bounds:
    if box["rotation"]:
        return planar.hull(corners(box))
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def _box_area(box: Geometry) -> float:
    return float(box["width"] * box["height"])


def _parse_polygon(geometry: Geometry) -> Geometry:
    parts = geometry.get("rings", [geometry.get("points")])
    if not isinstance(parts, list | tuple) or not parts:
        raise GeometryError("rings", "rings must be a list of lists of points.")
    kept = _parse_rings(parts)
    if sum(map(len, kept)) > MAX_POINTS:
        raise GeometryError("rings", f"A shape may have at most {MAX_POINTS:,} points.")
    return {"points": kept[0]} if len(kept) == 1 else {"rings": kept}


def _parse_rings(parts: Iterable[object]) -> list[list[list[float]]]:
    """The parts that have an area; when none has, the error of the last."""
    kept: list[list[list[float]]] = []
    empty: GeometryError | None = None
    for part in parts:
        try:
            kept.append(_parse_ring(part))
        except GeometryError as error:
            if error.code != "empty":
                raise
            empty = error
    if empty and not kept:
        raise empty
    return kept


def _parse_ring(value: object) -> list[list[float]]:
    ring = _points(value, "points", 3)
    if ring[0] == ring[-1]:
        ring.pop()
    if len(ring) < 3 or not planar.polygon_area([(x, y) for x, y in ring]):
        raise GeometryError("points", "The polygon has no area.", "empty")
    return ring


def _cut_polygon(polygon: Geometry, width: int, height: int) -> Geometry:
    if not _reaches_out(_polygon_bounds(polygon), width, height):
        return polygon
    cut = [planar.clip_ring(ring, 0, 0, width, height) for ring in rings(polygon)]
    kept = [[list(point) for point in ring] for ring in cut if rounded(planar.polygon_area(ring)) > 0]
    if not kept:
        raise _outside()
    return {"rings": kept}


def _reaches_out(shape: Bounds, width: int, height: int) -> bool:
    return shape[0] < 0 or shape[1] < 0 or shape[2] > width or shape[3] > height


def _polygon_bounds(polygon: Geometry) -> Bounds:
    return planar.hull(point for ring in rings(polygon) for point in ring)


def _polygon_area(polygon: Geometry) -> float:
    return sum(planar.polygon_area(ring) for ring in rings(polygon))


def _parse_polyline(geometry: Geometry) -> Geometry:
    return {"points": _points(geometry.get("points"), "points", 2)}


def _cut_polyline(line: Geometry, width: int, height: int) -> Geometry:
    x0, y0, x1, y1 = _points_bounds(line)
    if x1 < 0 or y1 < 0 or x0 > width or y0 > height:
        raise _outside()
    return {"points": [[_clamp(x, width), _clamp(y, height)] for x, y in line["points"]]}


def _points_bounds(line: Geometry) -> Bounds:
    return planar.hull((x, y) for x, y in line["points"])


def _parse_keypoints(geometry: Geometry) -> Geometry:
    points = geometry.get("points")
    if not isinstance(points, list | tuple) or not points or len(points) > MAX_POINTS:
        raise GeometryError("points", "points must be a list of named points.")
    kept = [_parse_keypoint(mapping(point)) for point in points]
    if len({point["name"] for point in kept}) < len(kept):
        raise GeometryError("points", "Each point needs its own name.")
    if not any(point["visibility"] for point in kept):
        raise GeometryError("points", "None of the points is labelled.", "empty")
    return {"points": kept}


def _parse_keypoint(point: Geometry) -> Geometry:
    name, visibility = point.get("name"), point.get("visibility", 2)
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise GeometryError("name", f"A point needs a name of at most {MAX_NAME} characters.")
    if visibility not in (0, 1, 2):
        raise GeometryError("visibility", "visibility must be 0, 1 or 2.")
    if not visibility:
        return {"name": name, "x": 0.0, "y": 0.0, "visibility": 0}
    x, y = _number(point.get("x"), "x"), _number(point.get("y"), "y")
    return {"name": name, "x": x, "y": y, "visibility": int(visibility)}


def _cut_keypoints(geometry: Geometry, width: int, height: int) -> Geometry:
    """A point beyond the edge by more than rounding becomes one that is not labelled."""
    points = [_cut_keypoint(point, width, height) for point in geometry["points"]]
    if not any(point["visibility"] for point in points):
        raise _outside()
    return {"points": points}


def _cut_keypoint(point: Geometry, width: int, height: int) -> Geometry:
    if overhangs((point["x"], point["y"], point["x"], point["y"]), width, height):
        return {"name": point["name"], "x": 0.0, "y": 0.0, "visibility": 0}
    return point | {"x": _clamp(point["x"], width), "y": _clamp(point["y"], height)}


def _keypoints_bounds(geometry: Geometry) -> Bounds:
    return planar.hull((point["x"], point["y"]) for point in geometry["points"] if point["visibility"])


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _parse_mask(geometry: Geometry) -> Geometry:
    size, counts = geometry.get("size"), geometry.get("counts")
    if not (isinstance(size, list | tuple) and len(size) == 2 and all(map(_is_count, size)) and all(size)):
        raise GeometryError("size", "size must be [height, width].")
    if not isinstance(counts, list | tuple) or len(counts) > MAX_RUNS:
        raise GeometryError("counts", "counts must be a list of run lengths.")
    if not all(map(_is_count, counts)) or sum(counts) != size[0] * size[1]:
        raise GeometryError("counts", "The run lengths do not add up to the mask's size.")
    if not masks.area(counts):
        raise GeometryError("counts", "The mask is empty.", "empty")
    return {"size": list(size), "counts": masks.tidy(counts)}


def _cut_mask(mask: Geometry, width: int, height: int) -> Geometry:
    if mask["size"] != [height, width]:
        raise GeometryError("size", f"The mask's size is not the image's, {width} x {height}.")
    return mask


def _no_area(geometry: Geometry) -> float:
    return 0.0


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("tag", "Tag", _parse_tag, lambda tag, *_: tag, lambda _: None, _no_area),
        Kind("box", "Box", _parse_box, _cut_box, _box_bounds, _box_area),
        Kind("polygon", "Polygon", _parse_polygon, _cut_polygon, _polygon_bounds, _polygon_area),
        Kind("polyline", "Line", _parse_polyline, _cut_polyline, _points_bounds, _no_area),
        Kind("keypoints", "Keypoints", _parse_keypoints, _cut_keypoints, _keypoints_bounds, _no_area),
        Kind(
            "mask",
            "Mask",
            _parse_mask,
            _cut_mask,
            lambda mask: masks.bounds(mask["counts"], mask["size"][0]),
            lambda mask: float(masks.area(mask["counts"])),
        ),
    )
}
