"""How labels are drawn: SVG paths in pixels of the image."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from datasets.rules import masks
from datasets.rules.kinds import corners, rings


@dataclass(frozen=True)
class Outline:
    path: str
    filled: bool = False
    """A filled outline is an area without a line around it."""


def outline(
    kind: str, geometry: dict[str, Any], edges: Iterable[Sequence[int]] = (), finest: float = 1.0
) -> Outline | None:
    """None for what has no place, such as a tag. `edges` joins keypoints; masks are drawn in columns `finest` wide."""
    if kind == "box":
        return Outline(_box(geometry))
    if kind == "polygon":
        return Outline("".join(_line(ring, closed=True) for ring in rings(geometry)))
    if kind == "polyline":
        return Outline(_line(geometry["points"], closed=False))
    if kind == "keypoints":
        return Outline(_skeleton(geometry["points"], edges))
    if kind == "mask":
        return Outline(_columns(geometry, max(1, round(finest))), filled=True)
    return None


def _box(box: dict[str, Any]) -> str:
    if box["rotation"]:
        return _line(corners(box), closed=True)
    return f"M{box['x']:g} {box['y']:g}h{box['width']:g}v{box['height']:g}h-{box['width']:g}z"


def _line(points: Iterable[Sequence[float]], *, closed: bool) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + ("Z" if closed else "")


def _skeleton(points: Sequence[dict[str, Any]], edges: Iterable[Sequence[int]]) -> str:
    """Bones between labelled points; a line of no length is a dot where lines end round."""
    bones = [
        _line(((points[a]["x"], points[a]["y"]), (points[b]["x"], points[b]["y"])), closed=False)
        for a, b in edges
        if max(a, b) < len(points) and points[a]["visibility"] and points[b]["visibility"]
    ]
    dots = [f"M{point['x']:g} {point['y']:g}h0" for point in points if point["visibility"]]
    return "".join((*bones, *dots))


def _columns(mask: dict[str, Any], step: int) -> str:
    """The runs of every `step`-th column, each as wide as the step."""
    height = mask["size"][0]
    parts = []
    for start, end in masks.runs(mask["counts"]):
        for column in range(start // height, (end - 1) // height + 1):
            if column % step == 0:
                top, bottom = max(start - column * height, 0), min(end - column * height, height)
                parts.append(f"M{column} {top}h{step}v{bottom - top}h-{step}z")
    return "".join(parts)
