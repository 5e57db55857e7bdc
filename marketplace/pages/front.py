"""The first page: real listings and figures, counted at most every few minutes."""

from typing import Any

from django.core.cache import cache
from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.http import urlencode

from marketplace.models import Offer
from marketplace.pages.cards import listing_card
from marketplace.rules.facets import split

SHOWN = 8
LABELS = 8
KEPT_SECONDS = 300


def landing_context() -> dict[str, Any]:
    datasets = Offer.objects.on_market().datasets().with_card()
    newest = list(datasets.order_by("-listed_at", "-id")[:SHOWN])
    older = datasets.exclude(pk__in=[offer.pk for offer in newest])
    most_sold = older.filter(sold_count__gt=0).order_by("-sold_count", "-id")[:SHOWN]
    return {
        "listings": [listing_card(offer) for offer in newest],
        "most_sold": [listing_card(offer) for offer in most_sold],
        "figures": cache.get_or_set("market-figures", figures, KEPT_SECONDS),
        "labels": _labels(newest),
    }


def figures() -> dict[str, int] | None:
    """Of the datasets for sale now; None when there are none."""
    sums = (
        Offer.objects.on_market()
        .datasets()
        .aggregate(
            datasets=Count("pk"),
            images=Sum("item_count"),
            labels=Sum("annotation_count"),
            producers=Count("organization", distinct=True),
        )
    )
    return sums if sums["datasets"] else None


def _labels(offers: list[Offer]) -> list[dict[str, str]]:
    """The first classes of the newest datasets, as ways into the market."""
    tokens = [token for offer in offers for token in offer.facets if split(token)[0] == "label"]
    names = list(dict.fromkeys(split(token)[1] for token in tokens))[:LABELS]
    market = reverse("marketplace:search")
    return [{"name": name, "url": f"{market}?{urlencode({'label': name})}"} for name in names]
