"""Labels as a visitor may see them: drawn roughly, so that a listing does not give away what it sells."""

from collections.abc import Iterable, Mapping
from typing import Any

STEPS = 64
"""Shapes snap to a grid of this many steps across an image."""


def coarse(value: float, size: int) -> float:
    """A coordinate in pixels, moved to the nearest line of the grid."""
    return round(value * STEPS / size) * size / STEPS


def coarse_box(bounds: tuple[float, float, float, float], width: int, height: int) -> dict[str, float]:
    """A box around x0, y0, x1, y1 on the grid, at least one step wide and high."""
    x0, y0 = coarse(bounds[0], width), coarse(bounds[1], height)
    x1, y1 = coarse(bounds[2], width), coarse(bounds[3], height)
    return {"x": x0, "y": y0, "w": max(x1 - x0, width / STEPS), "h": max(y1 - y0, height / STEPS)}


def color_indexes(classes: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    return {str(found["name"]): int(found.get("color_index", 0)) for found in classes}
