import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.test import RequestFactory

from accounts import access
from accounts.models import Membership, User
from accounts.permissions import Capability, Role
from accounts.tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def _request(user: User) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user
    return request


def test_a_member_reaches_their_organisation() -> None:
    seat: Membership = MembershipFactory()
    assert access.membership(_request(seat.user), seat.organization.slug) == seat


def test_a_stranger_gets_404() -> None:
    seat = MembershipFactory()
    with pytest.raises(Http404):
        access.membership(_request(UserFactory()), seat.organization.slug)


def test_a_role_that_falls_short_gets_403() -> None:
    seat = MembershipFactory(role=Role.VIEWER)
    with pytest.raises(PermissionDenied):
        access.membership(_request(seat.user), seat.organization.slug, needs=Capability.SELL)
