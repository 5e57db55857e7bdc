"""What a version has that the one before had not."""

from dataclasses import dataclass

from datasets import manifests
from datasets.models import DatasetVersion


@dataclass(frozen=True)
class Diff:
    """Numbers of items. `previous` is the version before, None for the first."""

    previous: DatasetVersion | None
    added: int = 0
    removed: int = 0
    changed: int = 0


def since_previous(version: DatasetVersion) -> Diff:
    """Of a released version."""
    manifest = manifests.of(version)
    earlier = version.dataset.versions.released().with_manifests().filter(number__lt=version.number)
    previous = earlier.order_by("-number").first()
    if previous is None:
        return Diff(None, added=manifest.item_count)
    before = manifests.of(previous)
    if before == manifest:
        return Diff(previous)
    return Diff(
        previous,
        added=manifest.items.absent_from(before).count(),
        removed=before.items.absent_from(manifest).count(),
        changed=manifest.items.changed_from(before).count(),
    )
