"""Items and their labels for programs."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.permissions import Capability
from core.pagination import CursorPagination
from datasets import reading
from datasets.api.frame import DatasetAPIView
from datasets.filters import NO_SPLIT, ItemFilter
from datasets.models import DatasetItem, LabelClass, Provenance, Split
from datasets.rules.kinds import KINDS
from datasets.serializers.labels import (
    ChangedSerializer,
    ItemLabelsSerializer,
    ItemsChangeSerializer,
    ItemSerializer,
    LabelChangeSerializer,
    LabelsSerializer,
    RevisionSerializer,
)
from datasets.services import annotations, items

FILTERS = [
    OpenApiParameter("label_class", str, description="The id of a class that a label has"),
    OpenApiParameter("labels", str, enum=["with", "without"]),
    OpenApiParameter("split", str, enum=[NO_SPLIT, *filter(None, Split.values)]),
    OpenApiParameter("kind", str, enum=list(KINDS)),
    OpenApiParameter("provenance", str, enum=Provenance.values),
    OpenApiParameter("q", str, description="Part of the name"),
]


class ByName(CursorPagination):
    ordering = ("name", "id")


class ItemAPIView(DatasetAPIView):
    def item(self, asset: str) -> DatasetItem:
        return access.get(self.dataset.items.with_assets(), asset__public_id=asset)

    def labels(self, item: DatasetItem) -> Response:
        shown = {"revision": item.revision, "annotations": reading.labels_of([item]).get(item.asset_id, [])}
        return Response(ItemLabelsSerializer(shown).data)


class Items(ItemAPIView):
    needs = {"GET": Capability.VIEW, "POST": Capability.EDIT_MEDIA}
    serializer_class = ItemSerializer
    pagination_class = ByName

    @extend_schema(responses=ItemSerializer(many=True), operation_id="items_list", parameters=FILTERS)
    def get(self, request: Request, slug: str, dataset: str) -> Response:
        """Items with their labels, by name. What is asked of a label must hold for one and the same label."""
        found = ItemFilter.parse(request.query_params.dict()).items(self.dataset)
        page = self.paginate_queryset(found) or []
        context = {"annotations": reading.labels_of(page)}
        return self.get_paginated_response(ItemSerializer(page, many=True, context=context).data)

    @extend_schema(request=ItemsChangeSerializer, responses=ChangedSerializer, operation_id="items_change")
    def post(self, request: Request, slug: str, dataset: str) -> Response:
        """Change many items at once; sent again, it changes nothing more."""
        given = self.parsed(ItemsChangeSerializer)
        chosen = list(self.dataset.items.filter(asset__public_id__in=given.pop("items")))
        return Response({"changed": self._changed(chosen, **given)})

    def _changed(self, chosen: list[DatasetItem], **change: Any) -> int:
        what: dict[str, Any] = {"dataset": self.dataset, "items": chosen, "actor": self.user}
        if "tag" in change:
            return items.tag_items(**what, label_class=self._class(change["tag"]))
        if "untag" in change:
            return items.untag_items(**what, label_class=self._class(change["untag"]))
        if "split" in change:
            return items.set_split(**what, split=change["split"])
        return items.remove_items(**what) if change["remove"] else 0

    def _class(self, public_id: str) -> LabelClass:
        return access.get(self.dataset.schema.classes.all(), public_id=public_id)


class ItemDetail(ItemAPIView):
    serializer_class = ItemSerializer

    def get(self, request: Request, slug: str, dataset: str, asset: str) -> Response:
        item = self.item(asset)
        return Response(ItemSerializer(item, context={"annotations": reading.labels_of([item])}).data)


class ItemAnnotations(ItemAPIView):
    needs = {"GET": Capability.VIEW, "PUT": Capability.EDIT_MEDIA}
    serializer_class = ItemLabelsSerializer

    def get(self, request: Request, slug: str, dataset: str, asset: str) -> Response:
        """An item's labels with where each came from."""
        return self.labels(self.item(asset))

    @extend_schema(request=LabelsSerializer, responses=ItemLabelsSerializer)
    def put(self, request: Request, slug: str, dataset: str, asset: str) -> Response:
        """Make the item's labels exactly these. Unchanged labels keep their origin; repeating changes nothing."""
        item, given = self.item(asset), self.parsed(LabelsSerializer)
        saved = annotations.save_annotations(
            item=item, actor=self.user, wanted=given["annotations"], revision=given["revision"]
        )
        return self.labels(saved)


class ItemUndo(ItemAPIView):
    needs = {"POST": Capability.EDIT_MEDIA}
    serializer_class = ItemLabelsSerializer

    @extend_schema(request=RevisionSerializer, responses=ItemLabelsSerializer)
    def post(self, request: Request, slug: str, dataset: str, asset: str) -> Response:
        """Take back the latest change of the item's labels."""
        item, given = self.item(asset), self.parsed(RevisionSerializer)
        return self.labels(annotations.undo_change(item=item, actor=self.user, **given))


class ItemChanges(ItemAPIView):
    serializer_class = LabelChangeSerializer

    @extend_schema(responses=LabelChangeSerializer(many=True), operation_id="item_changes_list")
    def get(self, request: Request, slug: str, dataset: str, asset: str) -> Response:
        """Who changed the item's labels and when, latest first."""
        return self.listed(self.item(asset).changes.select_related("actor"), LabelChangeSerializer)
