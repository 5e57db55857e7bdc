"""Which image a label file means: names are matched whatever their folders, letter case and extension."""

import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from datasets.formats.model import Size, SizeOf

IMAGE_EXTENSIONS = frozenset(
    [
        "avif",
        "bmp",
        "gif",
        "heic",
        "heif",
        "jfif",
        "jp2",
        "jpe",
        "jpeg",
        "jpg",
        "pgm",
        "png",
        "ppm",
        "tif",
        "tiff",
        "webp",
    ]
)
LABEL_EXTENSIONS = frozenset(["xml", "txt", "json"])
_SPLITS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}


def extension(name: str) -> str:
    return PurePosixPath(name).suffix.lower().lstrip(".")


def is_image(name: str) -> bool:
    return extension(name) in IMAGE_EXTENSIONS


def stem(name: str) -> str:
    """The name without an image or label file's extension: `scan.v1` stays as it is."""
    known = extension(name) in IMAGE_EXTENSIONS | LABEL_EXTENSIONS
    return name[: -len(PurePosixPath(name).suffix)] if known else name


def split_named(value: object) -> str:
    """train, val or test for one of their usual names; else empty."""
    return _SPLITS.get(value.strip().lower(), "") if isinstance(value, str) else ""


def split_of(path: str) -> str:
    """train, val or test when one of the words in the path says so, the innermost first; else empty."""
    words = "".join(letter if letter.isalpha() else " " for letter in path.lower()).split()
    return next((_SPLITS[word] for word in reversed(words) if word in _SPLITS), "")


def folder_split(path: str) -> str:
    """As `split_of`, when a whole folder has that name."""
    folders = reversed(PurePosixPath(path.lower()).parts[:-1])
    return next((_SPLITS[folder] for folder in folders if folder in _SPLITS), "")


class NameIndex:
    """Finds a file by a name that others wrote down."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_stem: dict[str, str | list[str]] = {}
        for name in names:
            self._add(name)

    def _add(self, name: str) -> None:
        # Nearly every stem is there once, and a list for each would triple the memory of a large archive.
        key = _key(name)[-1]
        there = self._by_stem.get(key)
        if there is None:
            self._by_stem[key] = name
        elif isinstance(there, list):
            there.append(name)
        else:
            self._by_stem[key] = [there, name]

    def find(self, wanted: str, split: str = "") -> str | None:
        """The closest name by folders in common, then split, then extension; None when two are as close."""
        there = self._by_stem.get(_key(wanted)[-1])
        if there is None or isinstance(there, str):
            return there
        ranked = sorted(there, key=lambda name: _closeness(name, wanted, split), reverse=True)
        tied = _closeness(ranked[0], wanted, split) == _closeness(ranked[1], wanted, split)
        return None if tied else ranked[0]


def _key(name: str) -> tuple[str, ...]:
    """Folders and stem, in one spelling."""
    path = unicodedata.normalize("NFC", name.strip().replace("\\", "/")).casefold()
    return PurePosixPath(stem(path)).parts or ("",)


def _closeness(name: str, wanted: str, split: str) -> tuple[int, bool, bool, bool]:
    pairs = zip(reversed(_key(name)), reversed(_key(wanted)), strict=False)
    common = next((place for place, (ours, theirs) in enumerate(pairs) if ours != theirs), None)
    shared = min(len(_key(name)), len(_key(wanted))) if common is None else common
    return (
        shared,
        bool(split) and split_of(name) == split,
        extension(name) == extension(wanted),
        name == wanted,
    )


def locate(images: NameIndex, size_of: SizeOf, candidates: Iterable[str], split: str = "") -> tuple[str, Size] | None:
    """The readable image that the first fitting name means, of the source's or else of those the caller knows."""
    names = [name for name in candidates if name]
    for name in filter(None, [*(images.find(name, split) for name in names), *names]):
        if size := size_of(name):
            return name, size
    return None
