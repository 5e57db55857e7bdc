"""What every format reads into and writes from. Geometry is described in `datasets.rules.geometry`."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol, TypedDict

from datasets.rules.geometry import Geometry

GROUP = "group"
"""The attribute that shapes of one object have in common, such as a person's outline and keypoints."""


class Skeleton(TypedDict):
    points: list[str]
    edges: list[list[int]]
    """Pairs of places in `points`, counted from 0."""


@dataclass(frozen=True, slots=True)
class LabelClass:
    name: str
    color_index: int = 0
    skeleton: Skeleton | None = None
    supercategory: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    kind: str
    label: str
    geometry: Geometry = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    """Plain values (text, numbers, true or false) by name."""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class LabelledImage:
    name: str
    """Path with `/`; unique in what is written, and the member's own name in what was read."""
    width: int
    height: int
    sha256: str = ""
    shapes: tuple[Shape, ...] = ()
    split: str = ""
    """train, val, test or empty."""


@dataclass(frozen=True, slots=True)
class Problem:
    where: str
    code: str
    message: str
    kept: bool = False
    """True when the label was mended and kept, False when it was left out."""


Item = LabelClass | LabelledImage | Problem

Size = tuple[int, int]
"""Width and height in pixels, upright."""
SizeOf = Callable[[str], Size | None]
"""The size of the image of that name: a file of the source, else as the labels call it; None without one."""


class Source(Protocol):
    def names(self) -> Iterable[str]:
        """Paths of the files, with `/`, each once."""

    def open(self, name: str) -> BinaryIO: ...

    def size(self, name: str) -> int:
        """Bytes when unpacked."""

    def problems(self) -> Iterable[Problem]:
        """Members that were refused."""


class Sink(Protocol):
    def file(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A new file to write; one is open at a time."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something a format cannot carry, as a sentence to show beside how often it happened."""

    code: str
    sentence: str


@dataclass(slots=True)
class Written:
    images: int = 0
    shapes: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    """How often each `Loss.code` happened."""

    def lose(self, code: str, happened: bool = True) -> None:
        if happened:
            self.lost[code] += 1


Reader = Callable[[Source, SizeOf], Iterator[Item]]
Writer = Callable[[Iterable[LabelledImage], Sequence[LabelClass], Sink], Written]
