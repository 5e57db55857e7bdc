"""Items and frozen items as media cards: a thumbnail with its labels drawn on it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import ngettext

from core.kit.media import card
from core.kit.overlays import Shape
from datasets import links
from datasets.models import Annotation, DatasetItem, ManifestItem
from datasets.rules import geometry
from datasets.rules.outlines import outline

MOST_DRAWN = 300
FINEST_SHARE = 1 / 160
"""Masks on a card are drawn in columns of this share of the image's width."""


def item_card(
    item: DatasetItem, labels: Iterable[Annotation], *, href: str = "", selectable: bool = False
) -> dict[str, Any]:
    asset = item.asset
    return card(
        src=links.thumbnail(asset),
        width=asset.width,
        height=asset.height,
        href=href,
        caption=_caption(item),
        shapes=_joined(_of_label(label, asset.width) for label in labels),
        select_value=asset.public_id if selectable else "",
    )


def frozen_card(item: ManifestItem, classes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """`classes` are the manifest's, by name."""
    shapes = []
    for label in item.annotations[:MOST_DRAWN]:
        known = classes.get(label["class"], {})
        color, edges = known.get("color_index", 0), _edges(known.get("skeleton"))
        shapes.append(_shape(label["kind"], label["geometry"], label["class"], color, edges, item.width))
    return card(
        src=links.thumbnail(item.asset),
        width=item.width,
        height=item.height,
        caption=item.name,
        shapes=_joined(shapes),
    )


def _caption(item: DatasetItem) -> str:
    count = ngettext("%d label", "%d labels", item.annotation_count) % item.annotation_count
    return " · ".join(filter(None, [item.name, count, item.get_split_display() if item.split else ""]))


def _of_label(label: Annotation, width: int) -> Shape | None:
    shown = label.label_class
    return _shape(label.kind, label.geometry, shown.name, shown.color_index, _edges(shown.skeleton), width)


def _shape(
    kind: str, shape: dict[str, Any], name: str, color_index: int, edges: list[list[int]], width: int
) -> Shape | None:
    drawn, box = outline(kind, shape, edges, width * FINEST_SHARE), geometry.bounds(kind, shape)
    if drawn is None or box is None:
        return None
    return {
        "label": name,
        "color_index": color_index,
        "x": box[0],
        "y": box[1],
        "path": drawn.path,
        "filled": drawn.filled,
    }


def _joined(shapes: Iterable[Shape | None]) -> list[Shape]:
    """One path for each class: a page of sixty cards with twenty boxes each stays light."""
    joined: dict[tuple[str, bool], Shape] = {}
    for shape in shapes:
        if shape is not None:
            key = shape["label"], shape["filled"]
            first = joined.setdefault(key, {**shape, "path": ""})
            first["path"] += shape["path"]
    return list(joined.values())


def _edges(skeleton: Mapping[str, Any] | None) -> list[list[int]]:
    return list(skeleton["edges"]) if skeleton else []
