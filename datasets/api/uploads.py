"""Uploads for programs: open one, send its files in any order and number at once, start it, read the report."""

import io
from typing import IO, Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts import access
from accounts.api import OrganizationAPIView
from accounts.permissions import Capability
from core.errors import Invalid
from core.pagination import CursorPagination
from datasets.api.frame import DatasetAPIView
from datasets.models import Upload, UploadFile, UploadOutcome
from datasets.serializers.media import (
    NewFileSerializer,
    NewUploadSerializer,
    OutcomeSerializer,
    UploadFileSerializer,
    UploadSerializer,
)
from datasets.services import uploads as services


class InOrder(CursorPagination):
    ordering = "id"
    max_page_size = 1_000


class DatasetUploads(DatasetAPIView):
    needs = {"GET": Capability.VIEW, "POST": Capability.EDIT_MEDIA}
    serializer_class = UploadSerializer

    @extend_schema(responses=UploadSerializer(many=True), operation_id="uploads_list")
    def get(self, request: Request, slug: str, dataset: str) -> Response:
        """The dataset's uploads, newest first."""
        return self.listed(Upload.objects.of_dataset(self.dataset).with_makers(), UploadSerializer)

    @extend_schema(request=NewUploadSerializer, responses={201: UploadSerializer}, operation_id="uploads_open")
    def post(self, request: Request, slug: str, dataset: str) -> Response:
        """Open an upload. It waits two days for its next file."""
        given = self.parsed(NewUploadSerializer)
        made = services.open_upload(dataset=self.dataset, actor=self.user, **given)
        return Response(UploadSerializer(made).data, status=201)


class UploadAPIView(OrganizationAPIView):
    serializer_class: type[BaseSerializer[Any]] = UploadSerializer

    def upload(self, public_id: str) -> Upload:
        return access.get(Upload.objects.for_organization(self.organization).with_makers(), public_id=public_id)

    def shown(self, public_id: str) -> Response:
        return Response(UploadSerializer(self.upload(public_id)).data)


class UploadDetail(UploadAPIView):
    def get(self, request: Request, slug: str, public_id: str) -> Response:
        """State, counts and, while it is read, its job."""
        return self.shown(public_id)


class UploadFiles(UploadAPIView):
    needs = {"GET": Capability.VIEW, "POST": Capability.EDIT_MEDIA, "PUT": Capability.EDIT_MEDIA}
    serializer_class = UploadFileSerializer
    pagination_class = InOrder
    parser_classes = [MultiPartParser]

    @extend_schema(responses=UploadFileSerializer(many=True), operation_id="upload_files_list")
    def get(self, request: Request, slug: str, public_id: str) -> Response:
        """The files received so far, so that an interrupted upload sends only the rest."""
        return self.listed(self.upload(public_id).files.all(), UploadFileSerializer)

    @extend_schema(
        request={"multipart/form-data": NewFileSerializer},
        responses={201: UploadFileSerializer},
        operation_id="upload_file_post",
    )
    def post(self, request: Request, slug: str, public_id: str) -> Response:
        """Send one file as a form. The same name and content again is the same file."""
        upload, given = self.upload(public_id), self.parsed(NewFileSerializer)
        file = given["file"]
        return self._receive(upload, given.get("name") or file.name, file, file.size)

    @extend_schema(
        request={"application/octet-stream": OpenApiTypes.BINARY},
        parameters=[OpenApiParameter("name", str, required=True, description="Path in the upload")],
        responses={201: UploadFileSerializer},
        operation_id="upload_file_put",
    )
    def put(self, request: Request, slug: str, public_id: str) -> Response:
        """Send one file as the body. The same name and content again is the same file."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        stream = request.stream or io.BytesIO()
        return self._receive(self.upload(public_id), request.query_params.get("name", ""), stream, int(length))

    def _receive(self, upload: Upload, name: str, stream: IO[bytes], byte_size: int) -> Response:
        file: UploadFile = services.receive_file(upload=upload, name=name, stream=stream, byte_size=byte_size)
        return Response(UploadFileSerializer(file).data, status=201)


class UploadStart(UploadAPIView):
    needs = {"POST": Capability.EDIT_MEDIA}

    @extend_schema(request=None, operation_id="upload_start")
    def post(self, request: Request, slug: str, public_id: str) -> Response:
        """Hand the files to a worker; then follow `job`. Starting twice is starting once."""
        services.start_upload(upload=self.upload(public_id), actor=self.user)
        return self.shown(public_id)


class UploadCancel(UploadAPIView):
    needs = {"POST": Capability.EDIT_MEDIA}

    @extend_schema(request=None, operation_id="upload_cancel")
    def post(self, request: Request, slug: str, public_id: str) -> Response:
        """Give up an open upload, or stop the reading of a started one. What was read so far stays."""
        services.cancel_upload(upload=self.upload(public_id), actor=self.user)
        return self.shown(public_id)


class UploadOutcomes(UploadAPIView):
    serializer_class = OutcomeSerializer
    pagination_class = InOrder

    @extend_schema(
        responses=OutcomeSerializer(many=True),
        parameters=[OpenApiParameter("result", str, enum=UploadOutcome.Result.values)],
        operation_id="upload_outcomes_list",
    )
    def get(self, request: Request, slug: str, public_id: str) -> Response:
        """What became of each file and label row."""
        result = request.query_params.get("result", "")
        if result and result not in UploadOutcome.Result.values:
            raise Invalid("Choose one of: " + ", ".join(UploadOutcome.Result.values), field="result")
        return self.listed(self.upload(public_id).outcomes.of_result(result).with_assets(), OutcomeSerializer)
