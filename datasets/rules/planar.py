"""Plane geometry in pixels: x grows right, y grows down, the origin is the image's top-left corner."""

import math
from collections.abc import Callable, Iterable, Sequence

Point = tuple[float, float]
Ring = Sequence[Point]
Bounds = tuple[float, float, float, float]
"""x0, y0, x1, y1 with x0 <= x1 and y0 <= y1."""


def hull(points: Iterable[Point]) -> Bounds:
    """The smallest upright box around the points."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def rotated_corners(x: float, y: float, width: float, height: float, rotation: float) -> list[Point]:
    """Corners of a box turned `rotation` degrees clockwise about its centre, clockwise from its top left."""
    angle = math.radians(rotation)
    cos, sin = math.cos(angle), math.sin(angle)
    cx, cy = x + width / 2, y + height / 2
    dx, dy = width / 2, height / 2
    offsets = [(-dx, -dy), (dx, -dy), (dx, dy), (-dx, dy)]
    return [(cx + a * cos - b * sin, cy + a * sin + b * cos) for a, b in offsets]


def polygon_area(ring: Ring) -> float:
    """Shoelace formula; 0 for fewer than three points."""
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in edges(ring))) / 2 if len(ring) > 2 else 0.0


def edges(ring: Ring) -> Iterable[tuple[Point, Point]]:
    return zip(ring, [*ring[1:], ring[0]], strict=True)


def clip_ring(ring: Ring, x0: float, y0: float, x1: float, y1: float) -> list[Point]:
    """The part of a polygon inside an upright box (Sutherland and Hodgman, 1974)."""
    return clip_convex(ring, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)])


def clip_convex(ring: Ring, window: Ring) -> list[Point]:
    """The part of a polygon inside a convex window whose corners run clockwise on the screen."""
    kept = list(ring)
    for start, end in edges(window):
        kept = _cut(kept, _side(start, end))
    return kept


def _side(start: Point, end: Point) -> Callable[[Point], float]:
    """Distance to the right of the line, times its length: not negative inside a clockwise window."""
    (ax, ay), (bx, by) = start, end
    return lambda point: (bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax)


def _cut(ring: Ring, inside: Callable[[Point], float]) -> list[Point]:
    kept: list[Point] = []
    for here, there in edges(ring) if ring else ():
        a, b = inside(here), inside(there)
        if a >= 0:
            kept.append(here)
        if (a > 0 > b) or (a < 0 < b):
            share = a / (a - b)
            kept.append((here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1])))
    return kept
