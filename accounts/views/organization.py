"""An organisation's settings, its trail, and its end."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import closing
from accounts.forms import DeletionForm, OrganizationForm, TrailForm
from accounts.models import Membership
from accounts.permissions import Capability
from accounts.services import organizations
from accounts.web import workspace
from core import audit, refusals
from core.errors import Invalid
from core.pagination import keyset_page


@workspace(needs={"GET": Capability.VIEW, "POST": Capability.MANAGE_ORGANIZATION})
def settings(request: HttpRequest, membership: Membership) -> HttpResponse:
    organization = membership.organization
    form = OrganizationForm(request.POST or None, initial={"name": organization.name, "about": organization.about})
    if request.method == "POST" and form.is_valid():
        with refusals.shown_in(form):
            organizations.update_organization(actor=membership.user, organization=organization, **form.cleaned_data)
            messages.success(request, _("The settings are saved."))
            return redirect("accounts:settings", organization.slug)
    return render(request, "accounts/settings.html", {"form": form})


@workspace(needs={"GET": Capability.MANAGE_ORGANIZATION, "POST": Capability.MANAGE_ORGANIZATION})
def delete(request: HttpRequest, membership: Membership) -> HttpResponse:
    organization, form = membership.organization, DeletionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            organizations.delete_organization(
                actor=membership.user, organization=organization, confirmation=form.cleaned_data["confirmation"]
            )
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, _("The organisation %(name)s is deleted.") % {"name": organization.name})
            return redirect("accounts:home")
    return render(request, "accounts/delete.html", {"form": form, "obstacles": closing.obstacles(organization)})


@workspace(needs={"GET": Capability.MANAGE_TEAM})
def activity(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = TrailForm(request.GET, organization=membership.organization)
    entries = form.narrow(audit.trail(organization=membership.organization))
    page = keyset_page(entries, request, order=["-id"])
    return render(request, "accounts/activity.html", {"page": page, "form": form})
