import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.rules import masks
from datasets.rules.geometry import GeometryError, area, bounds, corners, fit, iou, validate

SIZE = (100, 80)


def box(x: float, y: float, width: float, height: float, rotation: float = 0) -> dict[str, float]:
    return {"x": x, "y": y, "width": width, "height": height, "rotation": rotation}


def test_a_box_gets_its_normal_form() -> None:
    assert validate("box", {"x": 1, "y": 2.00049, "width": 3, "height": 4}, *SIZE) == box(1, 2, 3, 4)
    assert validate("box", box(40, 40, 10, 10, -90), *SIZE)["rotation"] == 270


@pytest.mark.parametrize(
    ("kind", "geometry", "field"),
    [
        ("box", {"x": "1", "y": 2, "width": 3, "height": 4}, "x"),
        ("box", box(0, 0, 0, 5), "width"),
        ("box", box(0, 0, 5, -1), "height"),
        ("box", box(math.nan, 0, 5, 5), "x"),
        ("box", box(0, math.inf, 5, 5), "y"),
        ("box", box(0, 10**400, 5, 5), "y"),
        ("box", box(99, 0, 5, 5), "geometry"),
        ("box", [], "geometry"),
        ("circle", {}, "kind"),
        ("polygon", {"points": [[0, 0], [5, 5]]}, "points"),
        ("polygon", {"points": [[0, 0], [5, 5], [9, 9]]}, "points"),
        ("polygon", {"points": [[0, 0, 1]]}, "points"),
        ("polygon", {"rings": []}, "rings"),
        ("polygon", {"points": [[0, 0]] * 30_000}, "points"),
        ("polyline", {"points": [[1, 1], [1, 1]]}, "points"),
        ("keypoints", {"points": []}, "points"),
        ("keypoints", {"points": [{"name": "a", "x": 1, "y": 1, "visibility": 3}]}, "visibility"),
        ("keypoints", {"points": [{"name": "a", "x": 1, "y": 1}] * 2}, "points"),
        ("keypoints", {"points": [{"name": "a", "visibility": 0}]}, "points"),
        ("keypoints", {"points": [{"name": "", "x": 1, "y": 1}]}, "name"),
        ("mask", {"size": [80, 100], "counts": [5]}, "counts"),
        ("mask", {"size": [80, 100], "counts": [8000]}, "counts"),
        ("mask", {"size": [80, 100], "counts": [-1, 8001]}, "counts"),
        ("mask", {"size": [100, 80], "counts": [0, 8000]}, "size"),
        ("mask", {"size": [True, 80], "counts": [0, 80]}, "size"),
    ],
)
def test_what_cannot_be_kept_names_the_field(kind: str, geometry: Any, field: str) -> None:
    with pytest.raises(GeometryError) as error:
        validate(kind, geometry, *SIZE)
    assert error.value.field == field


def test_rounding_over_the_edge_is_no_fault_but_reaching_out_is_cut_and_said() -> None:
    assert fit("box", box(-0.4, 0, 10, 10), *SIZE) == (box(0, 0, 9.6, 10), False)
    assert fit("box", box(-5, 70, 10, 20), *SIZE) == (box(0, 70, 5, 10), True)
    with pytest.raises(GeometryError) as error:
        fit("box", box(-20, 0, 10, 10), *SIZE)
    assert error.value.code == "outside"


def test_a_turned_box_is_kept_whole_while_its_centre_is_on_the_image() -> None:
    turned = box(-5, 0, 20, 10, 30)
    assert fit("box", turned, *SIZE) == (turned, False)
    with pytest.raises(GeometryError):
        fit("box", box(-25, 0, 20, 10, 30), *SIZE)


def test_a_polygon_is_cut_where_it_leaves_the_image() -> None:
    kept, was_cut = fit("polygon", {"points": [[-10, -10], [10, -10], [10, 10], [-10, 10]]}, *SIZE)
    assert was_cut
    assert area("polygon", kept) == 100
    assert bounds("polygon", kept) == (0, 0, 10, 10)


def test_parts_without_area_are_dropped_from_a_polygon_of_several() -> None:
    triangle = [[0, 0], [10, 0], [0, 10]]
    assert validate("polygon", {"rings": [triangle, [[1, 1], [2, 2]]]}, *SIZE) == {"points": triangle}


def test_a_keypoint_off_the_image_is_no_longer_labelled() -> None:
    points = [{"name": "a", "x": 5, "y": 5, "visibility": 2}, {"name": "b", "x": 500, "y": 5, "visibility": 1}]
    kept, was_cut = fit("keypoints", {"points": points}, *SIZE)
    assert was_cut
    assert kept["points"][1] == {"name": "b", "x": 0, "y": 0, "visibility": 0}
    assert bounds("keypoints", kept) == (5, 5, 5, 5)


def test_a_line_is_held_on_the_image() -> None:
    kept, was_cut = fit("polyline", {"points": [[-10, 5], [50, 5]]}, *SIZE)
    assert (kept, was_cut) == ({"points": [[0, 5], [50, 5]]}, True)


def test_the_hull_of_a_turned_box_is_computed_in_pixels() -> None:
    # The case that percent-based tools get wrong: 1000 x 500 image, box at 40 % with 20 % sides, turned by 90 degrees
    # clockwise about its own top left; its centre is then at (350, 300).
    turned = box(250, 250, 200, 100, 90)
    assert bounds("box", turned) == pytest.approx((300, 200, 400, 400))
    assert corners(turned)[0] == pytest.approx((400, 200))
    assert area("box", turned) == 20_000


def test_overlap() -> None:
    assert iou("box", box(0, 0, 10, 10), box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert iou("box", box(0, 0, 10, 10), box(50, 0, 10, 10)) == 0
    assert iou("box", box(10, 10, 20, 10), box(15, 5, 10, 20, 90)) == pytest.approx(1)
    square, half = {"points": [[0, 0], [10, 0], [10, 10], [0, 10]]}, {"points": [[0, 0], [10, 0], [10, 5], [0, 5]]}
    assert iou("polygon", square, half, *SIZE) == pytest.approx(0.5)
    with pytest.raises(GeometryError):
        iou("tag", {}, {})


def test_mask_area_and_bounds() -> None:
    raster = bytearray(5 * 4)
    for x, y in [(1, 1), (2, 1), (2, 2)]:
        raster[y * 5 + x] = 1
    mask = {"size": [4, 5], "counts": masks.encode(bytes(raster), 5, 4)}
    assert mask["counts"] == [5, 1, 3, 2, 9]
    assert bounds("mask", mask) == (1, 1, 3, 3)
    assert area("mask", mask) == 3


def test_the_compressed_string_is_cocos() -> None:
    # From pycocotools: encode of the 4 x 5 mask above, and of a run that needs several groups of bits.
    assert masks.to_text([5, 1, 3, 2, 9]) == "51316"
    assert masks.from_text(masks.to_text([0, 100_000, 3, 1, 70_000])) == [0, 100_000, 3, 1, 70_000]


@pytest.mark.parametrize("text", ["~", "\x00", "oooooooooooo", "o"])
def test_a_broken_compressed_string_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="run-length"):
        masks.from_text(text)


@st.composite
def rasters(draw: st.DrawFn) -> tuple[bytes, int, int]:
    width, height = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    cells = draw(st.lists(st.integers(0, 1), min_size=width * height, max_size=width * height))
    return bytes(cells), width, height


@given(rasters())
def test_masks_survive_every_coding(raster: tuple[bytes, int, int]) -> None:
    pixels, width, height = raster
    counts = masks.encode(pixels, width, height)
    assert masks.decode(counts, width, height) == pixels
    assert masks.from_text(masks.to_text(counts)) == counts
    assert masks.tidy(counts) == counts
    assert masks.area(counts) == sum(pixels)
    assert masks.intersection(counts, counts) == sum(pixels)


@given(rasters(), st.data())
def test_shared_pixels_are_counted_right(raster: tuple[bytes, int, int], data: st.DataObject) -> None:
    pixels, width, height = raster
    other = bytes(data.draw(st.lists(st.integers(0, 1), min_size=len(pixels), max_size=len(pixels))))
    shared = masks.intersection(masks.encode(pixels, width, height), masks.encode(other, width, height))
    assert shared == sum(a & b for a, b in zip(pixels, other, strict=True))


coordinate = st.floats(-50, 150, allow_nan=False)


@given(coordinate, coordinate, st.floats(0.01, 200), st.floats(0.01, 200), st.floats(-720, 720))
def test_what_fits_stays_as_it_is(x: float, y: float, width: float, height: float, rotation: float) -> None:
    try:
        kept, _ = fit("box", box(x, y, width, height, rotation), *SIZE)
    except GeometryError:
        return
    assert validate("box", kept, *SIZE) == kept or kept["rotation"]
    assert fit("box", kept, *SIZE) == (kept, False) or kept["rotation"]


@given(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=8))
def test_a_cut_polygon_lies_on_the_image(points: list[tuple[float, float]]) -> None:
    try:
        kept, _ = fit("polygon", {"points": points}, *SIZE)
    except GeometryError:
        return
    x0, y0, x1, y1 = bounds("polygon", kept) or (-1, -1, -1, -1)
    assert 0 <= x0 <= x1 <= 100
    assert 0 <= y0 <= y1 <= 80
