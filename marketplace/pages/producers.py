"""A producer as the market knows them: a pseudonym, what they say of their work, what they sell."""

from typing import Any

from django.db.models import Count, Sum
from django.http import HttpRequest

from accounts import access
from accounts.models import Organization
from core.pagination import keyset_page
from marketplace.models import Offer
from marketplace.pages.cards import listing_card

ORDER = ("-listed_at", "-id")


def producer_context(request: HttpRequest, pseudonym: str) -> dict[str, Any]:
    """404 for organisations that sell nothing: a buyer's pseudonym leads nowhere."""
    sellers = Organization.objects.active().filter(pk__in=Offer.objects.on_market().values("organization"))
    found = access.get(sellers, pseudonym_slug=pseudonym)
    offers = Offer.objects.on_market().filter(organization=found)
    page = keyset_page(offers.datasets().with_card(), request, order=ORDER, size=24)
    return {
        "pseudonym": found.pseudonym,
        "slug": found.pseudonym_slug,
        "about": found.about,
        "listings": [listing_card(offer) for offer in page.rows],
        "page": page,
        "figures": offers.aggregate(sold=Sum("sold_count"), offers=Count("pk")),
        "has_images": offers.single_items().exists(),
    }
