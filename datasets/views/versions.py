"""Versions: the list, the release, and one version as it was frozen."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render

from accounts import access
from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core import refusals
from core.pagination import keyset_page
from datasets import diffs, manifests
from datasets.cards import frozen_card
from datasets.fetch import manifest_response
from datasets.forms import ReleaseForm
from datasets.models import DatasetVersion, VersionState
from datasets.services.versions import release_version
from datasets.views.frame import dataset_of
from datasets.views.tabs import tabs

PAGE = 60


@workspace(needs={"GET": Capability.VIEW, "POST": Capability.RELEASE})
def versions(request: HttpRequest, membership: Membership, dataset: str) -> HttpResponse:
    """POST releases."""
    found = dataset_of(membership, dataset)
    form = ReleaseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals.shown_in(form):
            begun = release_version(dataset=found, actor=membership.user, **form.cleaned_data)
            return redirect("datasets:version", membership.organization.slug, dataset, begun.number)
    page = keyset_page(found.versions.with_manifests(), request, order=["-number"], size=PAGE)
    context = {"dataset": found, "tabs": tabs(found, "versions"), "page": page, "form": form}
    return render(request, "datasets/versions.html", context, status=400 if form.errors else 200)


@workspace(needs={"GET": Capability.VIEW})
def version(request: HttpRequest, membership: Membership, dataset: str, number: int) -> HttpResponse:
    found = _version(membership, dataset, number)
    if found.state != VersionState.RELEASED:
        building = {"dataset": found.dataset, "tabs": tabs(found.dataset, "versions"), "version": found}
        return render(request, "datasets/version_building.html", building)
    manifest = manifests.of(found)
    classes = {each["name"]: each for each in manifest.classes}
    page = keyset_page(manifest.items.select_related("asset"), request, order=["position"], size=PAGE)
    context = {
        "dataset": found.dataset,
        "tabs": tabs(found.dataset, "versions"),
        "version": found,
        "manifest": manifest,
        "classes": [
            {"label": name, "count": count, "color_index": classes[name]["color_index"]}
            for name, count in sorted(manifest.class_counts.items(), key=lambda pair: -pair[1])
        ],
        "diff": diffs.since_previous(found),
        "page": page,
        "cards": [frozen_card(item, classes) for item in page.rows],
    }
    return render(request, "datasets/version.html", context)


@workspace(needs={"GET": Capability.VIEW})
def manifest_file(request: HttpRequest, membership: Membership, dataset: str, number: int) -> StreamingHttpResponse:
    released = dataset_of(membership, dataset).versions.released().with_manifests()
    return manifest_response(access.get(released.select_related("dataset"), number=number))


def _version(membership: Membership, dataset: str, number: int) -> DatasetVersion:
    return access.get(dataset_of(membership, dataset).versions.with_manifests(), number=number)
