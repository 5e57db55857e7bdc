from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.formats import registry
from datasets.formats.model import LabelledImage, Shape
from datasets.tests.format_strategies import CLASSES, KINDS, labelled_images
from datasets.tests.format_support import MemorySource, back, classes, export, images, problems

PATIENT = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _named_back(format_id: str, sent: Sequence[LabelledImage], got: Sequence[LabelledImage]) -> list[LabelledImage]:
    """What came back, under the names that were sent and in their order."""
    places = {registry.FORMATS[format_id].image_path(image): image.name for image in sent}
    named = {places[image.name]: replace(image, name=places[image.name]) for image in got}
    return [named[image.name] for image in sent]


def _comes_back(
    format_id: str,
    sent: Sequence[LabelledImage],
    change: Callable[[LabelledImage], LabelledImage] = lambda image: image,
) -> dict[str, int]:
    """Check that all images come back as sent but for the change; answer what the writer says it left out."""
    items, written = back(format_id, sent, CLASSES)
    assert problems(items) == []
    assert _named_back(format_id, sent, images(items)) == [change(image) for image in sent]
    assert written.images == len(sent)
    assert {loss.code for loss in registry.FORMATS[format_id].losses} >= written.lost.keys()
    return dict(written.lost)


def _no_digest(image: LabelledImage) -> LabelledImage:
    return replace(image, sha256="")


@PATIENT
@given(labelled_images())
def test_json_lines_lose_nothing(sent: list[LabelledImage]) -> None:
    assert _comes_back("jsonl", sent) == {}
    assert classes(back("jsonl", sent, CLASSES)[0]) == CLASSES


@PATIENT
@given(labelled_images())
def test_csv_loses_only_what_belongs_to_classes(sent: list[LabelledImage]) -> None:
    assert _comes_back("csv", sent, _no_digest) == {"connections": 1, "supercategories": 1}


@PATIENT
@given(labelled_images(["box", "polygon", "mask", "keypoints"]))
def test_coco_keeps_boxes_outlines_masks_and_keypoints(sent: list[LabelledImage]) -> None:
    assert _comes_back("coco", sent) == {}


@PATIENT
@given(labelled_images(["box"], extras=False))
def test_voc_keeps_boxes(sent: list[LabelledImage]) -> None:
    assert _comes_back("voc", sent, _no_digest) == {"supercategories": 1}


@PATIENT
@given(st.sampled_from(["box", "polygon", "keypoints"]), st.data())
def test_yolo_keeps_each_of_its_tasks(kind: str, data: st.DataObject) -> None:
    sent = data.draw(labelled_images([kind], extras=False))
    lost = _comes_back("yolo", sent, lambda image: _no_digest(_with_joined_parts(image)))
    assert lost.pop("parts", 0) == sum("rings" in shape.geometry for image in sent for shape in image.shapes)
    assert lost == {"connections": 1, "supercategories": 1}


def _with_joined_parts(image: LabelledImage) -> LabelledImage:
    return replace(image, shapes=tuple(_joined(shape) for shape in image.shapes))


def _joined(shape: Shape) -> Shape:
    if "rings" not in shape.geometry:
        return shape
    first, second = shape.geometry["rings"]
    ring = [*first, first[0], *second, second[0]]
    points = [point for place, point in enumerate(ring) if not place or point != ring[place - 1]]
    return replace(shape, geometry={"points": points[:-1] if points[0] == points[-1] else points})


@PATIENT
@given(labelled_images(["tag"], extras=False))
def test_folders_keep_the_first_tag(sent: list[LabelledImage]) -> None:
    lost = _comes_back("folder", sent, lambda image: replace(_no_digest(image), shapes=image.shapes[:1]))
    assert lost.get("more_tags", 0) == sum(max(0, len(image.shapes) - 1) for image in sent)


@pytest.mark.parametrize("format_id", list(registry.FORMATS))
@settings(PATIENT, max_examples=12)
@given(sent=labelled_images())
def test_any_mix_is_written_and_read_without_a_fault(format_id: str, sent: list[LabelledImage]) -> None:
    items, written = back(format_id, sent, CLASSES)
    assert [problem for problem in problems(items) if not problem.kept] == []
    assert len(images(items)) == written.images == len(sent)
    assert sum(len(image.shapes) for image in images(items)) >= written.shapes
    carried = registry.FORMATS[format_id].carries
    outside = {shape.kind for image in sent for shape in image.shapes} - carried
    assert bool(outside) <= bool(written.lost)


@pytest.mark.parametrize("format_id", list(registry.FORMATS))
@settings(max_examples=15, deadline=None)
@given(sent=labelled_images())
def test_the_same_images_give_the_same_bytes(format_id: str, sent: list[LabelledImage]) -> None:
    assert export(format_id, sent, CLASSES) == export(format_id, sent, CLASSES)


@pytest.mark.parametrize("format_id", ["jsonl", "coco", "voc", "yolo", "csv"])
def test_an_export_is_recognised_as_what_it_is(format_id: str) -> None:
    box = Shape("box", "cat", {"x": 1.0, "y": 1.0, "width": 5.0, "height": 5.0, "rotation": 0.0})
    files, _ = export(format_id, [LabelledImage("a.jpg", 20, 20, shapes=(box,))], CLASSES)
    assert registry.detect(MemorySource(files)).format == format_id


def test_folders_of_two_tags_are_recognised() -> None:
    sent = [LabelledImage(f"{tag}.jpg", 20, 20, shapes=(Shape("tag", tag),)) for tag in ("cat", "'no")]
    files, _ = export("folder", sent, CLASSES)
    assert registry.detect(MemorySource(files)).format == "folder"


def test_bare_images_are_no_format() -> None:
    found = registry.detect(MemorySource({"images/a.jpg": b"", "images/b.jpg": b"", "README.txt": "hello"}))
    assert found.format is None
    assert "2 images" in found.reason


def test_every_format_says_what_it_carries() -> None:
    for each in registry.FORMATS.values():
        assert each.carries <= set(KINDS)
        assert len({loss.code for loss in each.losses}) == len(each.losses)
        assert all(loss.sentence.endswith(".") for loss in each.losses)
