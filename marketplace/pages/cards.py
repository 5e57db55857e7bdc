"""Offers as the component kit draws them. Pictures are previews at the market's own addresses, never a storage key."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from datasets.models import ManifestItem
from datasets.rules import geometry
from marketplace.models import Offer
from marketplace.rules.overlays import coarse_box, color_indexes

COVERS = 3
COVER_WIDTH, COVER_HEIGHT = 4, 3


def preview_url(offer: Offer, position: int) -> str:
    return f"{_previews()}{offer.public_id}/{position}.webp"


@cache
def _previews() -> str:
    """The route's beginning: a page of results needs it up to 72 times."""
    return reverse("marketplace:preview", args=["x", 0]).removesuffix("x/0.webp")


def listing_card(offer: Offer) -> dict[str, Any]:
    """A search result: the arguments of the kit's listing."""
    return {
        "title": offer.title,
        "href": offer.get_absolute_url(),
        "cover": [
            {"src": preview_url(offer, position), "width": COVER_WIDTH, "height": COVER_HEIGHT}
            for position in offer.sample[:COVERS]
        ],
        "price": offer.price_minor,
        "currency": offer.currency,
        "producer": offer.organization.pseudonym,
        "items": offer.item_count,
        "licence": offer.license.title,
        "price_note": _("%(count)s sold") % {"count": offer.sold_count} if offer.sold_count else "",
    }


def gallery(offer: Offer, items: Sequence[ManifestItem]) -> list[dict[str, Any]]:
    """The sample of a listing with its labels drawn roughly: the arguments of the kit's media grid."""
    manifest = offer.version.manifest
    colors = color_indexes(manifest.classes) if manifest else {}
    return [
        {
            "src": preview_url(offer, item.position),
            "width": item.width,
            "height": item.height,
            "alt": _alt(item),
            "caption": _alt(item),
            "shapes": _shapes(item, colors),
        }
        for item in items
    ]


def _alt(item: ManifestItem) -> str:
    names = list(dict.fromkeys(str(label["class"]) for label in item.annotations))
    return ", ".join(names[:4]) if names else _("Image without labels")


def _shapes(item: ManifestItem, colors: dict[str, int]) -> list[dict[str, Any]]:
    found = ((label["class"], geometry.bounds(label["kind"], label["geometry"])) for label in item.annotations)
    return [
        {"label": name, "color_index": colors.get(name, 0), **coarse_box(bounds, item.width, item.height)}
        for name, bounds in found
        if bounds is not None
    ]
