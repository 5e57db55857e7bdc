"""What the image page hands to the box tool."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext as _

from datasets import links, origins
from datasets.filters import ItemFilter
from datasets.models import Annotation, Dataset, DatasetItem, LabelClass
from datasets.rules.kinds import KINDS
from datasets.rules.outlines import outline


@dataclass(frozen=True)
class Neighbours:
    """The items before and after, among those the gallery's filters leave."""

    previous: DatasetItem | None
    next: DatasetItem | None
    query: str

    @classmethod
    def of(cls, item: DatasetItem, chosen: ItemFilter) -> Self:
        items = chosen.items(item.dataset)
        return cls(items.ahead_of(item).first(), items.behind(item).first(), chosen.query())

    @property
    def previous_url(self) -> str:
        return self._url(self.previous)

    @property
    def next_url(self) -> str:
        return self._url(self.next)

    @property
    def next_image(self) -> str:
        return links.shown(self.next.asset) if self.next else ""

    def _url(self, item: DatasetItem | None) -> str:
        if item is None:
            return ""
        dataset = item.dataset
        path = reverse("datasets:item", args=[dataset.organization.slug, dataset.slug, item.asset.public_id])
        return f"{path}{self.query}"


def tool_data(
    request: HttpRequest, item: DatasetItem, labels: Iterable[Annotation], around: Neighbours, *, editable: bool
) -> dict[str, Any]:
    """As `Page` in frontend/src/boxtool/page.ts."""
    return {
        "image": {"width": item.asset.width, "height": item.asset.height},
        "revision": item.revision,
        "annotations": [_label(label) for label in labels],
        "classes": [_class(each) for each in item.dataset.schema.classes.all()],
        "editable": editable,
        "urls": {**_api(item.dataset, item), "previous": around.previous_url, "next": around.next_url},
        "csrf": get_token(request),
        "kinds": {kind.name: kind.title for kind in KINDS.values()},
        "words": {
            "mine": _("By you, just now"),
            "noClass": _("Add a class first, below the image's labels."),
            "added": _("added"),
            "removed": _("removed"),
            "failed": _("That did not work. Try again."),
            "restored": _("Changes of your last visit that had not been saved are back."),
        },
    }


def _api(dataset: Dataset, item: DatasetItem) -> dict[str, str]:
    slug = dataset.organization.slug
    return {
        "save": reverse("api:item-annotations", args=[slug, dataset.public_id, item.asset.public_id]),
        "classes": reverse("api:classes", args=[slug, dataset.public_id]),
    }


def _class(each: LabelClass) -> dict[str, Any]:
    return {
        "id": each.public_id,
        "name": each.name,
        "colorIndex": each.color_index,
        "shortcut": each.shortcut,
        "archived": each.archived_at is not None,
    }


def _label(row: Annotation) -> dict[str, Any]:
    skeleton = row.label_class.skeleton or {}
    drawn = None if row.kind == "box" else outline(row.kind, row.geometry, skeleton.get("edges", []))
    return {
        "label_class": row.label_class.public_id,
        "kind": row.kind,
        "geometry": row.geometry,
        "attributes": row.attributes,
        "origin": origins.sentence(row),
        "outline": drawn.path if drawn else "",
        "filled": bool(drawn and drawn.filled),
    }
