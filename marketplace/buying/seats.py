"""Which organisation a person buys for: the workspace they were in last, else the one they joined last."""

from django.http import HttpRequest

from accounts.models import Membership, User
from accounts.permissions import Capability


def buying_seats(request: HttpRequest) -> list[Membership]:
    """Memberships one may buy through, the current choice first."""
    if not isinstance(request.user, User):
        return []
    current = request.session.get("workspace")
    joined = Membership.objects.of(request.user).order_by("organization__is_personal", "-created_at")
    return sorted(
        (seat for seat in joined if seat.can(Capability.BUY)),
        key=lambda seat: seat.organization.slug != current,
    )


def buying_seat(request: HttpRequest) -> Membership | None:
    return next(iter(buying_seats(request)), None)
