"""The public market: search, listings, producers, previews, and what search engines ask for."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import FileResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import access
from core.storage import media_storage
from marketplace.models import Offer, OfferState
from marketplace.pages import front, listing, producers
from marketplace.pages.cards import listing_card
from marketplace.search import filters
from marketplace.search.answer import answer
from marketplace.search.query import from_address

PREVIEW_SECONDS = 24 * 3600


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    return render(request, "landing.html", front.landing_context())


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    given = request.GET
    found = answer(from_address(given), after=given.get("after"), before=given.get("before"))
    pairs = filters.chosen_pairs(found.query, given)
    context = {
        "answer": found,
        "listings": [listing_card(offer) for offer in found.offers],
        "total": filters.total_text(found),
        "facets": filters.facets(found, pairs),
        "chips": filters.chips(pairs),
        "sorts": filters.sorts(found.query, pairs),
        "kept": pairs,
        "ranges": filters.ranges(found.query, pairs, given),
        "page": filters.pager(found, pairs),
        "clear_url": filters.address([pair for pair in pairs if pair[0] == "q"]),
        "suggestion_url": filters.address([("q", found.suggestion)]),
    }
    return render(request, "marketplace/search.html", context)


@require_safe
def dataset(request: HttpRequest, public_id: str) -> HttpResponse:
    return _listing(request, access.get(Offer.objects.datasets().with_goods(), public_id=public_id))


@require_safe
def item(request: HttpRequest, public_id: str) -> HttpResponse:
    return _listing(request, access.get(Offer.objects.single_items().with_goods(), public_id=public_id))


def _listing(request: HttpRequest, offer: Offer) -> HttpResponse:
    """A withdrawn listing was here and is gone (410); what a moderator took away is not spoken of (404)."""
    if offer.state == OfferState.WITHDRAWN:
        return render(request, "marketplace/gone.html", {"offer": offer}, status=410)
    access.get(Offer.objects.on_market(), pk=offer.pk)
    template = "marketplace/dataset.html" if offer.is_dataset else "marketplace/item.html"
    return render(request, template, listing.listing_context(request, offer))


@require_safe
def preview(request: HttpRequest, public_id: str, position: int) -> HttpResponse | FileResponse:
    """A watermarked, reduced picture of the sample, sent from here: a storage address could tell more than it shows."""
    offer = access.get(Offer.objects.on_market().select_related("version__manifest"), public_id=public_id)
    manifest = offer.version.manifest
    if manifest is None or position not in offer.sample:
        raise Http404
    key = access.get(manifest.items.select_related("asset"), position=position).asset.preview_key
    response = FileResponse(media_storage().open(key), content_type="image/webp")
    response["Cache-Control"] = f"public, max-age={PREVIEW_SECONDS}"
    response["Content-Disposition"] = "inline"
    return response


@require_safe
def producer(request: HttpRequest, pseudonym: str) -> HttpResponse:
    return render(request, "marketplace/producer.html", producers.producer_context(request, pseudonym))


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    sitemap = settings.SITE_URL + reverse("sitemap")
    closed = ("/o/", "/api/", "/account/", "/accounts/", "/admin/", "/cart/", "/market/?*&")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), f"Sitemap: {sitemap}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
