from typing import Any

import pytest

from datasets.rules.outlines import Outline, outline

POINTS = [
    {"name": "nose", "x": 1.0, "y": 2.5, "visibility": 2},
    {"name": "chin", "x": 3.0, "y": 4.0, "visibility": 1},
    {"name": "ear", "x": 0.0, "y": 0.0, "visibility": 0},
]


@pytest.mark.parametrize(
    ("kind", "geometry", "path"),
    [
        ("box", {"x": 1, "y": 2, "width": 3, "height": 4, "rotation": 0}, "M1 2h3v4h-3z"),
        ("box", {"x": 0, "y": 0, "width": 4, "height": 2, "rotation": 90}, "M3 -1L3 3L1 3L1 -1Z"),
        ("polygon", {"points": [[0, 0], [4, 0], [4, 4.5]]}, "M0 0L4 0L4 4.5Z"),
        ("polygon", {"rings": [[[0, 0], [1, 0], [1, 1]], [[5, 5], [6, 5], [6, 6]]]}, "M0 0L1 0L1 1ZM5 5L6 5L6 6Z"),
        ("polyline", {"points": [[0, 0], [4, 0]]}, "M0 0L4 0"),
        ("keypoints", {"points": POINTS}, "M1 2.5L3 4M1 2.5h0M3 4h0"),
    ],
)
def test_paths(kind: str, geometry: dict[str, Any], path: str) -> None:
    assert outline(kind, geometry, edges=[[0, 1], [1, 2], [0, 9]]) == Outline(path)


def test_a_mask_is_filled_column_by_column() -> None:
    mask = {"size": [2, 3], "counts": [1, 3, 2]}
    assert outline("mask", mask) == Outline("M0 1h1v1h-1zM1 0h1v2h-1z", filled=True)
    assert outline("mask", mask, finest=2) == Outline("M0 1h2v1h-2z", filled=True)


def test_a_tag_has_no_place() -> None:
    assert outline("tag", {}) is None
