"""Image folders: the folder an image lies in is its tag; folders named train, val or test above it are its split."""

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from datasets.formats import checks, losses
from datasets.formats.matching import folder_split, is_image, split_named
from datasets.formats.model import Item, LabelClass, LabelledImage, Loss, Shape, Sink, SizeOf, Source, Written

LOSSES = (
    Loss("shapes", "Boxes and all other shapes are left out: a folder says one thing about the whole image."),
    Loss("more_tags", "Tags after an image's first are left out: an image lies in one folder."),
    losses.ATTRIBUTES,
    losses.CONFIDENCE,
    losses.SUPERCATEGORIES,
)
_PLAIN = frozenset(["images", "image", "imgs", "img", "jpegimages", "photos", "data", "dataset"])
_UNSAFE = re.compile(r'[/\\:*?"<>|%\x00-\x1f]|^[. ]|[. ]$')
_QUOTED = re.compile(r"%(2F|5C|3A|2A|3F|22|3C|3E|7C|25|2E|20|[01][0-9A-F])")


def sniff(source: Source) -> str:
    """Why the source looks like image folders, or empty: at least two tags."""
    tags = set()
    for name in filter(is_image, source.names()):
        tags.add(_tag(name))
        if len(tags - {""}) > 1:
            return f"The images lie in folders such as {', '.join(sorted(tags - {''}))}."
    return ""


def _tag(name: str) -> str:
    """The innermost folder that says what the image shows, or empty."""
    folders = (folder for folder in reversed(name.split("/")[:-1]))
    wanted = (folder for folder in folders if folder.lower() not in _PLAIN and not split_named(folder))
    return next((_QUOTED.sub(lambda found: unquote(found[0]), folder) for folder in wanted), "")


def read(source: Source, size_of: SizeOf) -> Iterator[Item]:
    for name in filter(is_image, source.names()):
        size = size_of(name)
        if size is None:
            yield checks.missing_image(name, name)
            continue
        tag = _tag(name)
        found = checks.shape(name, size, "tag", tag, {}) if tag else ()
        yield from checks.labelled(LabelledImage(name, *size, split=folder_split(name)), found)


def image_path(image: LabelledImage) -> str:
    tag = next((_safe(shape.label) for shape in image.shapes if shape.kind == "tag"), "")
    return "/".join(part for part in (image.split, tag, _safe(image.name)) if part)


def _safe(text: str) -> str:
    """Percent signs in place of what a file system may refuse; undone when read."""
    return _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", text)


def write(images: Iterable[LabelledImage], classes: Sequence[LabelClass], sink: Sink) -> Written:
    """Nothing but the images' places, which `image_path` gives; counts what that leaves out."""
    written = Written()
    losses.count_supercategories(classes, written)
    for image in images:
        written.images += 1
        tags = [shape for shape in image.shapes if shape.kind == "tag"]
        written.shapes += bool(tags)
        _count_losses(image.shapes, tags, written)
    return written


def _count_losses(shapes: Sequence[Shape], tags: Sequence[Shape], written: Written) -> None:
    for shape in shapes:
        written.lose("shapes", shape.kind != "tag")
    for _ in tags[1:]:
        written.lose("more_tags")
    for tag in tags[:1]:
        written.lose(losses.ATTRIBUTES.code, bool(tag.attributes))
        written.lose(losses.CONFIDENCE.code, tag.confidence is not None)
