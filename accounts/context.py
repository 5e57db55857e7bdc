from typing import Any

from django.http import HttpRequest

from accounts.models import Membership, User
from accounts.permissions import CAPABILITIES


def workspace(request: HttpRequest) -> dict[str, Any]:
    """What the shells need: the membership the page was opened through, and those one may switch to."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"membership": None, "organization": None, "memberships": [], "capabilities": frozenset()}
    current: Membership | None = getattr(request, "membership", None)
    return {
        "membership": current,
        "organization": current.organization if current else None,
        "memberships": Membership.objects.of(user).order_by("-organization__is_personal", "organization__name"),
        "capabilities": frozenset(map(str, CAPABILITIES[current.role])) if current else frozenset(),
    }
