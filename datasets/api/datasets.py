"""Datasets themselves for programs."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import OrganizationAPIView
from accounts.permissions import Capability
from datasets.api.frame import DatasetAPIView
from datasets.models import Dataset
from datasets.serializers.media import DatasetChangeSerializer, DatasetSerializer, NewDatasetSerializer
from datasets.services import datasets as services


class Datasets(OrganizationAPIView):
    needs = {"GET": Capability.VIEW, "POST": Capability.EDIT_MEDIA}
    serializer_class = DatasetSerializer

    @extend_schema(responses=DatasetSerializer(many=True), operation_id="datasets_list")
    def get(self, request: Request, slug: str) -> Response:
        """The organisation's datasets, newest first."""
        return self.listed(Dataset.objects.for_organization(self.organization), DatasetSerializer)

    @extend_schema(request=NewDatasetSerializer, responses={201: DatasetSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Make an empty dataset."""
        given = self.parsed(NewDatasetSerializer)
        made = services.create_dataset(organization=self.organization, actor=self.user, **given)
        return Response(DatasetSerializer(made).data, status=201)


class DatasetDetail(DatasetAPIView):
    needs = {"GET": Capability.VIEW, "PATCH": Capability.EDIT_MEDIA, "DELETE": Capability.EDIT_MEDIA}
    serializer_class = DatasetSerializer

    def get(self, request: Request, slug: str, dataset: str) -> Response:
        """One dataset."""
        return Response(DatasetSerializer(self.dataset).data)

    @extend_schema(request=DatasetChangeSerializer)
    def patch(self, request: Request, slug: str, dataset: str) -> Response:
        """Change the name or the description."""
        given = self.parsed(DatasetChangeSerializer)
        changed = services.change_dataset(dataset=self.dataset, actor=self.user, **given)
        return Response(DatasetSerializer(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, dataset: str) -> Response:
        """Put the dataset away with its labels. Its media stays. A dataset with a released version stays too (409)."""
        services.delete_dataset(dataset=self.dataset, actor=self.user)
        return Response(status=204)
