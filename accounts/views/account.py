"""A person's own pages."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import access
from accounts.forms import OrganizationForm, ProfileForm
from accounts.models import User
from accounts.services import organizations, people, team
from core import audit, refusals

SIGN_INS_SHOWN = 10


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the workspace last opened since signing in, else the organisation joined last, else the personal one."""
    user = _person(request)
    seats = user.memberships.of(user)
    last = seats.filter(organization__slug=request.session.get("workspace", "")).first()
    seat = last or seats.order_by("organization__is_personal", "-created_at").first()
    if seat is None:
        return redirect("accounts:profile")
    return redirect("workspace:overview", seat.organization.slug)


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    user = _person(request)
    form = ProfileForm(request.POST or None, initial={name: getattr(user, name) for name in ProfileForm.base_fields})
    if request.method == "POST" and form.is_valid():
        with refusals.shown_in(form):
            people.update_profile(user=user, **form.cleaned_data)
            messages.success(request, _("Your profile is saved."))
            return redirect("accounts:profile")
    context = {
        "form": form,
        "invitations": team.invitations_for(user)[:20],
        "seats": user.memberships.acting().order_by("-organization__is_personal", "organization__name"),
        "sign_ins": audit.trail_about(subject=user).filter(verb="user.signed_in")[:SIGN_INS_SHOWN],
    }
    return render(request, "accounts/profile.html", context)


@login_required
def create_organization(request: HttpRequest) -> HttpResponse:
    form = OrganizationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals.shown_in(form):
            organization = organizations.create_organization(actor=_person(request), **form.cleaned_data)
            messages.success(request, _("The organisation is ready. Invite the people you work with."))
            return redirect("accounts:team", organization.slug)
    return render(request, "accounts/create_organization.html", {"form": form})


@require_POST
@login_required
def answer_invitation(request: HttpRequest, invitation_id: str) -> HttpResponse:
    """From the list in the profile, where the address is proved already."""
    user = _person(request)
    invitation = access.get(team.invitations_for(user), public_id=invitation_id)
    if "decline" in request.POST:
        team.decline_invitation(user=user, invitation=invitation)
        return redirect("accounts:profile")
    seat = team.accept_invitation(user=user, invitation=invitation)
    return redirect("workspace:overview", seat.organization.slug)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # login_required has run
    return request.user
