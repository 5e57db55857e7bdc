from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts import access
from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core.pagination import keyset_page
from jobs import services
from jobs.models import Job


@workspace(needs={"GET": Capability.VIEW})
def job_list(request: HttpRequest, membership: Membership) -> HttpResponse:
    jobs = Job.objects.for_organization(membership.organization).select_related("created_by")
    return render(request, "jobs/list.html", {"page": keyset_page(jobs, request, order=("-id",))})


@workspace(needs={"GET": Capability.VIEW})
def job_detail(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    return render(request, "jobs/detail.html", {"job": _job(membership, public_id)})


@workspace(needs={"GET": Capability.VIEW})
def job_progress(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    """What the page asks again every second while the job is active; then the page is told that it ended."""
    job = _job(membership, public_id)
    response = render(request, "jobs/partials/progress.html", {"job": job})
    if not job.is_active:
        response["HX-Trigger"] = "job-ended"
    return response


@require_POST
@workspace(needs={"POST": Capability.VIEW})
def job_cancel(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    services.cancel(job=_steerable(membership, public_id), actor=membership.user)
    return _back(request, membership, public_id)


@require_POST
@workspace(needs={"POST": Capability.VIEW})
def job_retry(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    services.retry(job=_steerable(membership, public_id), actor=membership.user)
    return _back(request, membership, public_id)


def _job(membership: Membership, public_id: str) -> Job:
    found = Job.objects.for_organization(membership.organization).select_related("organization", "created_by")
    return access.get(found, public_id=public_id)


def _steerable(membership: Membership, public_id: str) -> Job:
    return access.get(Job.objects.steerable_by(membership).select_related("organization"), public_id=public_id)


def _back(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return render(request, "jobs/partials/progress.html", {"job": _job(membership, public_id)})
    return redirect("jobs:detail", slug=membership.organization.slug, public_id=public_id)
