"""The classes of a dataset for programs."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.permissions import Capability
from core.idempotency import idempotent
from core.pagination import CursorPagination
from datasets.api.frame import DatasetAPIView
from datasets.models import LabelClass
from datasets.serializers.labels import (
    ChangedSerializer,
    ClassChangeSerializer,
    ClassOrderSerializer,
    LabelClassSerializer,
    MergeSerializer,
)
from datasets.services import schema as services


class InOrder(CursorPagination):
    ordering = ("position", "id")
    page_size = 200


class ClassAPIView(DatasetAPIView):
    def label_class(self, public_id: str) -> LabelClass:
        return access.get(self.dataset.schema.classes.select_related("schema__organization"), public_id=public_id)


class Classes(ClassAPIView):
    serializer_class = LabelClassSerializer
    pagination_class = InOrder
    needs = {"GET": Capability.VIEW, "POST": Capability.EDIT_MEDIA, "PUT": Capability.EDIT_MEDIA}

    @extend_schema(responses=LabelClassSerializer(many=True), operation_id="classes_list")
    def get(self, request: Request, slug: str, dataset: str) -> Response:
        """The classes in their order."""
        return self.listed(self.dataset.schema.classes.all(), LabelClassSerializer)

    @extend_schema(request=LabelClassSerializer, responses={201: LabelClassSerializer})
    @idempotent
    def post(self, request: Request, slug: str, dataset: str) -> Response:
        """Make a class; it gets the next free colour and key. 409 when its name is taken."""
        name = self.parsed(LabelClassSerializer)["name"]
        created = services.create_class(schema=self.dataset.schema, actor=self.user, name=name)
        return Response(LabelClassSerializer(created).data, status=201)

    @extend_schema(request=ClassOrderSerializer, responses={204: None})
    def put(self, request: Request, slug: str, dataset: str) -> Response:
        """Put the classes in order. Those left out follow."""
        given = self.parsed(ClassOrderSerializer)
        services.reorder_classes(schema=self.dataset.schema, actor=self.user, order=given["order"])
        return Response(status=204)


class ClassDetail(ClassAPIView):
    serializer_class = LabelClassSerializer
    needs = {"GET": Capability.VIEW, "PATCH": Capability.EDIT_MEDIA, "DELETE": Capability.EDIT_MEDIA}

    def get(self, request: Request, slug: str, dataset: str, public_id: str) -> Response:
        return Response(LabelClassSerializer(self.label_class(public_id)).data)

    @extend_schema(request=ClassChangeSerializer, responses=LabelClassSerializer)
    def patch(self, request: Request, slug: str, dataset: str, public_id: str) -> Response:
        """Rename, recolour, give another key, archive or restore."""
        found, given = self.label_class(public_id), self.parsed(ClassChangeSerializer)
        self._archive(found, given.pop("archived", None))
        if given:
            services.change_class(label_class=found, actor=self.user, **given)
        return Response(LabelClassSerializer(self.label_class(public_id)).data)

    def delete(self, request: Request, slug: str, dataset: str, public_id: str) -> Response:
        """Delete a class without labels. 409 when it has some."""
        services.delete_class(label_class=self.label_class(public_id), actor=self.user)
        return Response(status=204)

    def _archive(self, found: LabelClass, archived: Any) -> None:
        if archived is not None:
            move = services.archive_class if archived else services.restore_class
            move(label_class=found, actor=self.user)


class ClassMerge(ClassAPIView):
    needs = {"POST": Capability.EDIT_MEDIA}
    serializer_class = MergeSerializer

    @extend_schema(request=MergeSerializer, responses=ChangedSerializer)
    def post(self, request: Request, slug: str, dataset: str, public_id: str) -> Response:
        """Give every label of this class another one, and delete this class."""
        source = self.label_class(public_id)
        into = self.label_class(self.parsed(MergeSerializer)["into"])
        moved = services.merge_classes(source=source, into=into, actor=self.user)
        return Response({"changed": moved})
