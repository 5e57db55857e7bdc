"""The media library for programs."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.api import OrganizationAPIView
from accounts.permissions import Capability
from datasets.library import STATES, LibraryFilter
from datasets.models import Asset
from datasets.serializers.media import AssetSerializer
from datasets.services import assets as services

FILTERS = [
    OpenApiParameter("dataset", str, description="The id of a dataset"),
    OpenApiParameter("state", str, enum=STATES),
    OpenApiParameter("since", str, description="First day of upload, such as 2026-05-01"),
    OpenApiParameter("until", str, description="Last day of upload"),
    OpenApiParameter("q", str, description="Part of the name"),
]


class Assets(OrganizationAPIView):
    serializer_class = AssetSerializer

    @extend_schema(responses=AssetSerializer(many=True), parameters=FILTERS, operation_id="assets_list")
    def get(self, request: Request, slug: str) -> Response:
        """All media of the organisation, newest first."""
        chosen = LibraryFilter.parse(request.query_params.dict())
        return self.listed(chosen.assets(self.organization), AssetSerializer)


class AssetDetail(OrganizationAPIView):
    needs = {"GET": Capability.VIEW, "DELETE": Capability.EDIT_MEDIA}
    serializer_class = AssetSerializer

    def get(self, request: Request, slug: str, public_id: str) -> Response:
        """One image with its facts and links."""
        return Response(AssetSerializer(self._asset(public_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, public_id: str) -> Response:
        """Delete the image and its labels, unless a released version holds it (409)."""
        services.delete_asset(asset=self._asset(public_id), actor=self.user)
        return Response(status=204)

    def _asset(self, public_id: str) -> Asset:
        found = Asset.objects.for_organization(self.organization).select_related("organization")
        return access.get(found, public_id=public_id)
