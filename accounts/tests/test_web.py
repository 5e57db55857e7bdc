import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from accounts.models import Membership, User
from accounts.permissions import Capability, Role
from accounts.tests.factories import MembershipFactory, UserFactory
from accounts.web import workspace

pytestmark = pytest.mark.django_db


@workspace(needs={"GET": Capability.VIEW, "POST": Capability.SELL})
def page(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    return HttpResponse(f"{membership.organization.slug} {public_id}")


def _answer(method: str, user: User | AnonymousUser, slug: str) -> HttpResponseBase:
    request = RequestFactory().generic(method, "/")
    request.user, request.session = user, SessionStore()
    return page(request, slug=slug, public_id="x")


def test_signed_out_goes_to_sign_in() -> None:
    answer = _answer("GET", AnonymousUser(), "any")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/login/?next=/")


def test_the_view_gets_the_membership() -> None:
    seat = MembershipFactory()
    answer = _answer("HEAD", seat.user, seat.organization.slug)
    assert isinstance(answer, HttpResponse)
    assert answer.content.decode() == f"{seat.organization.slug} x"


def test_each_method_has_its_own_need() -> None:
    seat = MembershipFactory(role=Role.VIEWER)
    assert _answer("GET", seat.user, seat.organization.slug).status_code == 200
    with pytest.raises(PermissionDenied):
        _answer("POST", seat.user, seat.organization.slug)


def test_a_method_not_named_is_closed_but_tells_a_stranger_nothing() -> None:
    seat = MembershipFactory()
    assert _answer("DELETE", seat.user, seat.organization.slug).status_code == 405
    with pytest.raises(Http404):
        _answer("DELETE", UserFactory(), seat.organization.slug)
