from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.models import ApiToken, Organization, User
from accounts.tests.factories import InvitationFactory, MembershipFactory, UserFactory, token_for
from core import audit
from core.models import AuditEntry

pytestmark = pytest.mark.django_db

SENT = {"_form_submitted": "on"}


@pytest.fixture
def root(client: Client) -> User:
    user: User = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def _act(client: Client, row: Any, action: str, **values: Any) -> Any:
    return client.post(f"/admin/accounts/{row._meta.model_name}/{row.pk}/{action}/", {**SENT, **values})


def test_the_administration_signs_in_through_the_front_door(client: Client) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")
    client.force_login(UserFactory())
    refused = client.get("/admin/", follow=True)
    assert refused.status_code == 403
    assert "for those who run this site" in refused.content.decode()


@pytest.mark.usefixtures("root")
def test_every_list_and_page_opens_and_shows_no_secret(client: Client) -> None:
    seat = MembershipFactory()
    token, _secret = token_for(seat)
    invitation = InvitationFactory(organization=seat.organization, invited_by=seat.user)
    audit.record(actor=seat.user, organization=seat.organization, verb="team.left", subject=seat.user)
    for row in (seat.user, seat.organization, seat, invitation, token, AuditEntry.objects.get()):
        base = f"/admin/{row._meta.app_label}/{row._meta.model_name}/"
        assert client.get(f"{base}?q=x").status_code == 200
        page = client.get(f"{base}{row.pk}/change/", follow=True)
        assert page.status_code == 200
        for hidden in (token.token_hash, invitation.token_hash, seat.user.password):
            assert hidden not in page.content.decode()


def test_suspending_asks_for_a_reason_and_is_audited(client: Client, root: User) -> None:
    user = UserFactory()
    assert "Reason" in client.get(f"/admin/accounts/user/{user.pk}/suspend/").content.decode()
    _act(client, user, "suspend")
    user.refresh_from_db()
    assert user.is_active
    assert _act(client, user, "suspend", reason="spam").headers["HX-Refresh"] == "true"
    user.refresh_from_db()
    assert (user.is_active, user.suspended_reason) == (False, "spam")
    _act(client, user, "suspend", reason="spam")
    _act(client, user, "reinstate")
    user.refresh_from_db()
    assert user.is_active
    entries = audit.trail_about(subject=user)
    assert [(entry.verb, entry.actor) for entry in entries] == [("user.reinstated", root), ("user.suspended", root)]


@pytest.mark.usefixtures("root")
def test_an_organisation_is_suspended_reinstated_and_has_its_own_commission(client: Client) -> None:
    organization = MembershipFactory().organization
    for action, values, expected in (
        ("suspend", {"reason": "fraud"}, ("fraud", None)),
        ("reinstate", {}, ("", None)),
        ("set_commission", {"basis_points": "900"}, ("", 900)),
        ("set_commission", {"basis_points": "10001"}, ("", 900)),
        ("set_commission", {}, ("", None)),
    ):
        _act(client, organization, action, **values)
        found = Organization.objects.get(pk=organization.pk)
        assert (found.suspended_reason, found.commission_basis_points) == expected


@pytest.mark.usefixtures("root")
def test_a_token_is_revoked(client: Client) -> None:
    token, _secret = token_for(MembershipFactory())
    _act(client, token, "revoke")
    assert ApiToken.objects.get().revoked_at


@pytest.mark.usefixtures("root")
def test_rights_are_given_by_superusers_and_never_to_oneself(client: Client, root: User) -> None:
    user, group = UserFactory(), Group.objects.create(name="Moderators")
    group.permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    _act(client, user, "change_rights", is_staff="on", groups=[group.pk])
    _act(client, root, "change_rights")
    helper = Client()
    helper.force_login(User.objects.get(pk=user.pk))
    assert helper.get("/admin/accounts/user/").status_code == 200
    assert helper.get("/admin/accounts/organization/").status_code == 403
    target = UserFactory()
    _act(helper, target, "suspend", reason="spam")
    _act(helper, target, "change_rights", is_staff="on", is_superuser="on")
    _act(helper, root, "suspend", reason="spam")
    target.refresh_from_db()
    root.refresh_from_db()
    assert (target.is_active, target.is_staff) == (False, False)
    assert (root.is_active, root.is_superuser) == (True, True)


@pytest.mark.usefixtures("root")
def test_nothing_is_changed_or_deleted_past_the_services(client: Client) -> None:
    user = UserFactory()
    assert client.post(f"/admin/accounts/user/{user.pk}/change/", {"email": "x@example.test"}).status_code == 403
    assert client.post(f"/admin/accounts/user/{user.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/accounts/user/add/").status_code == 403
