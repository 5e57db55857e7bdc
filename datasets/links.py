"""Addresses of media files: they work for an hour, for whoever holds them.

What was uploaded is only ever handed out as a download of a known type; pages show what we encoded ourselves, or,
inside the owner's organisation, pictures from which everything but the picture was removed.
"""

from pathlib import PurePosixPath

from core.storage import signed_url
from datasets.models import Asset

SECONDS = 3600


def thumbnail(asset: Asset) -> str:
    return signed_url(asset.thumbnail_key, seconds=SECONDS)


def preview(asset: Asset) -> str:
    """Watermarked: the only large view that others than the owner get."""
    return signed_url(asset.preview_key, seconds=SECONDS)


def shown(asset: Asset) -> str:
    """For the owner's pages: large, without a watermark."""
    if asset.display_key:
        return signed_url(asset.display_key, seconds=SECONDS)
    return original(asset)


def original(asset: Asset) -> str:
    return signed_url(asset.storage_key, seconds=SECONDS, filename=original_name(asset))


def original_name(asset: Asset) -> str:
    """The owner's name for it, with the extension of what it really is."""
    return PurePosixPath(asset.original_name).stem + PurePosixPath(asset.storage_key).suffix
