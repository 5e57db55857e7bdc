"""Members and invitations."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import access
from accounts.forms import InvitationForm, RoleForm
from accounts.models import Membership
from accounts.permissions import Capability, assignable_roles
from accounts.services import team as services
from accounts.web import workspace
from core.errors import Conflict
from core.pagination import keyset_page

WRITE = {"POST": Capability.MANAGE_TEAM}


@workspace(needs={"GET": Capability.VIEW, "POST": Capability.MANAGE_TEAM})
def team(request: HttpRequest, membership: Membership) -> HttpResponse:
    """POST invites. The invitations are shown to those who may send them."""
    form = InvitationForm(request.POST or None, roles=assignable_roles(membership.role))
    if request.method == "POST" and form.is_valid() and _invited(request, membership, form):
        return redirect("accounts:team", membership.organization.slug)
    seats = membership.organization.memberships.acting()
    page = keyset_page(seats, request, order=["id"])
    return render(
        request,
        "accounts/team.html",
        {
            "form": form,
            "page": page,
            "rows": [(seat, membership.may_steer(seat)) for seat in page.rows],
            "roles": assignable_roles(membership.role),
            "invitations": membership.organization.invitations.unanswered().order_by("-id")[:100],
            "manages": membership.can(Capability.MANAGE_TEAM),
        },
    )


def _invited(request: HttpRequest, membership: Membership, form: InvitationForm) -> bool:
    try:
        made = services.invite(membership=membership, **form.cleaned_data)
    except Conflict as error:
        form.add_error(error.field or None, error.message)
        return False
    messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": made.email})
    return True


@workspace(needs=WRITE)
def change_role(request: HttpRequest, membership: Membership, member_id: str) -> HttpResponse:
    target, form = _seat(membership, member_id), RoleForm(request.POST)
    if form.is_valid():
        services.change_role(membership=membership, target=target, role=form.cleaned_data["role"])
        messages.success(request, _("The role of %(name)s is changed.") % {"name": target.user.name})
    return redirect("accounts:team", membership.organization.slug)


@workspace(needs=WRITE)
def remove_member(request: HttpRequest, membership: Membership, member_id: str) -> HttpResponse:
    target = _seat(membership, member_id)
    services.remove_member(membership=membership, target=target)
    messages.success(request, _("%(name)s is no longer a member.") % {"name": target.user.name})
    return redirect("accounts:team", membership.organization.slug)


@workspace(needs={"POST": Capability.VIEW})
def leave(request: HttpRequest, membership: Membership) -> HttpResponse:
    services.leave(membership=membership)
    messages.success(request, _("You left %(name)s.") % {"name": membership.organization.name})
    return redirect("accounts:home")


@workspace(needs=WRITE)
def resend_invitation(request: HttpRequest, membership: Membership, invitation_id: str) -> HttpResponse:
    invitation = access.get(membership.organization.invitations.unanswered(), public_id=invitation_id)
    services.resend_invitation(membership=membership, invitation=invitation)
    messages.success(request, _("The invitation to %(email)s is sent again.") % {"email": invitation.email})
    return redirect("accounts:team", membership.organization.slug)


@workspace(needs=WRITE)
def revoke_invitation(request: HttpRequest, membership: Membership, invitation_id: str) -> HttpResponse:
    invitation = access.get(membership.organization.invitations.all(), public_id=invitation_id)
    services.revoke_invitation(membership=membership, invitation=invitation)
    messages.success(request, _("The invitation to %(email)s is taken back.") % {"email": invitation.email})
    return redirect("accounts:team", membership.organization.slug)


def _seat(membership: Membership, member_id: str) -> Membership:
    return access.get(membership.organization.memberships.select_related("user"), user__public_id=member_id)
