"""Bringing files in: the page that sends them, the progress of their reading, and the report."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core.pagination import keyset_page
from datasets import outcomes
from datasets.forms import UploadForm
from datasets.models import Upload, UploadState
from datasets.services import uploads as services
from datasets.views.frame import dataset_of, upload_of
from datasets.views.upload_texts import upload_texts

PAGE = 100


@workspace(needs={"GET": Capability.EDIT_MEDIA, "POST": Capability.EDIT_MEDIA})
def new_upload(request: HttpRequest, membership: Membership, dataset: str) -> HttpResponse:
    """POST is the way of a browser without JavaScript: all files in one form, started at once."""
    found = dataset_of(membership, dataset)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        files = [(str(file.name), file, file.size or 0) for file in request.FILES.getlist("files")]
        upload, refused = services.upload_at_once(
            dataset=found, actor=membership.user, format=form.cleaned_data["format"], files=files
        )
        for message in refused[:10]:
            messages.warning(request, message)
        return redirect("datasets:upload-detail", membership.organization.slug, upload.public_id)
    waiting = Upload.objects.of_dataset(found).receiving().filter(created_by=membership.user, file_count__gt=0)
    context = {"form": form, "dataset": found, "waiting": waiting.order_by("-id").first(), "texts": upload_texts()}
    return render(request, "datasets/upload.html", context, status=400 if form.errors else 200)


@workspace(needs={"GET": Capability.VIEW})
def upload_detail(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    upload = upload_of(membership, public_id)
    if upload.state == UploadState.OPEN and membership.can(Capability.EDIT_MEDIA):
        shown = {"upload": upload, "dataset": upload.dataset, "form": UploadForm(), "texts": upload_texts()}
        return render(request, "datasets/upload.html", shown)
    result = request.GET.get("result", "")
    context = {
        "upload": upload,
        "dataset": upload.dataset,
        "page": keyset_page(upload.outcomes.of_result(result), request, order=["id"], size=PAGE),
        "result": result,
        "tabs": outcomes.tabs(upload, result),
        "summary": outcomes.summary(upload.report),
        "labels": outcomes.label_sentences(upload.report),
        "left_out": outcomes.labels_left_out(upload.report),
    }
    return render(request, "datasets/upload_report.html", context)


@workspace(needs={"POST": Capability.EDIT_MEDIA})
def start_upload(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    services.start_upload(upload=upload_of(membership, public_id), actor=membership.user)
    return redirect("datasets:upload-detail", membership.organization.slug, public_id)


@workspace(needs={"POST": Capability.EDIT_MEDIA})
def cancel_upload(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    upload = upload_of(membership, public_id)
    services.cancel_upload(upload=upload, actor=membership.user)
    messages.success(request, _("The upload is cancelled. The files that had arrived are removed."))
    return redirect("datasets:upload", membership.organization.slug, upload.dataset.slug)


@workspace(needs={"GET": Capability.VIEW})
def outcomes_csv(request: HttpRequest, membership: Membership, public_id: str) -> StreamingHttpResponse:
    upload = upload_of(membership, public_id)
    rows = upload.outcomes.of_result(request.GET.get("result", "")).order_by("id")
    response = StreamingHttpResponse(outcomes.csv_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="upload-{upload.public_id}.csv"'
    return response
