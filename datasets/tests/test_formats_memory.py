"""Writers and readers stream: ten times the images do not take more memory."""

import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pytest

from datasets.formats import registry
from datasets.formats.model import LabelClass, LabelledImage, Shape
from datasets.tests.format_support import Files, MemorySource, always

FEW, MANY = 100, 1000
SPARE = 300_000
"""Bytes by which the peaks may differ: less than what holding the images would take, several times over."""


class NoWhere:
    """A sink that keeps nothing."""

    @contextmanager
    def file(self, name: str) -> Iterator[BinaryIO]:
        with open("/dev/null", "wb") as stream:
            yield stream


def many_images(count: int) -> Iterator[LabelledImage]:
    for number in range(count):
        box = {"x": 1.0, "y": 1.0, "width": 5.0, "height": 5.0 + number % 50, "rotation": 0.0}
        shapes = (Shape("tag", "cat"), *(Shape("box", "cat", dict(box), {"at": "x" * 50}) for _ in range(8)))
        yield LabelledImage(f"{number}.jpg", 100, 80, shapes=shapes, split=("train", "val")[number % 2])


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("format_id", list(registry.FORMATS))
def test_writing_takes_the_same_memory_for_ten_times_the_images(
    format_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.formats.spool.IN_MEMORY", 2**14)

    def write(count: int) -> None:
        registry.write(format_id, many_images(count), [LabelClass("cat")], NoWhere())

    write(2)
    assert peak(lambda: write(MANY)) < peak(lambda: write(FEW)) + SPARE


def coco(count: int) -> Files:
    annotation = {"category_id": 1, "bbox": [1, 2, 3, 4], "attributes": {"at": "x" * 50}}
    document = {
        "annotations": [annotation | {"id": n, "image_id": n // 8} for n in range(count * 8)],
        "images": [{"id": n, "file_name": f"{n}.jpg", "width": 100, "height": 80} for n in range(count)],
        "categories": [{"id": 1, "name": "cat"}],
    }
    return {"labels.json": json.dumps(document)}


def csv(count: int) -> Files:
    rows = (f"{n // 8}.jpg,cat {'x' * 50},1,2,3,4\n" for n in range(count * 8))
    return {"labels.csv": f"filename,label,xmin,ymin,xmax,ymax\n{''.join(rows)}"}


@pytest.mark.parametrize(("format_id", "make"), [("coco", coco), ("csv", csv)])
def test_reading_one_large_file_takes_the_same_memory(format_id: str, make: Callable[[int], Files]) -> None:
    def read(source: MemorySource) -> None:
        images = sum(isinstance(item, LabelledImage) for item in registry.read(format_id, source, always()))
        assert images >= FEW // 3

    # The source itself is in memory, and opening it copies it once.
    few, many = MemorySource(make(FEW // 3)), MemorySource(make(MANY // 3))
    read(few)
    size = sum(map(len, many.files.values()))
    assert peak(lambda: read(many)) < peak(lambda: read(few)) + size + SPARE
