"""Which organisation a person buys for: the one they last chose, else their own."""

from django.http import HttpRequest

from accounts.models import Membership, User
from accounts.permissions import Capability

SESSION_KEY = "buying_for"


def buying_seats(request: HttpRequest) -> list[Membership]:
    """Memberships one may buy through, the current choice first."""
    if not isinstance(request.user, User):
        return []
    chosen = request.session.get(SESSION_KEY)
    seats = [seat for seat in Membership.objects.of(request.user) if seat.can(Capability.BUY)]
    return sorted(seats, key=lambda seat: (seat.organization.slug != chosen, not seat.organization.is_personal))


def buying_seat(request: HttpRequest) -> Membership | None:
    return next(iter(buying_seats(request)), None)


def remember_seat(request: HttpRequest, membership: Membership) -> None:
    request.session[SESSION_KEY] = membership.organization.slug
