"""Versions for programs."""

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.permissions import Capability
from core.idempotency import idempotent
from core.pagination import CursorPagination
from datasets import diffs, manifests
from datasets.api.frame import DatasetAPIView
from datasets.fetch import manifest_response
from datasets.models import DatasetVersion, DatasetVersionQuerySet
from datasets.serializers.versions import (
    DiffSerializer,
    ManifestItemSerializer,
    NewVersionSerializer,
    VersionSerializer,
)
from datasets.services.versions import release_version


class ByPosition(CursorPagination):
    ordering = "position"


class VersionAPIView(DatasetAPIView):
    def version(self, number: int) -> DatasetVersion:
        return access.get(self._versions(), number=number)

    def released(self, number: int) -> DatasetVersion:
        """404 until the version is released."""
        return access.get(self._versions().released(), number=number)

    def _versions(self) -> DatasetVersionQuerySet:
        return self.dataset.versions.with_manifests().select_related("dataset")


class Versions(VersionAPIView):
    serializer_class = VersionSerializer
    needs = {"GET": Capability.VIEW, "POST": Capability.RELEASE}

    @extend_schema(responses=VersionSerializer(many=True), operation_id="versions_list")
    def get(self, request: Request, slug: str, dataset: str) -> Response:
        """Versions, newest first."""
        return self.listed(self.dataset.versions.with_manifests(), VersionSerializer)

    @extend_schema(request=NewVersionSerializer, responses={202: VersionSerializer})
    @idempotent
    def post(self, request: Request, slug: str, dataset: str) -> Response:
        """Freeze the dataset as it stands. Follow the job; while it runs, asking again gives the same version."""
        given = self.parsed(NewVersionSerializer)
        version = release_version(dataset=self.dataset, actor=self.user, **given)
        return Response(VersionSerializer(version).data, status=202)


class VersionDetail(VersionAPIView):
    serializer_class = VersionSerializer

    def get(self, request: Request, slug: str, dataset: str, number: int) -> Response:
        return Response(VersionSerializer(self.version(number)).data)


class VersionItems(VersionAPIView):
    serializer_class = ManifestItemSerializer
    pagination_class = ByPosition

    @extend_schema(responses=ManifestItemSerializer(many=True), operation_id="version_items_list")
    def get(self, request: Request, slug: str, dataset: str, number: int) -> Response:
        """The frozen items in their order."""
        return self.listed(manifests.of(self.released(number)).items.all(), ManifestItemSerializer)


class VersionDiff(VersionAPIView):
    serializer_class = DiffSerializer

    def get(self, request: Request, slug: str, dataset: str, number: int) -> Response:
        """What changed since the version before."""
        return Response(DiffSerializer(diffs.since_previous(self.released(number))).data)


class VersionManifest(VersionAPIView):
    serializer_class = ManifestItemSerializer

    @extend_schema(responses={(200, "application/jsonl"): OpenApiTypes.BINARY})
    def get(self, request: Request, slug: str, dataset: str, number: int) -> StreamingHttpResponse:
        """The manifest file, one JSON object a line. Its SHA-256 is the version's content hash."""
        return manifest_response(self.released(number))
