"""Released versions and offers of them, as they would be after uploads and releases."""

from typing import Any

from django.utils import timezone

from accounts.models import Membership, Organization
from accounts.tests.factories import MembershipFactory
from datasets.models import Asset, Dataset, DatasetVersion, Manifest, ManifestItem, VersionState
from datasets.tests.factories import AssetFactory, DatasetFactory, DatasetVersionFactory
from licensing.models import License
from licensing.tests.factories import ManifestFactory, offered
from marketplace.image_offers import run as list_images
from marketplace.models import Offer
from marketplace.services import offers

BOX = {"x": 10.0, "y": 20.0, "width": 30.0, "height": 40.0, "rotation": 0.0}


def label(name: str) -> dict[str, Any]:
    return {
        "class": name,
        "kind": "box",
        "geometry": BOX,
        "attributes": {},
        "confidence": None,
        "provenance": "producer",
    }


def released(
    organization: Organization | None = None,
    *,
    items: int = 3,
    labels: tuple[str, ...] = ("dog", "cat"),
    number: int = 1,
) -> DatasetVersion:
    """A version of `items` images; image n has the labels up to its place, so that their counts differ."""
    dataset: Dataset = DatasetFactory(**({"organization": organization} if organization else {}))
    assets = AssetFactory.create_batch(items, organization=dataset.organization)
    counts = {name: max(0, items - place) for place, name in enumerate(labels)}
    manifest: Manifest = ManifestFactory(
        item_count=items,
        annotation_count=sum(counts.values()),
        byte_size=sum(asset.byte_size for asset in assets),
        classes=[{"name": name, "color_index": place, "skeleton": None} for place, name in enumerate(labels)],
        class_counts=counts,
    )
    ManifestItem.objects.bulk_create(
        _item(manifest, position, asset, labels) for position, asset in enumerate(assets, start=1)
    )
    dataset.items.bulk_create(
        dataset.items.model(dataset=dataset, asset=asset, name=asset.original_name) for asset in assets
    )
    return DatasetVersionFactory(
        dataset=dataset, manifest=manifest, state=VersionState.RELEASED, released_at=timezone.now()
    )


def _item(manifest: Manifest, position: int, asset: Asset, labels: tuple[str, ...]) -> ManifestItem:
    return ManifestItem(
        manifest=manifest,
        position=position,
        asset=asset,
        name=f"{position:06}.jpg",
        sha256=asset.sha256,
        storage_key=asset.storage_key,
        media_type=asset.media_type,
        width=asset.width,
        height=asset.height,
        byte_size=asset.byte_size,
        annotations=[label(name) for name in labels[:position]],
    )


def listed(
    seat: Membership | None = None,
    *,
    version: DatasetVersion | None = None,
    code: str = "research",
    license_: License | None = None,
    price: int = 1000,
    currency: str = "EUR",
    title: str = "Street scenes",
    image_price: int | None = None,
    **shape: Any,
) -> Offer:
    """A listed dataset; with `image_price` its images are listed too, at once."""
    seat = seat or MembershipFactory()
    version = version or released(seat.organization, **shape)
    offer = offers.list_version(
        actor=seat.user,
        organization=seat.organization,
        version=version,
        license_=license_ or offered(code),
        price_minor=price,
        currency=currency,
        title=title,
        attested=True,
    )
    if image_price is not None:
        list_images(_Arguments({"offer": offer.public_id, "price_minor": image_price}))  # type: ignore[arg-type]
    return Offer.objects.with_goods().get(pk=offer.pk)


class _Arguments:
    """What the job reads of its context."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.arguments = arguments

    def progress(self, **_said: Any) -> None:
        """Nobody watches."""


def images_of(offer: Offer) -> list[Offer]:
    return list(Offer.objects.with_goods().of_listing(offer).order_by("pk"))
