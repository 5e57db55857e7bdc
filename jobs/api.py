from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.api import OrganizationAPIView
from accounts.permissions import Capability
from jobs import services
from jobs.models import Job
from jobs.serializers import JobSerializer


class JobAPIView(OrganizationAPIView):
    serializer_class = JobSerializer

    def job(self, public_id: str) -> Job:
        found = Job.objects.for_organization(self.organization).select_related("organization", "created_by")
        return access.get(found, public_id=public_id)

    def steerable(self, public_id: str) -> Job:
        found = Job.objects.steerable_by(self.membership).select_related("organization")
        return access.get(found, public_id=public_id)


class Jobs(JobAPIView):
    @extend_schema(responses=JobSerializer(many=True), operation_id="jobs_list")
    def get(self, request: Request, slug: str) -> Response:
        """Background work of the organisation, newest first."""
        jobs = Job.objects.for_organization(self.organization).select_related("created_by")
        return self.listed(jobs, JobSerializer)


class JobDetail(JobAPIView):
    def get(self, request: Request, slug: str, public_id: str) -> Response:
        """How far one job is. Ask once a second at most."""
        return Response(JobSerializer(self.job(public_id)).data)


class JobCancel(JobAPIView):
    needs = {"POST": Capability.VIEW}

    @extend_schema(request=None)
    def post(self, request: Request, slug: str, public_id: str) -> Response:
        """Ask the job to stop. A running one stops at its next step."""
        services.cancel(job=self.steerable(public_id), actor=self.user)
        return Response(JobSerializer(self.job(public_id)).data)


class JobRetry(JobAPIView):
    needs = {"POST": Capability.VIEW}

    @extend_schema(request=None)
    def post(self, request: Request, slug: str, public_id: str) -> Response:
        """Queue a failed or cancelled job again."""
        services.retry(job=self.steerable(public_id), actor=self.user)
        return Response(JobSerializer(self.job(public_id)).data)
