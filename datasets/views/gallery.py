"""The pictures of a dataset with their labels: filtered, picked, changed many at once."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import access
from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core.pagination import keyset_page
from datasets.cards import MOST_DRAWN, item_card
from datasets.filters import ItemFilter
from datasets.forms import GalleryForm
from datasets.models import Dataset, DatasetItem, Split
from datasets.reading import labels_of
from datasets.services import items as services
from datasets.services.schema import named_class
from datasets.views.frame import dataset_of
from datasets.views.tabs import tabs

PAGE = 60


@workspace(needs={"GET": Capability.VIEW})
def gallery(request: HttpRequest, membership: Membership, dataset: str) -> HttpResponse:
    """A request of htmx gets the next cards alone."""
    found = dataset_of(membership, dataset)
    chosen = ItemFilter.parse(request.GET.dict())
    page = keyset_page(chosen.items(found), request, order=["name", "id"], size=PAGE)
    labels = labels_of(page.rows, MOST_DRAWN)
    editable = membership.can(Capability.EDIT_MEDIA)
    classes = list(found.schema.classes.all())
    form = GalleryForm(chosen.given(), classes=classes)
    context = {
        "dataset": found,
        "tabs": tabs(found, "gallery"),
        "page": page,
        "cards": [
            item_card(item, labels.get(item.asset_id, []), href=_href(found, item, chosen), selectable=editable)
            for item in page.rows
        ],
        "form": form,
        "chips": [{**form.chip(name), "remove_url": chosen.query(**{name: ""}) or "?"} for name in chosen.given()],
        "query": chosen.query(),
        "classes": classes,
    }
    partial = request.headers.get("HX-Request") and "after" in request.GET
    return render(request, "datasets/partials/gallery_cards.html" if partial else "datasets/gallery.html", context)


@workspace(needs={"POST": Capability.EDIT_MEDIA})
def change_items(request: HttpRequest, membership: Membership, dataset: str) -> HttpResponse:
    found = dataset_of(membership, dataset)
    chosen = list(found.items.filter(asset__public_id__in=request.POST.getlist("selected")))
    change = CHANGES.get(request.POST.get("do", ""))
    if change is None or not chosen:
        messages.warning(request, _("Choose some images first."))
    else:
        messages.success(request, change(request, membership, found, chosen))
    query = ItemFilter.parse(request.GET.dict()).query()
    return redirect(f"{reverse('datasets:gallery', args=[membership.organization.slug, found.slug])}{query}")


def _href(dataset: Dataset, item: DatasetItem, chosen: ItemFilter) -> str:
    path = reverse("datasets:item", args=[dataset.organization.slug, dataset.slug, item.asset.public_id])
    return f"{path}{chosen.query()}"


def _tag(request: HttpRequest, membership: Membership, dataset: Dataset, chosen: list[DatasetItem]) -> str:
    label_class = named_class(schema=dataset.schema, actor=membership.user, name=request.POST.get("tag", ""))
    count = services.tag_items(dataset=dataset, items=chosen, label_class=label_class, actor=membership.user)
    said = ngettext("%(count)d image is now tagged %(name)s.", "%(count)d images are now tagged %(name)s.", count)
    return said % {"count": count, "name": label_class.name}


def _untag(request: HttpRequest, membership: Membership, dataset: Dataset, chosen: list[DatasetItem]) -> str:
    label_class = access.get(dataset.schema.classes.all(), name__iexact=request.POST.get("untag", "").strip())
    count = services.untag_items(dataset=dataset, items=chosen, label_class=label_class, actor=membership.user)
    said = ngettext("The tag %(name)s is off %(count)d image.", "The tag %(name)s is off %(count)d images.", count)
    return said % {"count": count, "name": label_class.name}


def _split(request: HttpRequest, membership: Membership, dataset: Dataset, chosen: list[DatasetItem]) -> str:
    split = request.POST.get("split", "")
    count = services.set_split(dataset=dataset, items=chosen, split=split, actor=membership.user)
    said = ngettext("%(count)d image moved to: %(split)s.", "%(count)d images moved to: %(split)s.", count)
    return said % {"count": count, "split": Split(split).label}


def _remove(request: HttpRequest, membership: Membership, dataset: Dataset, chosen: list[DatasetItem]) -> str:
    count = services.remove_items(dataset=dataset, items=chosen, actor=membership.user)
    said = ngettext("%d image left the dataset.", "%d images left the dataset.", count)
    return f"{said % count} {_('Your media keeps them.')}"


Change = Callable[[HttpRequest, Membership, Dataset, list[DatasetItem]], str]
CHANGES: dict[str, Change] = {"tag": _tag, "untag": _untag, "split": _split, "remove": _remove}
