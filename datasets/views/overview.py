"""A dataset at a glance: what is in it, and what to do next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core.pagination import keyset_page
from datasets import figures, steps
from datasets.cards import MOST_DRAWN, item_card
from datasets.models import Upload
from datasets.reading import labels_of
from datasets.views.frame import dataset_of
from datasets.views.tabs import tabs

SAMPLE = 9
VERSIONS = 5


@workspace(needs={"GET": Capability.VIEW})
def detail(request: HttpRequest, membership: Membership, dataset: str) -> HttpResponse:
    found = dataset_of(membership, dataset)
    sample = list(found.items.with_assets().order_by("-pk")[:SAMPLE])
    labels = labels_of(sample, MOST_DRAWN)
    versions = list(found.versions.with_manifests().order_by("-number")[:VERSIONS])
    context = {
        "dataset": found,
        "tabs": tabs(found, "detail"),
        "sample": [item_card(item, labels.get(item.asset_id, [])) for item in sample],
        "figures": figures.of(found),
        "versions": versions,
        "steps": steps.of(found, versions),
        "running": Upload.objects.of_dataset(found).ingesting().with_makers().order_by("-pk").first(),
    }
    return render(request, "datasets/detail.html", context)


@workspace(needs={"GET": Capability.VIEW})
def uploads(request: HttpRequest, membership: Membership, dataset: str) -> HttpResponse:
    found = dataset_of(membership, dataset)
    page = keyset_page(Upload.objects.of_dataset(found).with_makers(), request, order=["-id"])
    return render(request, "datasets/uploads.html", {"dataset": found, "tabs": tabs(found, "uploads"), "page": page})
