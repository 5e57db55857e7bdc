from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import access
from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core.errors import Conflict
from core.pagination import keyset_page
from datasets.formats import registry
from licensing.models import Grant
from projects import services
from projects.fetch import archive_response
from projects.forms import DownloadForm, ProjectForm
from projects.models import Download, Project


@workspace(needs={"GET": Capability.VIEW, "POST": Capability.BUY})
def project_list(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            project = services.create_project(
                organization=membership.organization, actor=membership.user, **form.cleaned_data
            )
        except Conflict as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            services.add_purchases(project=project, actor=membership.user, grant_ids=request.POST.getlist("grants"))
            return redirect("projects:detail", slug=membership.organization.slug, public_id=project.public_id)
    projects = Project.objects.for_organization(membership.organization).with_counts()
    context = {
        "form": form,
        "page": keyset_page(projects, request, order=("-id",)),
        "loose": Project.objects.loose_purchases(membership.organization)[:50],
    }
    return render(request, "projects/list.html", context)


@workspace(needs={"GET": Capability.VIEW, "POST": Capability.BUY})
def project_detail(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    project = _project(membership, public_id)
    form = ProjectForm(request.POST or None, instance=project)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_project(project=project, actor=membership.user, **form.cleaned_data)
        except Conflict as refusal:
            form.add_error(refusal.field, refusal.message)
            project.refresh_from_db()
        else:
            messages.success(request, _("Saved."))
            return redirect("projects:detail", slug=membership.organization.slug, public_id=public_id)
    context = {
        "project": project,
        "form": form,
        "page": keyset_page(project.grants.with_purchases(), request, order=("-id",)),
        "loose": Project.objects.loose_purchases(membership.organization)[:50],
        "download_form": DownloadForm(),
        "formats": registry.FORMATS.values(),
        "downloads": project.downloads.with_archives().order_by("-id")[:20],
    }
    return render(request, "projects/detail.html", context)


@require_POST
@workspace(needs={"POST": Capability.BUY})
def project_delete(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    services.delete_project(project=_project(membership, public_id), actor=membership.user)
    messages.success(request, _("The project is gone. Your purchases are still yours."))
    return redirect("projects:list", slug=membership.organization.slug)


@require_POST
@workspace(needs={"POST": Capability.BUY})
def purchases_add(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    project = _project(membership, public_id)
    services.add_purchases(project=project, actor=membership.user, grant_ids=request.POST.getlist("grants"))
    return redirect("projects:detail", slug=membership.organization.slug, public_id=public_id)


@require_POST
@workspace(needs={"POST": Capability.BUY})
def purchase_remove(request: HttpRequest, membership: Membership, public_id: str, grant: str) -> HttpResponse:
    found = access.get(Grant.objects.for_organization(membership.organization), public_id=grant)
    services.remove_purchase(project=_project(membership, public_id), actor=membership.user, grant=found)
    return redirect("projects:detail", slug=membership.organization.slug, public_id=public_id)


@require_POST
@workspace(needs={"POST": Capability.BUY})
def download_request(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    project, form = _project(membership, public_id), DownloadForm(request.POST)
    if form.is_valid():
        services.request_download(project=project, actor=membership.user, format_id=form.cleaned_data["format"])
    else:
        messages.error(request, _("Choose one of the formats."))
    return redirect("projects:detail", slug=membership.organization.slug, public_id=public_id)


@workspace(needs={"GET": Capability.BUY})
def download_file(request: HttpRequest, membership: Membership, public_id: str, download: str) -> HttpResponseBase:
    downloads = Download.objects.for_organization(membership.organization).with_archives()
    found = access.get(downloads, project=_project(membership, public_id), public_id=download)
    services.check_may_fetch(download=found)
    return archive_response(request, found)


@workspace(needs={"GET": Capability.VIEW})
def download_progress(request: HttpRequest, membership: Membership, public_id: str, download: str) -> HttpResponse:
    """One download's row; while it is being packed it asks for itself again."""
    downloads = Download.objects.for_organization(membership.organization).with_archives()
    found = access.get(downloads, project=_project(membership, public_id), public_id=download)
    return render(request, "projects/partials/download.html", {"download": found, "project": found.project})


def _project(membership: Membership, public_id: str) -> Project:
    return access.get(Project.objects.for_organization(membership.organization), public_id=public_id)
