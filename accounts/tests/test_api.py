import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, Membership, Organization
from accounts.permissions import Role, Scope
from accounts.services import team
from accounts.tests.factories import (
    InvitationFactory,
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
    VerifiedEmailFactory,
    token_for,
)

pytestmark = pytest.mark.django_db

JSON = "application/json"


class Program(Client):
    """Speaks as a member through a token of the given scopes."""

    def __init__(self, seat: Membership, *scopes: Scope) -> None:
        self.token, secret = token_for(seat, *(scopes or tuple(Scope)))
        super().__init__(headers={"Authorization": f"Bearer {secret}"})
        self.base = f"/api/v1/organizations/{seat.organization.slug}/"

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        path = path if path.startswith("/") else self.base + path
        return self.generic(method, path, "" if body is None else json.dumps(body), JSON)


@pytest.fixture
def seat() -> Membership:
    return MembershipFactory()


@pytest.fixture
def program(seat: Membership) -> Program:
    return Program(seat)


def test_an_unknown_expired_or_revoked_token_is_refused_in_the_one_shape(seat: Membership, program: Program) -> None:
    refused = Client(headers={"Authorization": "Bearer lh_nonsense"}).get("/api/v1/me/")
    assert refused.status_code == 401
    assert refused.json()["error"]["request_id"] == refused.headers["X-Request-Id"]
    ApiToken.objects.update(expires_at=timezone.now())
    assert program.send("GET", "/api/v1/me/").status_code == 401
    ApiToken.objects.update(expires_at=None, revoked_at=timezone.now())
    assert program.send("GET", "/api/v1/me/").status_code == 401


def test_x3_a_changed_role_counts_at_the_next_request_of_a_token(seat: Membership, program: Program) -> None:
    assert program.send("GET", "audit/").status_code == 200
    Membership.objects.filter(pk=seat.pk).update(role=Role.VIEWER)
    assert program.send("GET", "audit/").status_code == 403
    assert program.send("GET", "members/").status_code == 200
    Membership.objects.filter(pk=seat.pk).delete()
    assert program.send("GET", "members/").status_code == 404


def test_a_token_reaches_one_organisation(seat: Membership, program: Program) -> None:
    other = MembershipFactory(user=seat.user)
    assert program.send("GET", f"/api/v1/organizations/{other.organization.slug}/").status_code == 404
    listed = program.send("GET", "/api/v1/organizations/").json()["results"]
    assert [entry["organization"]["slug"] for entry in listed] == [seat.organization.slug]


def test_scopes_bound_what_the_role_would_allow(seat: Membership) -> None:
    reader = Program(seat, Scope.READ)
    assert reader.send("GET", "members/").status_code == 200
    assert reader.send("GET", "audit/").status_code == 403
    for method, path in (
        ("PATCH", "/api/v1/me/"),
        ("POST", "/api/v1/organizations/"),
        ("DELETE", f"/api/v1/me/organizations/{seat.organization.slug}/"),
        ("PATCH", ""),
        ("POST", "invitations/"),
    ):
        assert reader.send(method, path, {}).status_code == 403


def test_me(seat: Membership, program: Program) -> None:
    changed = program.send("PATCH", "/api/v1/me/", {"title": "Dr", "email": "other@example.test"}).json()
    assert (changed["title"], changed["email"]) == ("Dr", seat.user.email)
    assert program.send("PATCH", "/api/v1/me/", {"title": "D" * 81}).json()["error"]["fields"].keys() == {"title"}


def test_organisations_are_made_changed_and_deleted(seat: Membership, program: Program) -> None:
    made = program.send("POST", "/api/v1/organizations/", {"name": "Heron Lab", "about": "Birds"})
    assert made.status_code == 201
    assert made.json()["slug"] == "heron-lab"
    assert program.send("POST", "/api/v1/organizations/", {}).status_code == 400
    assert program.send("PATCH", "", {"name": "New", "pseudonym": "Mine"}).json()["pseudonym"] != "Mine"
    assert program.send("GET", "").json()["organization"]["name"] == "New"
    assert program.send("DELETE", "", {"confirmation": "no"}).status_code == 400
    assert program.send("DELETE", "", {"confirmation": "New"}).status_code == 204
    assert not Organization.objects.filter(pk=seat.organization.pk).exists()


def test_the_team_is_steered(seat: Membership, program: Program) -> None:
    member = MembershipFactory(organization=seat.organization, role=Role.VIEWER)
    path = f"members/{member.user.public_id}/"
    assert len(program.send("GET", "members/").json()["results"]) == 2
    assert program.send("PATCH", path, {"role": Role.FINANCE}).json()["role"] == Role.FINANCE
    assert program.send("PATCH", path, {"role": "emperor"}).status_code == 400
    assert program.send("DELETE", path).status_code == 204
    assert program.send("GET", path).status_code == 404
    own = f"members/{seat.user.public_id}/"
    assert program.send("DELETE", own).json()["error"]["code"] == "last_owner"


def test_invitations_are_sent_resent_and_taken_back(seat: Membership, program: Program) -> None:
    made = program.send("POST", "invitations/", {"email": "ada@example.test", "role": Role.EDITOR})
    assert made.status_code == 201
    assert "token" not in str(made.json())
    twice = program.send("POST", "invitations/", {"email": "ada@example.test", "role": Role.EDITOR})
    assert twice.json()["error"]["code"] == "already_invited"
    path = f"invitations/{made.json()['id']}/"
    assert program.send("POST", path).status_code == 200
    assert program.send("DELETE", path).status_code == program.send("DELETE", path).status_code == 204
    assert program.send("POST", path).status_code == 404
    assert program.send("GET", "invitations/").json()["results"] == []


def test_the_invited_accept_decline_and_leave(seat: Membership) -> None:
    invited = VerifiedEmailFactory().user
    program = Program(MembershipFactory(user=invited))
    for method, organization in (("POST", seat.organization), ("DELETE", OrganizationFactory())):
        invitation = InvitationFactory(organization=organization, email=invited.email, invited_by=seat.user)
        (listed,) = program.send("GET", "/api/v1/me/invitations/").json()["results"]
        answer = program.send(method, f"/api/v1/me/invitations/{listed['id']}/")
        assert answer.status_code == (201 if method == "POST" else 204)
        assert program.send(method, f"/api/v1/me/invitations/{invitation.public_id}/").status_code == 404
    assert [found.organization for found in invited.memberships.exclude(role=Role.OWNER)] == [seat.organization]
    browser = Client()
    browser.force_login(invited)
    assert browser.delete(f"/api/v1/me/organizations/{seat.organization.slug}/").status_code == 204
    assert browser.get(f"/api/v1/organizations/{seat.organization.slug}/").status_code == 404


def test_tokens_are_made_listed_and_revoked(seat: Membership) -> None:
    browser = Client()
    browser.force_login(seat.user)
    path = f"/api/v1/organizations/{seat.organization.slug}/tokens/"
    made = browser.post(path, {"name": "x", "scopes": ["read"], "expires_in_days": None}, JSON).json()
    assert made["token"].startswith(made["prefix"])
    assert browser.post(path, {"name": "x", "scopes": ["everything"]}, JSON).status_code == 400
    assert browser.post(path, {"name": "x", "scopes": []}, JSON).status_code == 400
    assert [entry["id"] for entry in browser.get(path).json()["results"]] == [made["id"]]
    assert "token" not in browser.get(path).json()["results"][0]
    assert browser.delete(f"{path}{made['id']}/").status_code == 204
    assert browser.get(path).json()["results"] == []


def test_a_program_passes_on_no_more_than_it_has(seat: Membership) -> None:
    reader, manager = Program(seat, Scope.READ), Program(seat, Scope.READ, Scope.MANAGE)
    new = {"name": "x", "scopes": ["read"], "expires_in_days": 5}
    assert reader.send("POST", "tokens/", new).json()["error"]["code"] == "token_scope"
    assert reader.send("DELETE", f"tokens/{manager.token.public_id}/").json()["error"]["code"] == "token_scope"
    assert manager.send("POST", "tokens/", {**new, "scopes": ["buy"]}).status_code == 403
    assert manager.send("POST", "tokens/", new).status_code == 201
    ApiToken.objects.filter(pk=manager.token.pk).update(expires_at=timezone.now() + timedelta(days=4))
    assert "expires_in_days" in manager.send("POST", "tokens/", new).json()["error"]["fields"]
    assert reader.send("DELETE", f"tokens/{reader.token.public_id}/").status_code == 204
    assert reader.send("GET", "").status_code == 401


def test_the_trail_is_listed_newest_first_and_narrowed(seat: Membership, program: Program) -> None:
    team.invite(membership=seat, email="ada@example.test", role=Role.VIEWER)
    program.send("PATCH", "", {"name": "New"})
    first, second = program.send("GET", "audit/").json()["results"]
    assert (first["verb"], second["sentence"]) == ("organization.changed", "invited ada@example.test as viewer")
    assert len(program.send("GET", "audit/?verb=team.invited").json()["results"]) == 1
    assert program.send("GET", "audit/?actor=nobody@example.test").json()["results"] == []


def test_a_read_only_role_gets_403_and_a_stranger_404(seat: Membership) -> None:
    viewer = Program(MembershipFactory(organization=seat.organization, role=Role.VIEWER))
    stranger = Client()
    stranger.force_login(UserFactory())
    for method, path in (
        ("PATCH", ""),
        ("DELETE", ""),
        ("PATCH", f"members/{seat.user.public_id}/"),
        ("DELETE", f"members/{seat.user.public_id}/"),
        ("GET", "invitations/"),
        ("GET", "audit/"),
    ):
        assert viewer.send(method, path, {}).status_code == 403
        assert stranger.generic(method, viewer.base + path, "{}", JSON).status_code == 404


def test_methods_that_are_not_there_are_405(program: Program) -> None:
    assert program.send("PUT", "", {}).status_code == 405
    assert program.send("DELETE", "audit/").status_code == 405
