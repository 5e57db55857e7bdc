"""API tokens: one's own, and everyone's for those who manage the organisation."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts import access
from accounts.forms import TokenForm
from accounts.models import Membership
from accounts.permissions import Capability
from accounts.services.tokens import create_token, revoke_token
from accounts.web import workspace
from core import refusals
from core.pagination import keyset_page


@never_cache
@workspace(needs={"GET": Capability.VIEW, "POST": Capability.VIEW})
def tokens(request: HttpRequest, membership: Membership) -> HttpResponse:
    """POST creates one and shows its secret in the answer, the only time."""
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        with refusals.shown_in(form):
            _token, secret = create_token(membership=membership, **form.token())
            form = TokenForm()
    rows = membership.organization.api_tokens.kept().visible_to(membership)
    page = keyset_page(rows, request, order=["-id"])
    context = {"form": form, "page": page, "secret": secret, "sees_all": membership.can(Capability.MANAGE_ORGANIZATION)}
    return render(request, "accounts/tokens.html", context)


@workspace(needs={"POST": Capability.VIEW})
def revoke(request: HttpRequest, membership: Membership, token_id: str) -> HttpResponse:
    token = access.get(membership.organization.api_tokens.visible_to(membership), public_id=token_id)
    revoke_token(actor=membership.user, token=token)
    messages.success(request, _("The token «%(name)s» is revoked.") % {"name": token.name})
    return redirect("accounts:tokens", membership.organization.slug)
