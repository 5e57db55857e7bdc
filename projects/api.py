from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts import access
from accounts.api import OrganizationAPIView
from accounts.permissions import Capability
from core.idempotency import idempotent
from projects import services
from projects.fetch import archive_response
from projects.models import Download, Project
from projects.serializers import (
    DownloadRequestSerializer,
    DownloadSerializer,
    ProjectSerializer,
    PurchaseIdsSerializer,
    PurchaseSerializer,
)


class ProjectAPIView(OrganizationAPIView):
    serializer_class: type[Serializer[Any]] = ProjectSerializer

    def project(self, public_id: str) -> Project:
        return access.get(Project.objects.for_organization(self.organization), public_id=public_id)


class Projects(ProjectAPIView):
    needs = {"GET": Capability.VIEW, "POST": Capability.BUY}

    @extend_schema(responses=ProjectSerializer(many=True), operation_id="projects_list")
    def get(self, request: Request, slug: str) -> Response:
        """Projects of the organisation, newest first."""
        return self.listed(Project.objects.for_organization(self.organization), ProjectSerializer)

    @extend_schema(request=ProjectSerializer, responses={201: ProjectSerializer})
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """Begin a project."""
        given = self.parsed(ProjectSerializer)
        project = services.create_project(organization=self.organization, actor=self.user, **given)
        return Response(ProjectSerializer(project).data, status=201)


class ProjectDetail(ProjectAPIView):
    needs = {"GET": Capability.VIEW, "DELETE": Capability.BUY}

    def get(self, request: Request, slug: str, public_id: str) -> Response:
        return Response(ProjectSerializer(self.project(public_id)).data)

    def delete(self, request: Request, slug: str, public_id: str) -> Response:
        """Remove the grouping; the purchases stay."""
        services.delete_project(project=self.project(public_id), actor=self.user)
        return Response(status=204)


class ProjectPurchases(ProjectAPIView):
    needs = {"GET": Capability.VIEW, "POST": Capability.BUY}
    serializer_class = PurchaseSerializer

    @extend_schema(responses=PurchaseSerializer(many=True), operation_id="project_purchases_list")
    def get(self, request: Request, slug: str, public_id: str) -> Response:
        """What the project holds."""
        return self.listed(self.project(public_id).grants.with_purchases(), PurchaseSerializer)

    @extend_schema(request=PurchaseIdsSerializer, responses={204: None})
    def post(self, request: Request, slug: str, public_id: str) -> Response:
        """Add purchases by the ids of their grants. Those already there stay."""
        project, given = self.project(public_id), self.parsed(PurchaseIdsSerializer)
        services.add_purchases(project=project, actor=self.user, grant_ids=given["grants"])
        return Response(status=204)


class ProjectDownloads(ProjectAPIView):
    needs = {"GET": Capability.VIEW, "POST": Capability.BUY}
    serializer_class = DownloadSerializer

    @extend_schema(responses=DownloadSerializer(many=True), operation_id="project_downloads_list")
    def get(self, request: Request, slug: str, public_id: str) -> Response:
        return self.listed(self.project(public_id).downloads.with_archives(), DownloadSerializer)

    @extend_schema(request=DownloadRequestSerializer, responses={201: DownloadSerializer})
    @idempotent
    def post(self, request: Request, slug: str, public_id: str) -> Response:
        """Ask for everything in the project in one format. Ask for it again until `state` is ready."""
        project, given = self.project(public_id), self.parsed(DownloadRequestSerializer)
        download = services.request_download(project=project, actor=self.user, format_id=given["format"])
        return Response(DownloadSerializer(download).data, status=201)


class DownloadAPIView(ProjectAPIView):
    serializer_class = DownloadSerializer

    def download(self, public_id: str, download: str) -> Download:
        downloads = Download.objects.for_organization(self.organization).with_archives()
        return access.get(downloads, project=self.project(public_id), public_id=download)


class DownloadDetail(DownloadAPIView):
    def get(self, request: Request, slug: str, public_id: str, download: str) -> Response:
        return Response(DownloadSerializer(self.download(public_id, download)).data)


class DownloadFile(DownloadAPIView):
    needs = {"GET": Capability.BUY}

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, slug: str, public_id: str, download: str) -> HttpResponseBase:
        """The archive. Ask with `Range` to continue an interrupted download; `ETag` is its SHA-256."""
        found = self.download(public_id, download)
        services.check_may_fetch(download=found)
        return archive_response(request, found)
