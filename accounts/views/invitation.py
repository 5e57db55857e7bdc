"""The page that an invitation's link opens, for whoever holds it."""

from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.services import team


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """GET shows the offer; POST accepts it. Holding the link proves the address, so signing up needs no second mail."""
    found = team.open_invitation(secret)
    user = request.user if isinstance(request.user, User) else None
    if request.method == "POST" and user:
        seat = team.accept_invitation(user=user, invitation=found)
        messages.success(request, _("You are now a member of %(name)s.") % {"name": seat.organization.name})
        return redirect("workspace:overview", seat.organization.slug)
    if user is None:
        get_adapter(request).stash_verified_email(request, found.email)
    context = {
        "invitation": found,
        "matches": bool(user and team.owns_address(user, found.email)),
        "query": "?" + urlencode({"next": request.path}),
    }
    return render(request, "accounts/invitation.html", context)


@require_POST
def switch_account(request: HttpRequest, secret: str) -> HttpResponse:
    """Signed in as someone else: sign out and come back to the invitation."""
    logout(request)
    return redirect("accounts:invitation", secret)
