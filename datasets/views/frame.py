"""What the pages of datasets, uploads and media get their objects and pictures through."""

from collections.abc import Iterable
from typing import Any

from accounts import access
from accounts.models import Membership
from datasets import links
from datasets.models import Asset, Dataset, Upload


def dataset_of(membership: Membership, slug: str) -> Dataset:
    found = Dataset.objects.for_organization(membership.organization).select_related("schema", "organization")
    return access.get(found, slug=slug)


def upload_of(membership: Membership, public_id: str) -> Upload:
    return access.get(Upload.objects.for_organization(membership.organization).with_makers(), public_id=public_id)


def asset_of(membership: Membership, public_id: str) -> Asset:
    found = Asset.objects.for_organization(membership.organization).select_related("organization", "uploaded_by")
    return access.get(found, public_id=public_id)


def thumbnails(assets: Iterable[Asset]) -> list[dict[str, Any]]:
    """Arguments of the kit's media cards."""
    return [
        {"src": links.thumbnail(asset), "width": asset.width, "height": asset.height, "alt": asset.original_name}
        for asset in assets
    ]
