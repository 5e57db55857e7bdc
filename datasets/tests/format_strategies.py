"""Hypothesis strategies: labelled images whose geometry is in its normal form."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from datasets.formats.model import LabelClass, LabelledImage, Shape
from datasets.rules.geometry import Geometry, GeometryError, validate

POINTS = ["nose", "left ear", "right, ear"]
CLASSES = [
    LabelClass("cat", 0, None, "animal"),
    LabelClass('=SUM(A1), "quoted" & <b>', 3),
    LabelClass("Käfer, 甲虫", 1, {"points": POINTS, "edges": [[0, 1], [2, 0]]}),
    LabelClass("'no", 2, {"points": POINTS[:2], "edges": []}),
]
SPLITS = ["", "train", "val", "test"]
KINDS = ["tag", "box", "polygon", "polyline", "keypoints", "mask"]


def _coordinates(most: int) -> st.SearchStrategy[float]:
    return st.integers(0, most * 1000).map(lambda thousandths: thousandths / 1000)


@st.composite
def boxes(draw: st.DrawFn, width: int, height: int) -> Geometry:
    x0, x1 = sorted(draw(st.lists(_coordinates(width), min_size=2, max_size=2, unique=True)))
    y0, y1 = sorted(draw(st.lists(_coordinates(height), min_size=2, max_size=2, unique=True)))
    return {"x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0}


@st.composite
def rings(draw: st.DrawFn, width: int, height: int) -> list[list[float]]:
    point = st.tuples(_coordinates(width), _coordinates(height)).map(list)
    return draw(st.lists(point, min_size=3, max_size=6))


@st.composite
def keypoints(draw: st.DrawFn, width: int, height: int, names: Sequence[str]) -> Geometry:
    points = [
        {
            "name": name,
            "x": draw(_coordinates(width)),
            "y": draw(_coordinates(height)),
            "visibility": draw(st.integers(0, 2)),
        }
        for name in names
    ]
    return {"points": points}


@st.composite
def mask_runs(draw: st.DrawFn, width: int, height: int) -> Geometry:
    places = sorted(draw(st.lists(st.integers(0, width * height), min_size=1, max_size=6)))
    return {"size": [height, width], "counts": [end - start for start, end in pairwise([0, *places, width * height])]}


def _geometry(kind: str, label: LabelClass, width: int, height: int) -> st.SearchStrategy[Geometry]:
    names = label.skeleton["points"] if label.skeleton else ["only"]
    of_kind: dict[str, st.SearchStrategy[Any]] = {
        "tag": st.just({}),
        "box": boxes(width, height),
        "polygon": st.lists(rings(width, height), min_size=1, max_size=2).map(lambda parts: {"rings": parts}),
        "polyline": rings(width, height).map(lambda line: {"points": line}),
        "keypoints": keypoints(width, height, names),
        "mask": mask_runs(width, height),
    }
    return of_kind[kind]


ATTRIBUTES = st.dictionaries(
    st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=8).filter(
        lambda name: name not in {"group", "iscrowd", "pose", "truncated", "difficult", "occluded"}
    ),
    st.one_of(st.booleans(), st.integers(-1000, 1000), st.text(st.characters(categories=["L", "N", "P"]), max_size=9)),
    max_size=2,
)


@st.composite
def shapes(draw: st.DrawFn, width: int, height: int, kinds: Sequence[str], extras: bool) -> list[Shape]:
    """One shape, or none when what was drawn has no normal form."""
    kind = draw(st.sampled_from(kinds))
    label = draw(st.sampled_from([each for each in CLASSES if each.skeleton or kind != "keypoints"]))
    try:
        geometry = validate(kind, draw(_geometry(kind, label, width, height)), width, height)
    except GeometryError:
        return []
    attributes = draw(ATTRIBUTES) if extras else {}
    confidence = draw(st.none() | st.floats(0, 1)) if extras else None
    return [Shape(kind, label.name, geometry, attributes, confidence)]


@st.composite
def labelled_images(draw: st.DrawFn, kinds: Sequence[str] = tuple(KINDS), extras: bool = True) -> list[LabelledImage]:
    """A few images with names that are unique without their extension."""
    names = draw(st.lists(st.sampled_from([f"{letter}/x {letter}.1" for letter in "abcdé"]), max_size=4, unique=True))
    found = []
    for name in names:
        width, height = draw(st.integers(4, 6000)), draw(st.integers(4, 6000))
        drawn = draw(st.lists(shapes(width, height, kinds, extras), max_size=4))
        split = draw(st.sampled_from(SPLITS))
        flat = tuple(shape for each in drawn for shape in each)
        found.append(LabelledImage(f"{name}.jpg", width, height, "0f" * 32, flat, split))
    return found
