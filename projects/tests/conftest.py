import hashlib

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from accounts.models import Membership
from accounts.permissions import Role
from accounts.tests.factories import MembershipFactory
from core.storage import media_storage
from datasets.models import Manifest, ManifestItem
from datasets.tests.factories import AssetFactory
from licensing.models import Grant
from licensing.tests.factories import GrantFactory

BOX = {
    "class": "bus, red",
    "kind": "box",
    "geometry": {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0},
    "attributes": {},
    "confidence": None,
    "provenance": "producer",
}


def stored_manifest(images: int = 2) -> Manifest:
    """A released manifest whose files are really in storage."""
    manifest = Manifest.objects.create(
        sha256=hashlib.sha256(str(images).encode()).hexdigest(),
        item_count=images,
        annotation_count=images,
        byte_size=images * 700,
        classes=[{"name": "bus, red", "color_index": 0, "skeleton": None}],
    )
    for position in range(images):
        data = f"pixels {position} ".encode() * 100
        asset = AssetFactory(
            sha256=hashlib.sha256(data).hexdigest(), byte_size=len(data), storage_key=f"media/{position}-{images}.jpg"
        )
        if not media_storage().exists(asset.storage_key):
            media_storage().save(asset.storage_key, ContentFile(data))
        ManifestItem.objects.create(
            manifest=manifest,
            position=position,
            asset=asset,
            name=f"{position:06d}.jpg",
            sha256=asset.sha256,
            storage_key=asset.storage_key,
            media_type="image/jpeg",
            width=640,
            height=480,
            byte_size=len(data),
            annotations=[BOX],
        )
    return manifest


@pytest.fixture
def seat() -> Membership:
    return MembershipFactory(role=Role.FINANCE)


@pytest.fixture
def grant(seat: Membership) -> Grant:
    return GrantFactory(organization=seat.organization, manifest=stored_manifest(), title="Street scenes")


def signed_in(seat: Membership) -> Client:
    client = Client()
    client.force_login(seat.user)
    return client
