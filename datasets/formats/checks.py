"""What strangers' labels must be like. Everything a reader yields has passed through here."""

import math
import string
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from datasets.formats.model import LabelledImage, Problem, Shape, Size, Skeleton
from datasets.rules.geometry import Geometry, GeometryError, fit

MAX_NAME = 100
MAX_SHAPES = 20_000
MAX_CLASSES = 10_000
MAX_ATTRIBUTES = 50
MAX_ATTRIBUTE_TEXT = 1000


class Rejected(ValueError):
    """One label that cannot be kept."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def class_name(value: object) -> str:
    name = value.strip() if isinstance(value, str) else ""
    if not name:
        raise Rejected("class_missing", "The label has no class.")
    if len(name) > MAX_NAME:
        raise Rejected("class_name", f"A class name may have at most {MAX_NAME} characters.")
    if not name.isprintable():
        raise Rejected("class_name", f"The class name {quoted(name)} has control characters.")
    return name


def number(value: object, what: str) -> float:
    """A finite number given as one or as its text."""
    parsed = math.nan
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):
            parsed = float(value)
    if not math.isfinite(parsed):
        raise Rejected("number", f"{what} must be a number, not {quoted(value)}.")
    return parsed


def quoted(value: object) -> str:
    """A stranger's text, safe and short enough for a message."""
    text = repr(value) if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def confidence(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)


def sha256(value: object) -> str:
    """The digest in lower case, or empty when it is none."""
    text = value.lower() if isinstance(value, str) else ""
    return text if len(text) == 64 and set(text) <= set(string.hexdigits) else ""


def skeleton(points: object, edges: object, first: int) -> Skeleton | None:
    """Named points and the pairs of them that are connected, counted from `first` (COCO counts from 1)."""
    if not isinstance(points, list) or not points:
        return None
    names = [class_name(point) for point in points]
    if len(set(names)) < len(names):
        raise Rejected("skeleton", "Each keypoint of a class needs its own name.")
    given = edges if isinstance(edges, list) else []
    pairs = [edge for edge in given if _is_edge(edge, first, first + len(names))]
    return {"points": names, "edges": [[start - first, end - first] for start, end in pairs]}


def _is_edge(edge: object, first: int, end: int) -> bool:
    return isinstance(edge, list) and len(edge) == 2 and all(type(at) is int and first <= at < end for at in edge)


def attributes(raw: object) -> dict[str, Any]:
    """The attributes that are plain values with sensible names."""
    if not isinstance(raw, dict):
        return {}
    kept = {name: value for name, value in raw.items() if _is_name(name) and _is_plain(value)}
    return dict(list(kept.items())[:MAX_ATTRIBUTES])


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= MAX_NAME and name.isprintable()


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_ATTRIBUTE_TEXT and "\x00" not in value
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**53)


def shape(
    where: str,
    size: Size,
    kind: str,
    label: object,
    geometry: Geometry,
    extra: object = None,
    score: object = None,
) -> Iterator[Shape | Problem]:
    """The label as it can be kept, with a note when it had to be mended; or why it cannot."""
    try:
        name = class_name(label)
        kept, was_cut = fit(kind, geometry, *size)
    except (Rejected, GeometryError) as error:
        yield Problem(where, error.code, error.message)
        return
    if was_cut:
        yield Problem(where, "cut", "The shape reached outside the image and was cut at its edge.", True)
    plain = attributes(extra)
    if isinstance(extra, dict) and len(plain) < len(extra):
        yield Problem(where, "attributes", "Attributes other than short plain values were left out.", True)
    yield Shape(kind, name, kept, plain, confidence(score))


def labelled(image: LabelledImage, found: Iterable[Shape | Problem]) -> Iterator[LabelledImage | Problem]:
    """The image with the shapes among what was found, after the problems."""
    shapes: list[Shape] = []
    for item in found:
        if isinstance(item, Problem):
            yield item
        elif len(shapes) < MAX_SHAPES:
            shapes.append(item)
        else:
            yield Problem(image.name, "too_many", f"Only the first {MAX_SHAPES:,} labels were kept.")
            break
    yield replace(image, shapes=tuple(shapes))


def missing_image(where: str, name: object) -> Problem:
    return Problem(where, "image_missing", f"There is no readable image named {quoted(name)}.")


def size_note(where: str, declared: tuple[object, object], real: Size) -> Iterator[Problem]:
    """A note when a label file states another size than the image has; the image is right."""
    try:
        stated = tuple(round(number(side, "size")) for side in declared)
    except Rejected:
        return
    if stated != real and all(stated):
        message = f"The labels say {stated[0]} x {stated[1]} pixels, the image has {real[0]} x {real[1]}."
        yield Problem(where, "size_differs", message, True)
