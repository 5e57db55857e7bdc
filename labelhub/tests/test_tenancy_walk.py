"""Every page and API route as a stranger, another tenant, each role, and signed out.

A new route of a tenant is covered by declaring its capabilities (`@workspace`, `OrganizationAPIView.needs`) and by
an object for each place of its address in `world.py`. Any other route is named here as public or personal.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import Membership, User
from accounts.permissions import SCOPE_CAPABILITIES, Capability, Role, Scope
from accounts.tests.factories import MembershipFactory, UserFactory, token_for
from labelhub.tests import world
from labelhub.tests.routes import METHODS, Route, all_routes
from labelhub.tests.world import World

pytestmark = pytest.mark.django_db

PUBLIC = (
    "healthz", "readyz", "metrics", "media/", "outbox/", "styleguide/", "invitations/", "payments/webhook/",
    "guide/", "licenses/", "verify/", "market/", "robots.txt", "sitemap", "api/schema/", "api/docs/", "api/v1/market/",
    "api/v1/licenses/", "api/v1/verify/",
)  # fmt: skip
PERSONAL = ("home/", "account/", "organizations/new/", "api/v1/me/", "api/v1/organizations/", "cart/")

# Where an empty request or the objects' state makes no sense, or a rule about the single row decides, what is said.
OTHERWISE = {
    ("GET", "downloads/<str:download>/file/"): {409},
    ("POST", "cart/remove/"): {404},
    ("POST", "classes/<str:public_id>/merge/"): {400, 404},
    ("POST", "tokens/<str:token_id>/revoke/"): {302, 404},
    ("DELETE", "tokens/<str:token_id>/"): {204, 404},
    ("POST", "jobs/<str:public_id>/cancel/"): {200, 302, 404},
    ("POST", "jobs/<str:public_id>/retry/"): {404, 409},
}

# What stands in these addresses is read from nowhere, or is on the market for everybody.
NO_SECRETS = {
    ("GET", "o/<slug:slug>/versions/<str:version>/list/preview/"),
    ("DELETE", "api/v1/organizations/<slug:slug>/cart/<str:public_id>/"),
}

TENANT_ROUTES = [
    route for route in all_routes() if "<slug:slug>" in route.path and not route.path.startswith("api/v1/me/")
]


def _client(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def _status(client: Client, method: str, address: str) -> int:
    """Of one request whose effects are undone."""
    with transaction.atomic():
        body, kind = ("{}", "application/json") if "/api/" in address else ("", "application/x-www-form-urlencoded")
        status: int = client.generic(method, address, body if method != "GET" else "", kind).status_code
        transaction.set_rollback(True)
    return status


def _needs(route: Route) -> Iterator[tuple[str, Capability]]:
    assert route.needs is not None, f"{route.path} names a tenant but stands in no frame of accounts"
    for method, capability in route.needs.items():
        yield method, Capability(capability)


def _is_right(route: Route, method: str, status: int, *, allowed: bool) -> bool:
    if not allowed:
        return status == 403
    for (expected_method, ending), statuses in OTHERWISE.items():
        if expected_method == method and route.path.endswith(ending):
            return status in statuses
    if method == "GET":
        return status in {200, 302}
    return status < 500 and status not in {401, 403, 404, 405}


def _walk(found: World, client: Client, expect: Any) -> None:
    """Asks every tenant route with each open method; `expect` says whether the answer is right."""
    complaints = []
    for route in TENANT_ROUTES:
        address = route.address(found.ids)
        for method, capability in _needs(route):
            status = _status(client, method, address)
            if not expect(route, method, capability, status):
                complaints.append(f"{method} /{route.path} answered {status}")
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def tenant() -> World:
    return world.build()


def test_every_route_is_of_a_tenant_or_named_public_or_personal() -> None:
    unnamed = [
        route.path
        for route in all_routes()
        if route not in TENANT_ROUTES and route.path and not route.path.startswith(PUBLIC + PERSONAL)
    ]
    assert unnamed == []


def test_signed_out_is_asked_to_sign_in(tenant: World) -> None:
    def expect(route: Route, _method: str, _capability: Capability, status: int) -> bool:
        return status == (401 if route.is_api else 302)

    _walk(tenant, Client(raise_request_exception=False), expect)


@pytest.mark.parametrize("who", ["stranger", "owner of another tenant"])
def test_outsiders_cannot_tell_that_the_tenant_exists(tenant: World, who: str) -> None:
    user = UserFactory() if who == "stranger" else MembershipFactory().user
    _walk(tenant, _client(user), lambda _route, _method, _needed, status: status == 404)


def test_objects_of_another_tenant_are_not_found_under_ones_own_name(tenant: World) -> None:
    own: Membership = MembershipFactory()
    ids = {**tenant.ids, "o": own.organization.slug, "organizations": own.organization.slug}
    client, complaints = _client(own.user), []
    for route in TENANT_ROUTES:
        for method, _capability in _needs(route) if route.has_objects else ():
            status = _status(client, method, route.address(ids))
            if status != 404 and (method, route.path) not in NO_SECRETS:
                complaints.append(f"{method} /{route.path} answered {status}")
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("role", Role)
def test_each_role_reaches_what_its_capabilities_open(tenant: World, role: Role) -> None:
    seat = tenant.seats[role]

    def expect(route: Route, method: str, capability: Capability, status: int) -> bool:
        return _is_right(route, method, status, allowed=seat.can(capability))

    _walk(tenant, _client(seat.user), expect)


@pytest.mark.parametrize("scope", Scope)
def test_a_token_opens_no_more_than_its_scope(tenant: World, scope: Scope) -> None:
    _token, secret = token_for(tenant.seats[Role.OWNER], scope)
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})

    def expect(route: Route, _method: str, capability: Capability, status: int) -> bool:
        if not route.is_api:
            return status == 302
        return status < 500 if capability in SCOPE_CAPABILITIES[scope] else status == 403

    _walk(tenant, client, expect)


def test_methods_not_named_are_closed(tenant: World) -> None:
    client, complaints = _client(tenant.seats[Role.OWNER].user), []
    for route in TENANT_ROUTES:
        named = {method for method, _capability in _needs(route)}
        for method in set(METHODS) - named:
            status = _status(client, method, route.address(tenant.ids))
            if status != 405:
                complaints.append(f"{method} /{route.path} answered {status}")
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("who", ["signed out", "stranger", "owner"])
def test_public_routes_answer_everybody(tenant: World, who: str) -> None:
    people: dict[str, User] = {"stranger": UserFactory(), "owner": tenant.seats[Role.OWNER].user}
    client = _client(people[who]) if who in people else Client(raise_request_exception=False)
    complaints = []
    for route in all_routes():
        if route.path == "" or route.path.startswith(PUBLIC):
            status = _status(client, "GET", route.address({**tenant.ids, **PUBLIC_IDS}))
            if status in {401, 403} or (status >= 500 and route.path != "readyz"):
                complaints.append(f"GET /{route.path} answered {status}")
    assert not complaints, "\n".join(complaints)


PUBLIC_IDS = {"media": "no-token", "styleguide slug": "fields", "sitemap-": "datasets"}


def test_personal_routes_are_for_whoever_is_signed_in(tenant: World) -> None:
    outside, stranger = (
        Client(raise_request_exception=False),
        _client(MembershipFactory(organization__is_personal=True).user),
    )
    complaints = []
    for route in all_routes():
        if route in TENANT_ROUTES or not route.path.startswith(PERSONAL):
            continue
        address = route.address(tenant.ids)
        asked = 401 if route.is_api else 302
        statuses = [_status(outside, method, address) for method in ("GET", "POST")]
        if not set(statuses) <= {asked, 405}:
            complaints.append(f"/{route.path} answered {statuses} when signed out")
        wanted = {404, 405} if "<" in route.path else {200, 302, 400, 404, 405}
        statuses = [_status(stranger, method, address) for method in ("GET", "POST", "DELETE")]
        if not set(statuses) <= wanted:
            complaints.append(f"/{route.path} answered {statuses} to a stranger")
    assert not complaints, "\n".join(complaints)


def test_the_administration_is_closed_to_tenants(tenant: World) -> None:
    for client in (Client(), _client(UserFactory()), _client(tenant.seats[Role.OWNER].user)):
        for address in ("/admin/", "/admin/accounts/user/", f"/admin/accounts/organization/{tenant.organization.pk}/"):
            assert client.get(address).status_code in {302, 403, 404}
            assert client.get(address, follow=True).redirect_chain[-1:] != [(address, 302)]
