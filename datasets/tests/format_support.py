"""Sources and sinks in memory, and what the tests of the formats read and write with them."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from datasets.formats import registry
from datasets.formats.model import Item, LabelClass, LabelledImage, Problem, Size, SizeOf, Written

Files = dict[str, bytes | str]


class MemorySource:
    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        self.files = {name: body.encode() if isinstance(body, str) else body for name, body in files.items()}

    def names(self) -> Iterable[str]:
        return self.files.keys()

    def open(self, name: str) -> BinaryIO:
        return io.BytesIO(self.files[name])

    def size(self, name: str) -> int:
        return len(self.files[name])

    def problems(self) -> Iterable[Problem]:
        return ()


class MemorySink:
    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    @contextmanager
    def file(self, name: str) -> Iterator[BinaryIO]:
        assert name not in self.files, f"{name} written twice"
        with io.BytesIO() as stream:
            yield stream
            self.files[name] = stream.getvalue()


def always(width: int = 100, height: int = 80) -> SizeOf:
    size: Size = (width, height)
    return lambda name: size


def read(format_id: str, files: Mapping[str, bytes | str], size_of: SizeOf | None = None) -> list[Item]:
    return list(registry.read(format_id, MemorySource(files), size_of or always()))


def images(items: Iterable[Item]) -> list[LabelledImage]:
    return [item for item in items if isinstance(item, LabelledImage)]


def classes(items: Iterable[Item]) -> list[LabelClass]:
    return [item for item in items if isinstance(item, LabelClass)]


def problems(items: Iterable[Item]) -> list[Problem]:
    return [item for item in items if isinstance(item, Problem)]


def codes(items: Iterable[Item]) -> list[str]:
    return [problem.code for problem in problems(items)]


def export(
    format_id: str, labelled: Sequence[LabelledImage], known: Sequence[LabelClass]
) -> tuple[dict[str, bytes], Written]:
    """The files of an export, with an empty file where each image belongs."""
    sink = MemorySink()
    written = registry.write(format_id, iter(labelled), known, sink)
    places = {registry.FORMATS[format_id].image_path(image): b"" for image in labelled}
    return sink.files | places, written


def back(format_id: str, labelled: Sequence[LabelledImage], known: Sequence[LabelClass]) -> tuple[list[Item], Written]:
    """What is read from an export, under the images' own names."""
    files, written = export(format_id, labelled, known)
    by_path = {registry.FORMATS[format_id].image_path(image): image for image in labelled}

    def size_of(name: str) -> Size | None:
        return (by_path[name].width, by_path[name].height) if name in by_path else None

    return read(format_id, files, size_of), written
