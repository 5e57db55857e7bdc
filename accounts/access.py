"""The one way web code gets an object: find the membership, then only that organisation's rows.

Strangers get 404, the same answer as for what does not exist; members whose role falls short get 403.
"""

from typing import NoReturn, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.models import ApiToken, Membership, User
from accounts.permissions import SCOPE_CAPABILITIES, Capability
from core.errors import Forbidden

Row = TypeVar("Row", bound=Model)


def membership(request: HttpRequest | Request, slug: str, *, needs: Capability = Capability.VIEW) -> Membership:
    """The caller's membership of the organisation, read from the database now; needs a signed-in caller."""
    user, token = request.user, getattr(request, "auth", None)
    found = user.memberships.acting().filter(organization__slug=slug).first() if isinstance(user, User) else None
    if found is None or (isinstance(token, ApiToken) and token.organization_id != found.organization_id):
        raise Http404
    if found.organization.suspended_at:
        _refuse_suspended(found)
    if isinstance(token, ApiToken) and not _in_scope(token, needs):
        raise PermissionDenied(_("The scopes of this token do not allow this."))
    if not found.can(needs):
        raise PermissionDenied(_("Your role in this organisation does not allow this."))
    request.membership = found  # type: ignore[union-attr]  # read by accounts.context.workspace
    return found


def get(queryset: QuerySet[Row], **lookup: object) -> Row:
    """The one row of an already scoped queryset, or 404."""
    found = queryset.filter(**lookup).first()
    if found is None:
        raise Http404
    return found


def _refuse_suspended(found: Membership) -> NoReturn:
    message = _("%(name)s is suspended: %(reason)s") % {
        "name": found.organization.name,
        "reason": found.organization.suspended_reason,
    }
    raise Forbidden(message, code="organization_suspended")


def _in_scope(token: ApiToken, needs: Capability) -> bool:
    return any(needs in SCOPE_CAPABILITIES[scope] for scope in token.scopes)
