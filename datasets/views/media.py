"""The media library: everything an organisation has uploaded, whatever dataset it is in."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core.pagination import keyset_page
from datasets import links, quota
from datasets.forms import LibraryForm
from datasets.library import LibraryFilter, is_released
from datasets.models import Asset, Dataset
from datasets.services import assets as services
from datasets.views.frame import asset_of, thumbnails

PAGE = 60
MOST_DATASETS = 500


@workspace(needs={"GET": Capability.VIEW})
def library(request: HttpRequest, membership: Membership) -> HttpResponse:
    chosen = LibraryFilter.parse(request.GET.dict())
    page = keyset_page(chosen.assets(membership.organization), request, order=["-id"], size=PAGE)
    datasets = Dataset.objects.for_organization(membership.organization).order_by("name")[:MOST_DATASETS]
    form = LibraryForm(chosen.given(), datasets=datasets)
    context = {
        "page": page,
        "cards": _cards(membership, page.rows),
        "form": form,
        "chips": [{**form.chip(name), "remove_url": chosen.without(name)} for name in chosen.given()],
        "usage": quota.usage_of(membership.organization),
    }
    return render(request, "datasets/library.html", context)


@workspace(needs={"GET": Capability.VIEW})
def asset(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    found = asset_of(membership, public_id)
    places = found.items.in_live_datasets().select_related("dataset").order_by("dataset__name")[:MOST_DATASETS]
    context = {"asset": found, "shown": links.shown(found), "places": places, "released": is_released(found)}
    return render(request, "datasets/asset.html", context)


@workspace(needs={"GET": Capability.VIEW})
def download(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    """The stored file under its owner's name, by a link made for this click."""
    return redirect(links.original(asset_of(membership, public_id)))


@workspace(needs={"POST": Capability.EDIT_MEDIA})
def delete_asset(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    services.delete_asset(asset=asset_of(membership, public_id), actor=membership.user)
    messages.success(request, _("The image is deleted."))
    return redirect("datasets:media", membership.organization.slug)


@workspace(needs={"POST": Capability.EDIT_MEDIA})
def delete_assets(request: HttpRequest, membership: Membership) -> HttpResponse:
    chosen = Asset.objects.for_organization(membership.organization)
    assets = list(chosen.filter(public_id__in=request.POST.getlist("selected")))
    done = services.delete_assets(organization=membership.organization, assets=assets, actor=membership.user)
    if count := len(done.deleted):
        messages.success(request, ngettext("%d image is deleted.", "%d images are deleted.", count) % count)
    if count := len(done.kept):
        text = ngettext(
            "%d image stays: a released version holds it.", "%d images stay: released versions hold them.", count
        )
        messages.warning(request, text % count)
    return redirect("datasets:media", membership.organization.slug)


def _cards(membership: Membership, assets: Sequence[Asset]) -> list[dict[str, Any]]:
    slug, picked = membership.organization.slug, membership.can(Capability.EDIT_MEDIA)
    return [
        {
            **card,
            "href": reverse("datasets:asset", args=[slug, asset.public_id]),
            "caption": asset.original_name,
            "select_value": asset.public_id if picked else "",
        }
        for asset, card in zip(assets, thumbnails(assets), strict=True)
    ]
