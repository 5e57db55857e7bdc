"""Reading frozen manifests, however large, a thousand items at a time."""

from collections.abc import Iterator

from datasets.models import DatasetVersion, Manifest, ManifestItem
from datasets.rules import manifest as rules
from datasets.rules.manifest import ManifestEntry

CHUNK = 1_000


def of(version: DatasetVersion) -> Manifest:
    """The content of a released version."""
    assert version.manifest is not None  # noqa: S101  # a released version is whole, by constraint
    return version.manifest


def items(manifest: Manifest) -> Iterator[ManifestItem]:
    """Every item in order; memory stays that of one chunk."""
    last = 0
    while chunk := list(manifest.items.filter(position__gt=last).order_by("position")[:CHUNK]):
        yield from chunk
        last = chunk[-1].position


def entry(item: ManifestItem) -> ManifestEntry:
    """What the manifest file says of an item: nothing of where it is stored or who made it."""
    return {
        "name": item.name,
        "sha256": item.sha256,
        "media_type": item.media_type,
        "width": item.width,
        "height": item.height,
        "byte_size": item.byte_size,
        "split": item.split,
        "annotations": item.annotations,
    }


def file_lines(manifest: Manifest) -> Iterator[bytes]:
    """The manifest file; its SHA-256 is the manifest's."""
    return rules.lines(manifest.classes, map(entry, items(manifest)))
