"""Every format, declared once. Ask here for what there is, what a format carries, and to detect, read or write."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from datasets.formats import (
    coco_read,
    coco_write,
    csv_read,
    csv_write,
    folder,
    jsonl,
    voc,
    yolo_read,
    yolo_write,
)
from datasets.formats.checks import MAX_CLASSES
from datasets.formats.matching import is_image
from datasets.formats.model import (
    Item,
    LabelClass,
    LabelledImage,
    Loss,
    Problem,
    Reader,
    Shape,
    Sink,
    SizeOf,
    Skeleton,
    Source,
    Writer,
    Written,
)
from datasets.rules.kinds import KINDS


@dataclass(frozen=True)
class Format:
    id: str
    title: str
    description: str
    carries: frozenset[str]
    """Kinds of label that an export keeps as they are."""
    losses: tuple[Loss, ...]
    """What an export cannot carry, each a sentence; `Written.lost` counts how often."""
    sniff: Callable[[Source], str]
    """Why a source is in this format, or empty."""
    reader: Reader
    writer: Writer
    image_path: Callable[[LabelledImage], str]
    """Where an export has the image file, so that the labels find it."""


@dataclass(frozen=True)
class Detection:
    format: str | None
    reason: str


FORMATS: dict[str, Format] = {
    each.id: each
    for each in (
        Format(
            id="jsonl",
            title="Label Hub JSON Lines",
            description="One JSON line per image with every kind of label. Nothing is lost.",
            carries=frozenset(KINDS),
            losses=(),
            sniff=jsonl.sniff,
            reader=jsonl.read,
            writer=jsonl.write,
            image_path=jsonl.image_path,
        ),
        Format(
            id="coco",
            title="COCO",
            description="One JSON file per split with boxes, polygons, masks and keypoints.",
            carries=frozenset(["box", "polygon", "mask", "keypoints"]),
            losses=coco_write.LOSSES,
            sniff=coco_read.sniff,
            reader=coco_read.read,
            writer=coco_write.write,
            image_path=coco_write.image_path,
        ),
        Format(
            id="voc",
            title="Pascal VOC",
            description="One XML file per image with upright boxes in pixels, and lists of the images of each split.",
            carries=frozenset(["box"]),
            losses=voc.LOSSES,
            sniff=voc.sniff,
            reader=voc.read,
            writer=voc.write,
            image_path=voc.image_path,
        ),
        Format(
            id="yolo",
            title="YOLO",
            description="One text file per image with boxes, outlines or keypoints, and data.yaml.",
            carries=frozenset(["box", "polygon", "keypoints"]),
            losses=yolo_write.LOSSES,
            sniff=yolo_read.sniff,
            reader=yolo_read.read,
            writer=yolo_write.write,
            image_path=yolo_write.image_path,
        ),
        Format(
            id="csv",
            title="CSV",
            description="One table with a row per label, for spreadsheets and scripts.",
            carries=frozenset(KINDS),
            losses=csv_write.LOSSES,
            sniff=csv_read.sniff,
            reader=csv_read.read,
            writer=csv_write.write,
            image_path=csv_write.image_path,
        ),
        Format(
            id="folder",
            title="Image folders",
            description="Each image in a folder named after its tag, inside a folder named after its split.",
            carries=frozenset(["tag"]),
            losses=folder.LOSSES,
            sniff=folder.sniff,
            reader=folder.read,
            writer=folder.write,
            image_path=folder.image_path,
        ),
    )
}
"""In the order in which a source is tried: the surest signs first."""


def detect(source: Source) -> Detection:
    """The first format, in the order of the registry, that recognises the source."""
    for each in FORMATS.values():
        if reason := _recognised(each, source):
            return Detection(each.id, reason)
    count = sum(1 for name in source.names() if is_image(name))
    known = ", ".join(each.title for each in FORMATS.values())
    return Detection(None, f"There are {count:,} images but no labels in a known format ({known}).")


def _recognised(each: Format, source: Source) -> str:
    try:
        return each.sniff(source)
    except OSError:  # a damaged file says nothing; reading it will report it
        return ""


def read(format_id: str, source: Source, size_of: SizeOf) -> Iterator[Item]:
    """The labels of a source: every class before the first image that uses it, and a problem for what is left out.

    An image may come more than once when several files label it: its labels add up. Only images that the labels
    mention come. `size_of` is asked for each and decides whether there is such an image; its size is the truth.
    """
    yield from source.problems()
    yield from _announced(FORMATS[format_id].reader(source, size_of))


def write(format_id: str, images: Iterable[LabelledImage], classes: Sequence[LabelClass], sink: Sink) -> Written:
    """Write label files; the caller puts each image at `image_path`. ValueError for a label of no class.

    The same images in the same order give the same bytes.
    """
    return FORMATS[format_id].writer(images, classes, sink)


def _announced(items: Iterable[Item]) -> Iterator[Item]:
    known: set[str] = set()
    for item in items:
        if isinstance(item, LabelClass):
            if item.name not in known and len(known) < MAX_CLASSES:
                yield item
                known.add(item.name)
        elif isinstance(item, LabelledImage):
            yield from _with_classes(item, known)
        else:
            yield item


def _with_classes(image: LabelledImage, known: set[str]) -> Iterator[Item]:
    """The image after the classes it is the first to use, as long as they are not absurdly many."""
    for shape in image.shapes:
        if shape.label not in known and len(known) < MAX_CLASSES:
            yield LabelClass(shape.label, len(known), _skeleton(shape))
            known.add(shape.label)
    kept = tuple(shape for shape in image.shapes if shape.label in known)
    if len(kept) < len(image.shapes):
        yield Problem(image.name, "too_many_classes", f"Labels beyond {MAX_CLASSES:,} classes were left out.")
    yield replace(image, shapes=kept)


def _skeleton(shape: Shape) -> Skeleton | None:
    if shape.kind != "keypoints":
        return None
    return {"points": [point["name"] for point in shape.geometry["points"]], "edges": []}
