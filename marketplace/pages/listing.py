"""What a listing's page shows of an offer."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from datasets.formats.registry import FORMATS
from datasets.models import ManifestItem
from licensing.holdings import Wanted, already_held
from marketplace.buying.seats import buying_seats
from marketplace.models import Offer
from marketplace.pages.cards import gallery, listing_card, preview_url
from marketplace.rules.facets import by_frequency

CLASSES_SHOWN = 12
RELATED = 4
# Ends a script element early, or opens a comment in it.
UNSAFE_IN_SCRIPT = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def listing_context(request: HttpRequest, offer: Offer) -> dict[str, Any]:
    items = sample_items(offer)
    seats = buying_seats(request)
    held_by = [seat.organization for seat in seats if _holds(seat.organization, offer)]
    return {
        "offer": offer,
        "manifest": offer.version.manifest,
        "gallery": gallery(offer, items),
        "classes": _classes(offer, items),
        "formats": FORMATS.values(),
        "seats": [seat for seat in seats if seat.organization not in held_by],
        "held_by": held_by,
        "is_own": offer.organization_id in {seat.organization_id for seat in seats},
        "json_ld": json_ld(offer),
        "related": [listing_card(other) for other in _related(offer)],
        "preview": settings.SITE_URL + preview_url(offer, offer.sample[0]) if offer.sample else "",
    }


def sample_items(offer: Offer) -> list[ManifestItem]:
    manifest = offer.version.manifest
    return list(manifest.items.filter(position__in=offer.sample).order_by("position")) if manifest else []


def _classes(offer: Offer, items: list[ManifestItem]) -> list[dict[str, Any]]:
    """How many annotations each class has: of the whole dataset, or of the one image."""
    manifest = offer.version.manifest
    if manifest is None:
        return []
    counts: dict[str, int] = dict(manifest.class_counts)
    if not offer.is_dataset:
        labels = [str(label["class"]) for item in items for label in item.annotations]
        counts = {name: labels.count(name) for name in labels}
    colors = {str(found["name"]): int(found.get("color_index", 0)) for found in manifest.classes}
    return [{"label": name, "count": counts[name], "color_index": colors.get(name, 0)} for name in by_frequency(counts)]


def _holds(organization: Any, offer: Offer) -> bool:
    return bool(already_held(organization, [Wanted(offer.manifest_id, offer.asset_id, offer.license)]))


def _related(offer: Offer) -> list[Offer]:
    """Other datasets of the same producer."""
    others = Offer.objects.on_market().datasets().with_card().filter(organization=offer.organization)
    return list(others.exclude(pk=offer.pk).order_by("-pk")[:RELATED])


def json_ld(offer: Offer) -> SafeString:
    """schema.org/Dataset for search engines (developers.google.com/search/docs/appearance/structured-data/dataset)."""
    url = settings.SITE_URL + offer.get_absolute_url()
    producer = settings.SITE_URL + reverse("marketplace:producer", args=[offer.organization.pseudonym_slug])
    data = {
        "@context": "https://schema.org/",
        "@type": "Dataset" if offer.is_dataset else "ImageObject",
        "name": offer.title,
        "description": offer.description or offer.title,
        "url": url,
        "identifier": offer.public_id,
        "keywords": offer.labels[:20],
        "creator": {"@type": "Organization", "name": offer.organization.pseudonym, "url": producer},
        "license": offer.license.url or settings.SITE_URL + offer.license.get_absolute_url(),
        "datePublished": offer.listed_at.date().isoformat(),
        "isAccessibleForFree": offer.price_minor == 0,
        "offers": {
            "@type": "Offer",
            "price": offer.price_written,
            "priceCurrency": offer.currency,
            "url": url,
            "availability": "https://schema.org/InStock",
        },
        "thumbnailUrl": settings.SITE_URL + preview_url(offer, offer.sample[0]) if offer.sample else None,
        "version": str(offer.version.number) if offer.is_dataset else None,
    }
    text = json.dumps({name: value for name, value in data.items() if value is not None}, ensure_ascii=False)
    return mark_safe(text.translate(UNSAFE_IN_SCRIPT))  # noqa: S308  # nothing in it can end the script
