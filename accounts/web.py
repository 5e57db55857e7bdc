"""The frame of every workspace page.

    @workspace(needs=Capability.VIEW)
    def media(request: HttpRequest, membership: Membership) -> HttpResponse: ...

    @workspace(needs={"GET": Capability.VIEW, "POST": Capability.SELL})
    def offer(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
        found = access.get(Offer.objects.for_organization(membership.organization), public_id=public_id)

The route carries `<slug:slug>`; the view gets the membership in its place. Signed out: to the sign-in page. Not a
member: 404. A role that falls short: 403. A mapping also closes every method that it does not name (405).
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from accounts import access
from accounts.permissions import Capability

View = Callable[..., HttpResponseBase]


def workspace(*, needs: Capability | Mapping[str, Capability] = Capability.VIEW) -> Callable[[View], View]:
    """Wrap a view `(request, membership, **kwargs)`; `needs` is one capability, or one per method."""
    table = {"GET": needs, "POST": needs} if isinstance(needs, Capability) else dict(needs)

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def framed(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponseBase:
            method = "GET" if request.method == "HEAD" else str(request.method)
            membership = access.membership(request, slug, needs=table.get(method, Capability.VIEW))
            if method not in table:
                return HttpResponseNotAllowed(table)
            remember(request, slug)
            return view(request, membership, **kwargs)

        framed.needs = table  # type: ignore[attr-defined]  # the tenancy walk reads it
        return framed

    return decorate


def remember(request: HttpRequest, slug: str) -> None:
    """So that signing in again opens the workspace one was in, and the market buys for it."""
    if request.session.get("workspace") != slug:
        request.session["workspace"] = slug
