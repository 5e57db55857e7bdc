"""The classes of a dataset."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import access
from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core import refusals
from core.pagination import keyset_page
from datasets.forms import ClassForm, NewClassForm
from datasets.models import Dataset, LabelClass
from datasets.services import schema as services
from datasets.views.frame import dataset_of
from datasets.views.tabs import tabs

PAGE = 200
CHANGES = {"GET": Capability.VIEW, "POST": Capability.EDIT_MEDIA}
POST_ONLY = {"POST": Capability.EDIT_MEDIA}


@workspace(needs=CHANGES)
def classes(request: HttpRequest, membership: Membership, dataset: str) -> HttpResponse:
    found = dataset_of(membership, dataset)
    form = NewClassForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _created(form, found, membership):
        return redirect("datasets:classes", membership.organization.slug, dataset)
    page = keyset_page(found.schema.classes.all(), request, order=["position", "id"], size=PAGE)
    counts = _counts(found, list(page.rows))
    rows = [(each, counts.get(each.pk, 0)) for each in page.rows]
    context = {"dataset": found, "tabs": tabs(found, "classes"), "page": page, "rows": rows, "form": form}
    return render(request, "datasets/classes.html", context, status=400 if form.errors else 200)


@workspace(needs={"GET": Capability.EDIT_MEDIA, "POST": Capability.EDIT_MEDIA})
def label_class(request: HttpRequest, membership: Membership, dataset: str, public_id: str) -> HttpResponse:
    found, chosen = _found(membership, dataset, public_id)
    form = ClassForm(request.POST if request.method == "POST" else None, initial=vars(chosen))
    if request.method == "POST" and form.is_valid() and _changed(form, chosen, membership):
        messages.success(request, _("Saved."))
        return redirect("datasets:classes", membership.organization.slug, dataset)
    context = {
        "dataset": found,
        "tabs": tabs(found, "classes"),
        "label_class": chosen,
        "count": _counts(found, [chosen]).get(chosen.pk, 0),
        "form": form,
        "others": found.schema.classes.exclude(pk=chosen.pk),
    }
    return render(request, "datasets/class.html", context, status=400 if form.errors else 200)


@workspace(needs=POST_ONLY)
def move(request: HttpRequest, membership: Membership, dataset: str, public_id: str) -> HttpResponse:
    """One place up or down."""
    found, chosen = _found(membership, dataset, public_id)
    order = list(found.schema.classes.values_list("public_id", flat=True))
    at = order.index(chosen.public_id)
    order.insert(max(0, at - 1 if request.POST.get("way") == "up" else at + 1), order.pop(at))
    services.reorder_classes(schema=found.schema, actor=membership.user, order=order)
    return redirect("datasets:classes", membership.organization.slug, dataset)


@workspace(needs=POST_ONLY)
def archive(request: HttpRequest, membership: Membership, dataset: str, public_id: str) -> HttpResponse:
    """Archive, or restore what is archived."""
    _dataset, chosen = _found(membership, dataset, public_id)
    if chosen.archived_at:
        services.restore_class(label_class=chosen, actor=membership.user)
    else:
        services.archive_class(label_class=chosen, actor=membership.user)
    return redirect("datasets:class", membership.organization.slug, dataset, public_id)


@workspace(needs=POST_ONLY)
def merge(request: HttpRequest, membership: Membership, dataset: str, public_id: str) -> HttpResponse:
    found, chosen = _found(membership, dataset, public_id)
    into = access.get(found.schema.classes.all(), public_id=request.POST.get("into", ""))
    moved = services.merge_classes(source=chosen, into=into, actor=membership.user)
    said = ngettext("%(count)d label is now %(name)s.", "%(count)d labels are now %(name)s.", moved)
    messages.success(request, said % {"count": moved, "name": into.name})
    return redirect("datasets:classes", membership.organization.slug, dataset)


@workspace(needs=POST_ONLY)
def delete(request: HttpRequest, membership: Membership, dataset: str, public_id: str) -> HttpResponse:
    _dataset, chosen = _found(membership, dataset, public_id)
    services.delete_class(label_class=chosen, actor=membership.user)
    messages.success(request, _("%s is deleted.") % chosen.name)
    return redirect("datasets:classes", membership.organization.slug, dataset)


def _found(membership: Membership, dataset: str, public_id: str) -> tuple[Dataset, LabelClass]:
    found = dataset_of(membership, dataset)
    return found, access.get(found.schema.classes.select_related("schema__organization"), public_id=public_id)


def _counts(dataset: Dataset, shown: list[LabelClass]) -> dict[int, int]:
    rows = dataset.annotations.filter(label_class__in=shown)
    return dict(rows.values_list("label_class").annotate(n=Count("pk")).order_by())


def _created(form: NewClassForm, dataset: Dataset, membership: Membership) -> bool:
    with refusals.shown_in(form):
        services.create_class(schema=dataset.schema, actor=membership.user, **form.cleaned_data)
    return not form.errors


def _changed(form: ClassForm, chosen: LabelClass, membership: Membership) -> bool:
    with refusals.shown_in(form):
        services.change_class(label_class=chosen, actor=membership.user, **form.cleaned_data)
    return not form.errors
