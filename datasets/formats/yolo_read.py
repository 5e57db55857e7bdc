"""Reads YOLO: a text file per image, a line per object, in shares of the image's width and height.

Boxes, outlines (turned boxes are outlines of four points) and, where data.yaml has kpt_shape, keypoints; a further
number at the end of a line is a confidence.
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from datasets.formats import checks, yolo_config
from datasets.formats.matching import NameIndex, extension, folder_split, is_image, locate, stem
from datasets.formats.model import GROUP, Item, LabelClass, LabelledImage, Problem, Shape, Size, SizeOf, Source
from datasets.formats.objects import repeats
from datasets.formats.sources import lines
from datasets.formats.splits import listed_splits
from datasets.formats.yolo_config import Config
from datasets.rules.geometry import Geometry

MAX_LINE = 2**20
_LISTS = frozenset(["train.txt", "val.txt", "valid.txt", "test.txt"])
_NOT_LABELS = _LISTS | {"classes.txt", "labels.txt", "predefined_classes.txt", "notes.txt"}
_FOLDERS = frozenset(["labels", "obj_train_data"])


def sniff(source: Source) -> str:
    """Why the source looks like YOLO, or empty."""
    images = NameIndex(filter(is_image, source.names()))
    found = (name for name in source.names() if _may_be_labels(name) and _has_labels(source, name, images))
    name = next(found, "")
    return f"{name} is a YOLO label file." if name else ""


def read(source: Source, size_of: SizeOf) -> Iterator[Item]:
    images, config = NameIndex(filter(is_image, source.names())), yolo_config.load(source)
    splits: dict[str, str] = {}
    yield from config.problems
    yield from listed_splits(source, lambda name: name.rpartition("/")[2].lower() in _LISTS, splits)
    by_file = {PurePosixPath(path).name: split for path, split in splits.items()}
    yield from config.classes.values()
    for name in filter(_may_be_labels, source.names()):
        try:
            if _has_labels(source, name, images):
                yield from _read_file(source, name, images, size_of, config, by_file)
        except (OSError, ValueError) as error:
            yield Problem(name, "damaged", f"The labels cannot be read: {error}")


def _may_be_labels(name: str) -> bool:
    return extension(name) == "txt" and name.rpartition("/")[2].lower() not in _NOT_LABELS


def _has_labels(source: Source, name: str, images: NameIndex) -> bool:
    """A text in a folder of labels, or beside images whose names it shares, or whose first line reads like labels."""
    if _FOLDERS & set(name.lower().split("/")[:-1]) or images.find(stem(name)):
        return True
    try:
        first = next(lines(source, name, MAX_LINE), b"")
        values = [checks.number(value, "value") for value in first.decode("ascii").split()]
    except ValueError:
        return False
    return len(values) >= 5 and values[0] == int(values[0])


def _read_file(
    source: Source, name: str, images: NameIndex, size_of: SizeOf, config: Config, splits: dict[str, str]
) -> Iterator[Item]:
    split = folder_split(name) or splits.get(PurePosixPath(stem(name)).name, "")
    wanted = stem(name)
    place = locate(images, size_of, [wanted, PurePosixPath(wanted).name], split)
    if place is None:
        yield checks.missing_image(name, wanted)
        return
    image, size = place
    shapes = _shapes(source, name, size, config)
    yield from checks.labelled(LabelledImage(image, *size, split=split or folder_split(image)), shapes)


def _shapes(source: Source, name: str, size: Size, config: Config) -> Iterator[Shape | Problem]:
    for number, line in enumerate(lines(source, name, MAX_LINE), 1):
        tokens = line.split()
        if tokens:
            yield from _line(f"{name}, line {number}", number, tokens, size, config)


def _line(where: str, number: int, tokens: Sequence[bytes], size: Size, config: Config) -> Iterator[Shape | Problem]:
    try:
        values = [checks.number(token.decode("ascii", "replace"), "each value") for token in tokens]
        if values[0] != int(values[0]) or values[0] < 0:
            raise checks.Rejected("class_missing", "A line begins with the number of a class.")
        label = config.label(int(values[0]))
        geometries, score = _geometries(values[1:], size, config, label)
    except checks.Rejected as error:
        yield Problem(where, error.code, error.message)
        return
    kept: list[Shape] = []
    for kind, geometry in geometries:
        if kind == "box" and any(repeats(geometry, shape) for shape in kept):
            continue
        for item in checks.shape(where, size, kind, label.name, geometry, {}, score):
            if isinstance(item, Shape):
                kept.append(item)
            else:
                yield item
    for shape in kept if len(kept) > 1 else ():
        shape.attributes[GROUP] = str(number)
    yield from kept


Geometries = list[tuple[str, Geometry]]


def _geometries(values: list[float], size: Size, config: Config, label: LabelClass) -> tuple[Geometries, float | None]:
    """The shapes of a line without its class, and its confidence when it has one."""
    count, pose = len(values), 4 + config.points * config.values
    if config.points and count in (pose, pose + 1):
        score = values[pose] if count > pose else None
        return [*_keypoints(values[4:pose], size, config, label), ("box", _box(values, size))], score
    if count in (4, 5):
        return [("box", _box(values, size))], values[4] if count == 5 else None
    if count < 6 or config.points:
        raise checks.Rejected("columns", f"A line of {count + 1} values is neither a box nor an outline.")
    even = count - count % 2
    pairs = [[x * size[0], y * size[1]] for x, y in zip(values[:even:2], values[1:even:2], strict=True)]
    return [("polygon", {"points": pairs})], values[-1] if count % 2 else None


def _box(values: Sequence[float], size: Size) -> Geometry:
    cx, cy, width, height = values[:4]
    x, y = (cx - width / 2) * size[0], (cy - height / 2) * size[1]
    return {"x": x, "y": y, "width": width * size[0], "height": height * size[1]}


def _keypoints(values: Sequence[float], size: Size, config: Config, label: LabelClass) -> Geometries:
    """The named points; none when none is labelled, since every line must have them."""
    names = label.skeleton["points"] if label.skeleton else []
    points = [
        _keypoint(name, values[place * config.values : (place + 1) * config.values], size)
        for place, name in enumerate(names)
    ]
    return [("keypoints", {"points": points})] if any(point["visibility"] for point in points) else []


def _keypoint(name: str, values: Sequence[float], size: Size) -> Geometry:
    """Without a visibility, a point at the origin is one that is not labelled."""
    x, y = values[0] * size[0], values[1] * size[1]
    visibility = round(values[2]) if len(values) == 3 else 2 * (x > 0 or y > 0)
    return {"name": name, "x": x, "y": y, "visibility": visibility}
