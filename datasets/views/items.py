"""One image with its labels."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from datasets import links
from datasets.filters import ItemFilter
from datasets.labelling import Neighbours, tool_data
from datasets.models import DatasetItem
from datasets.reading import labels_of
from datasets.services.annotations import undo_change
from datasets.views.frame import dataset_of

CHANGES = 20


@workspace(needs={"GET": Capability.VIEW})
def item(request: HttpRequest, membership: Membership, dataset: str, asset: str) -> HttpResponse:
    found = _item(membership, dataset, asset)
    chosen = ItemFilter.parse(request.GET.dict())
    around = Neighbours.of(found, chosen)
    editable = membership.can(Capability.EDIT_MEDIA)
    context = {
        "dataset": found.dataset,
        "item": found,
        "asset": found.asset,
        "image": links.shown(found.asset),
        "around": around,
        "query": chosen.query(),
        "editable": editable,
        "tool": tool_data(request, found, labels_of([found]).get(found.asset_id, []), around, editable=editable),
    }
    return render(request, "datasets/item.html", context)


@workspace(needs={"GET": Capability.VIEW})
def history(request: HttpRequest, membership: Membership, dataset: str, asset: str) -> HttpResponse:
    """The latest changes, as a part of the page."""
    found = _item(membership, dataset, asset)
    changes = found.changes.select_related("actor").order_by("-revision")[:CHANGES]
    context = {"dataset": found.dataset, "item": found, "changes": changes}
    return render(request, "datasets/partials/item_history.html", context)


@workspace(needs={"POST": Capability.EDIT_MEDIA})
def undo(request: HttpRequest, membership: Membership, dataset: str, asset: str) -> HttpResponse:
    found = _item(membership, dataset, asset)
    revision = request.POST.get("revision", "")
    undo_change(item=found, actor=membership.user, revision=int(revision) if revision.isdecimal() else -1)
    messages.success(request, _("The change is taken back."))
    return redirect("datasets:item", membership.organization.slug, dataset, asset)


def _item(membership: Membership, dataset: str, asset: str) -> DatasetItem:
    items = dataset_of(membership, dataset).items.with_assets()
    return access.get(items, asset__public_id=asset)
