"""What an offer's searchable columns say, read from the frozen version that is offered."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.aggregates import Aggregate
from django.db.models.fields import IntegerField

from datasets.models import Manifest, ManifestItem
from marketplace.models import Offer
from marketplace.rules import facets
from marketplace.rules.facets import Goods
from marketplace.rules.sampling import sample_positions

LISTED_LABELS = 60
"""How many of a dataset's classes can be searched by name: the most frequent."""
SHAPE_PROBES = 500


class Median(Aggregate):
    """The middle value, one that occurs."""

    template = "percentile_disc(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = IntegerField()


def dataset_goods(manifest: Manifest) -> Goods:
    sizes = manifest.items.aggregate(width=Median("width"), height=Median("height"))
    return Goods(
        kind=Offer.Kind.DATASET,
        item_count=manifest.item_count,
        width=sizes["width"] or 0,
        height=sizes["height"] or 0,
        labels=facets.by_frequency(manifest.class_counts)[:LISTED_LABELS],
        shapes=_shapes(manifest),
    )


def item_goods(item: ManifestItem, kind: str) -> Goods:
    return Goods(
        kind=kind,
        item_count=1,
        width=item.width,
        height=item.height,
        labels=facets.labels_of(item.annotations),
        shapes=facets.shapes_of(item.annotations),
    )


def searchable(offer: Offer, goods: Goods) -> dict[str, Any]:
    """The columns of an offer that the market searches; price, licence and organisation are the offer's own."""
    return {
        "label_text": "\n".join(goods.labels),
        "item_count": goods.item_count,
        "width": goods.width,
        "height": goods.height,
        "facets": facets.facets_of(
            goods,
            preset=offer.license.preset,
            terms=offer.license.as_terms,
            price_minor=offer.price_minor,
            currency=offer.currency,
            producer=offer.organization.pseudonym_slug,
        ),
    }


def item_title(labels: Sequence[str], dataset_title: str) -> str:
    names = ", ".join(labels[:3])
    return f"{names} · {dataset_title}"[:120] if names else dataset_title


def _shapes(manifest: Manifest) -> list[str]:
    """The kinds of annotation in a sample; a kind that is rarer than that is no reason to find a dataset by it."""
    positions = sample_positions(manifest.sha256, manifest.item_count, SHAPE_PROBES)
    probes: QuerySet[ManifestItem, list[dict[str, object]]] = manifest.items.filter(position__in=positions).values_list(
        "annotations", flat=True
    )
    return facets.shapes_of(annotation for annotations in probes for annotation in annotations)
