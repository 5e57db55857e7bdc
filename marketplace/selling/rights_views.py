"""Where a producer states what may be granted at most on images that others made."""

from collections.abc import Iterable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import access
from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core.errors import DomainError
from core.pagination import keyset_page
from datasets.models import Dataset
from licensing.models import AssetRights, License
from licensing.services import open_license
from marketplace.services.rights import restate

OWN = "own"


class RightsForm(forms.Form):
    license = forms.ChoiceField(label=gettext_lazy("At most this may be granted"), required=False)
    spdx_id = forms.CharField(label=gettext_lazy("Another open licence, by its SPDX id"), required=False, max_length=60)
    origin = forms.CharField(
        label=gettext_lazy("Where they come from"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("A web address, or the name of the source. Kept as evidence, shown to nobody else."),
    )
    covers_labels = forms.BooleanField(
        label=gettext_lazy("The labels came with them, under the same licence"), required=False, initial=True
    )
    upload = forms.ChoiceField(label=gettext_lazy("Images of this upload"), required=False)

    def __init__(self, dataset: Dataset, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]  # what a form takes
        choices = [(found.code, found.title) for found in License.objects.catalogue()]
        self.fields["license"].choices = [(OWN, _("Everything: all rights are ours")), *choices]  # type: ignore[attr-defined]
        uploads = dataset.uploads.order_by("-pk").values_list("public_id", "created_at")[:100]
        named_uploads = [(key, _("Upload of %(when)s") % {"when": f"{when:%d %b %Y, %H:%M}"}) for key, when in uploads]
        self.fields["upload"].choices = [("", _("All images of the dataset")), *named_uploads]  # type: ignore[attr-defined]


@workspace(needs={"GET": Capability.VIEW, "POST": Capability.SELL})
def rights(request: HttpRequest, membership: Membership, dataset: str) -> HttpResponse:
    found = access.get(Dataset.objects.for_organization(membership.organization), public_id=dataset)
    form = RightsForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid() and _restated(request, membership, found, form):
        return redirect("selling:rights", membership.organization.slug, dataset)
    stated = AssetRights.objects.of_dataset(found).select_related("license", "asset")
    page = keyset_page(stated, request, order=("-id",))
    context = {"dataset": found, "form": form, "page": page, "stated_count": stated.count()}
    return render(request, "selling/rights.html", context, status=400 if form.errors else 200)


def _restated(request: HttpRequest, membership: Membership, dataset: Dataset, form: RightsForm) -> bool:
    given = form.cleaned_data
    try:
        done = restate(
            actor=membership.user,
            organization=membership.organization,
            assets=_chosen(dataset, given["upload"], request.POST.getlist("selected")),
            license_=_ceiling(given),
            origin=given["origin"],
            covers_labels=given["covers_labels"],
        )
    except DomainError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return False
    text = ngettext("Stated for %(count)d image.", "Stated for %(count)d images.", done.assets)
    messages.success(request, text % {"count": done.assets})
    if done.withdrawn:
        gone = ngettext(
            "%(count)d offer grants more than that and was withdrawn.",
            "%(count)d offers grant more than that and were withdrawn.",
            done.withdrawn,
        )
        messages.warning(request, gone % {"count": done.withdrawn})
    return True


def _chosen(dataset: Dataset, upload: str, selected: list[str]) -> Iterable[int]:
    """Primary keys of the ticked images, of an upload's, or of all."""
    items = dataset.items.all()
    if selected:
        items = items.filter(asset__public_id__in=selected)
    elif upload:
        added = dataset.uploads.filter(public_id=upload).values("outcomes__asset")
        items = items.filter(asset__in=added)
    return items.values_list("asset", flat=True).iterator(chunk_size=2_000)


def _ceiling(given: dict[str, str]) -> License | None:
    if given["spdx_id"]:
        return open_license(spdx_id=given["spdx_id"])
    code = given["license"] or OWN
    return None if code == OWN else License.objects.offered().get(code=code)
