"""The list of datasets, and a dataset's own facts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core import refusals
from core.pagination import keyset_page
from datasets.covers import covers
from datasets.forms import DatasetForm, NewDatasetForm
from datasets.models import Dataset
from datasets.services import datasets as services
from datasets.views.frame import dataset_of, thumbnails

PAGE = 24
CHANGES = {"GET": Capability.EDIT_MEDIA, "POST": Capability.EDIT_MEDIA}


@workspace(needs={"GET": Capability.VIEW})
def dataset_list(request: HttpRequest, membership: Membership) -> HttpResponse:
    found = Dataset.objects.for_organization(membership.organization)
    page = keyset_page(found, request, order=["-id"], size=PAGE)
    pictures = covers(page.rows)
    cards = [(dataset, thumbnails(pictures[dataset.pk])) for dataset in page.rows]
    return render(request, "datasets/list.html", {"page": page, "cards": cards})


@workspace(needs=CHANGES)
def new_dataset(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = NewDatasetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals.shown_in(form):
            organization, actor = membership.organization, membership.user
            made = services.create_dataset(organization=organization, actor=actor, **form.cleaned_data)
            messages.success(request, _("%(name)s is there. Add its first images.") % {"name": made.name})
            return redirect("datasets:upload", organization.slug, made.slug)
    return render(request, "datasets/new.html", {"form": form}, status=400 if form.errors else 200)


@workspace(needs=CHANGES)
def edit_dataset(request: HttpRequest, membership: Membership, dataset: str) -> HttpResponse:
    found = dataset_of(membership, dataset)
    form = DatasetForm(request.POST or None, initial={"name": found.name, "description": found.description})
    if request.method == "POST" and form.is_valid():
        with refusals.shown_in(form):
            services.change_dataset(dataset=found, actor=membership.user, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("datasets:edit", membership.organization.slug, found.slug)
    return render(request, "datasets/edit.html", {"form": form, "dataset": found}, status=400 if form.errors else 200)


@workspace(needs={"POST": Capability.EDIT_MEDIA})
def delete_dataset(request: HttpRequest, membership: Membership, dataset: str) -> HttpResponse:
    found = dataset_of(membership, dataset)
    services.delete_dataset(dataset=found, actor=membership.user)
    messages.success(request, _("%(name)s is deleted. Its media stays in the library.") % {"name": found.name})
    return redirect("datasets:list", membership.organization.slug)
