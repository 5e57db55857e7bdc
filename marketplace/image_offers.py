"""The long work of offering each image of a version: in chunks, so memory is that of one chunk. Safe to run twice."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.errors import Conflict
from datasets.models import Asset, Manifest, ManifestItem
from jobs.context import JobContext
from licensing.models import AssetRights
from marketplace import goods, vocabulary
from marketplace.models import Offer, OfferState

CHUNK = 1_000
REPRICED = ("price_minor", "currency", "version", "title", "label_text", "facets", "annotation_count", "sample")


def run(context: JobContext) -> dict[str, Any]:
    """Offer the images, or bring offers of them from an earlier version up to date."""
    offer = Offer.objects.with_goods().get(public_id=context.arguments["offer"])
    manifest, price = _manifest(offer), int(context.arguments["price_minor"])
    listed = done = 0
    for chunk in _chunks(manifest.items.order_by("position")):
        if not Offer.objects.filter(pk=offer.pk, state=OfferState.LISTED).exists():
            raise Conflict(_("The dataset is no longer listed, so its images are not either."), code="not_listed")
        listed += _offer_chunk(offer, chunk, price)
        done += len(chunk)
        context.progress(done=done, total=manifest.item_count)
    return {"listed": listed}


def _manifest(offer: Offer) -> Manifest:
    manifest = offer.version.manifest
    if manifest is None:
        raise Conflict(_("This version is not released."), code="not_released")
    return manifest


def _chunks(items: "QuerySet[ManifestItem]") -> Iterator[list[ManifestItem]]:
    position = 0
    while chunk := list(items.filter(position__gt=position)[:CHUNK]):
        yield chunk
        position = chunk[-1].position


@transaction.atomic
def _offer_chunk(offer: Offer, items: Sequence[ManifestItem], price_minor: int) -> int:
    assets = _own_assets(offer, items)
    present = {
        found.asset_id: found
        for found in Offer.objects.filter(asset__in=assets.values(), license=offer.license, state=OfferState.LISTED)
    }
    wanted = [_image_offer(offer, item, assets[item.sha256], price_minor) for item in items if item.sha256 in assets]
    new = [each for each in wanted if each.asset_id not in present]
    again = [_brought_up(present[each.asset_id], each) for each in wanted if each.asset_id in present]
    Offer.objects.bulk_create(new, ignore_conflicts=True)
    Offer.objects.bulk_update(again, REPRICED)
    vocabulary.learn(name for each in wanted for name in each.labels)
    return len(wanted)


def _own_assets(offer: Offer, items: Sequence[ManifestItem]) -> dict[str, Asset]:
    """The organisation's assets by content, since others may share the manifest; without what may not be offered."""
    own = Asset.objects.for_organization(offer.organization).filter(sha256__in=[item.sha256 for item in items])
    against = AssetRights.objects.filter(asset__in=own).against(offer.license.as_terms).values("asset")
    hidden = Offer.objects.filter(asset__in=own, state=OfferState.HIDDEN).values("asset")
    return {asset.sha256: asset for asset in own.exclude(pk__in=against).exclude(pk__in=hidden)}


def _image_offer(offer: Offer, item: ManifestItem, asset: Asset, price_minor: int) -> Offer:
    found = goods.item_goods(item, asset.kind)
    image = Offer(
        organization=offer.organization,
        dataset=offer.dataset,
        version=offer.version,
        asset=asset,
        kind=asset.kind,
        license=offer.license,
        price_minor=price_minor,
        currency=offer.currency,
        title=goods.item_title(found.labels, offer.title),
        annotation_count=len(item.annotations),
        sample=[item.position],
        listed_by=offer.listed_by,
    )
    for name, value in goods.searchable(image, found).items():
        setattr(image, name, value)
    return image


def _brought_up(present: Offer, wanted: Offer) -> Offer:
    for name in REPRICED:
        setattr(present, name, getattr(wanted, name))
    return present
