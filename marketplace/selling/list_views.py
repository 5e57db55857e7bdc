"""Putting a version on the market."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core.errors import DomainError
from datasets.models import Dataset, DatasetVersion
from licensing.models import License
from licensing.services import open_license
from marketplace.models import Offer
from marketplace.selling.forms import ListVersionForm
from marketplace.selling.listing_page import commission_rate, earnings, license_choices
from marketplace.services import offers


@workspace(needs={"GET": Capability.SELL})
def choose_version(request: HttpRequest, membership: Membership, dataset: str) -> HttpResponse:
    """«List on the market» on a dataset: its newest released version, or a word on releasing one."""
    found = access.get(Dataset.objects.for_organization(membership.organization), public_id=dataset)
    newest = found.versions.released().order_by("-number").first()
    if newest is None:
        messages.info(request, _("Only a released version can be listed. Release one first."))
        return redirect("datasets:versions", membership.organization.slug, found.slug)
    return redirect("selling:list_version", membership.organization.slug, newest.public_id)


@workspace(needs={"GET": Capability.SELL, "POST": Capability.SELL})
def list_version(request: HttpRequest, membership: Membership, version: str) -> HttpResponse:
    released = DatasetVersion.objects.for_organization(membership.organization).released()
    found = access.get(released.select_related("dataset__organization", "manifest"), public_id=version)
    initial = {
        "title": found.dataset.name,
        "description": found.dataset.description,
        "currency": settings.CURRENCIES[0],
    }
    form = ListVersionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        offer = _listed(form, membership, found)
        if offer is not None:
            messages.success(request, _("Listed. Buyers find it from now on."))
            return redirect("selling:listing", membership.organization.slug, offer.public_id)
    context = {
        "form": form,
        "version": found,
        **_licenses(found, form),
        "offers": Offer.objects.for_organization(membership.organization).datasets().filter(version=found),
    }
    return render(request, "selling/list_version.html", context, status=400 if form.errors else 200)


def _licenses(version: DatasetVersion, form: ListVersionForm) -> dict[str, Any]:
    """The open ones stay folded away unless one of them is chosen."""
    choices = license_choices(version)
    open_ones = [choice for choice in choices if choice.license.spdx_id]
    return {
        "presets": [choice for choice in choices if not choice.license.spdx_id],
        "open_licenses": open_ones,
        "open_chosen": bool(form["spdx_id"].value() or form["spdx_id"].errors)
        or form["license"].value() in {choice.license.code for choice in open_ones},
    }


@workspace(needs={"GET": Capability.SELL})
def list_preview(request: HttpRequest, membership: Membership, version: str) -> HttpResponse:
    """What stands beside the form while it is filled in: the licence's answers, and the earnings."""
    form = ListVersionForm(request.GET)
    form.full_clean()
    rate, given = commission_rate(membership.organization), form.cleaned_data
    context = {
        "license": License.objects.offered().filter(code=given.get("license", "")).first(),
        "currency": given.get("currency", ""),
        "earnings": earnings(given.get("price_minor"), given.get("image_price_minor"), rate),
        "rate": rate / 10_000,
    }
    return render(request, "selling/partials/listing_preview.html", context)


def _listed(form: ListVersionForm, membership: Membership, version: DatasetVersion) -> Offer | None:
    """The new offer, or None after writing the refusal beside its field."""
    given = form.cleaned_data
    try:
        return offers.list_version(
            actor=membership.user,
            organization=membership.organization,
            version=version,
            license_=_license(given),
            price_minor=given["price_minor"],
            currency=given["currency"],
            title=given["title"],
            description=given["description"],
            image_price_minor=given["image_price_minor"],
            attested=given["attested"],
        )
    except DomainError as refusal:
        field = refusal.field.removesuffix("_minor")
        form.add_error(field if field in form.fields else None, refusal.message)
        return None


def _first_words(version: DatasetVersion) -> dict[str, str]:
    dataset = version.dataset
    return {"title": dataset.name, "description": dataset.description, "currency": settings.CURRENCIES[0]}


def _license(given: dict[str, Any]) -> License:
    if given["spdx_id"]:
        return open_license(spdx_id=given["spdx_id"])
    return License.objects.offered().get(code=given["license"])
