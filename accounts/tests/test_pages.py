import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken, Invitation, Membership, Organization
from accounts.permissions import Role
from accounts.tests.factories import (
    InvitationFactory,
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
    VerifiedEmailFactory,
    token_for,
)
from core import audit

pytestmark = pytest.mark.django_db

Mails = Callable[[Callable[[], Any]], list[EmailMessage]]


@pytest.fixture
def owner(client: Client) -> Membership:
    seat: Membership = MembershipFactory()
    client.force_login(seat.user)
    return seat


def _path(seat: Membership, rest: str) -> str:
    return f"/o/{seat.organization.slug}/{rest}"


def _signed_in(role: Role, organization: Organization) -> tuple[Client, Membership]:
    seat, client = MembershipFactory(organization=organization, role=role), Client()
    client.force_login(seat.user)
    return client, seat


def test_home_opens_the_workspace_last_seen(client: Client, owner: Membership) -> None:
    personal = MembershipFactory(user=owner.user, organization=OrganizationFactory(is_personal=True))
    assert owner.organization.slug in client.get("/home/").headers["Location"]
    client.get(_path(personal, "settings/"))
    assert personal.organization.slug in client.get("/home/").headers["Location"]


def test_home_without_any_workspace_is_the_account(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.get("/home/").headers["Location"] == "/account/"


def test_the_profile_is_saved_and_kept_within_its_length(client: Client, owner: Membership) -> None:
    sent = {"first_name": "Ada", "last_name": "Byron", "title": "Countess", "about": "Counts."}
    assert client.post("/account/", sent).status_code == 302
    owner.user.refresh_from_db()
    assert owner.user.name == "Ada Byron"
    page = client.post("/account/", {**sent, "first_name": "A" * 81}).content.decode()
    assert "A" * 81 in page
    assert "One thing needs to change." in page


def test_an_organisation_is_founded_and_owned(client: Client, owner: Membership) -> None:
    answer = client.post("/organizations/new/", {"name": "Heron Lab", "about": ""})
    assert answer.headers["Location"] == "/o/heron-lab/team/"
    assert owner.user.memberships.get(organization__slug="heron-lab").role == Role.OWNER
    assert client.post("/organizations/new/", {"name": "Heron Lab"}).headers["Location"] != "/o/heron-lab/team/"
    assert client.post("/organizations/new/", {"name": ""}).status_code == 200


def test_settings_change_the_name_and_never_the_pseudonym(client: Client, owner: Membership) -> None:
    before = owner.organization.pseudonym
    client.post(_path(owner, "settings/"), {"name": "New name", "about": "Birds", "pseudonym": "Mine"})
    owner.organization.refresh_from_db()
    assert (owner.organization.name, owner.organization.pseudonym) == ("New name", before)
    assert before in client.get(_path(owner, "settings/")).content.decode()


@pytest.mark.parametrize(("role", "post"), [(Role.VIEWER, 403), (Role.ADMIN, 403), (Role.OWNER, 302)])
def test_only_owners_change_settings_and_delete(owner: Membership, role: Role, post: int) -> None:
    client, seat = _signed_in(role, owner.organization)
    name = owner.organization.name
    assert client.get(_path(seat, "settings/")).status_code == 200
    assert client.post(_path(seat, "settings/"), {"name": name, "about": ""}).status_code == post
    assert client.post(_path(seat, "settings/delete/"), {"confirmation": name}).status_code == post


def test_deletion_asks_for_the_name_and_takes_everything(client: Client, owner: Membership) -> None:
    wrong = client.post(_path(owner, "settings/delete/"), {"confirmation": "delete"})
    assert "exactly as it is written" in wrong.content.decode()
    client.post(_path(owner, "settings/delete/"), {"confirmation": owner.organization.name})
    assert not Organization.objects.filter(pk=owner.organization.pk).exists()
    assert client.get(_path(owner, "settings/")).status_code == 404


def test_a_personal_workspace_says_why_it_stays(client: Client) -> None:
    seat = MembershipFactory(organization=OrganizationFactory(is_personal=True))
    client.force_login(seat.user)
    page = client.get(_path(seat, "settings/delete/")).content.decode()
    assert "personal workspace" in page
    assert "Delete for good" not in page
    assert client.post(_path(seat, "settings/delete/"), {"confirmation": seat.organization.name}).status_code == 409


def test_inviting_from_the_page(client: Client, owner: Membership, mails: Mails) -> None:
    sent = {"email": "ada@example.test", "role": Role.EDITOR}
    (letter,) = mails(lambda: client.post(_path(owner, "team/"), sent))
    assert letter.to == ["ada@example.test"]
    assert "ada@example.test" in client.get(_path(owner, "team/")).content.decode()
    assert "open invitation" in client.post(_path(owner, "team/"), sent).content.decode()
    wrong = client.post(_path(owner, "team/"), {"email": "ada", "role": "emperor"}).content.decode()
    assert "2 things need to change." in wrong


def test_a_viewer_sees_the_team_and_steers_nothing(owner: Membership) -> None:
    client, seat = _signed_in(Role.VIEWER, owner.organization)
    invitation = InvitationFactory(organization=owner.organization, invited_by=owner.user)
    page = client.get(_path(seat, "team/")).content.decode()
    assert owner.user.email in page
    assert invitation.email not in page
    member = f"team/members/{owner.user.public_id}"
    sent = f"team/invitations/{invitation.public_id}"
    for path in ("team/", f"{member}/role/", f"{member}/remove/", f"{sent}/resend/", f"{sent}/revoke/"):
        assert client.post(_path(seat, path)).status_code == 403
    assert client.get(_path(seat, "settings/activity/")).status_code == 403


def test_roles_are_changed_members_removed_and_left_from_the_page(client: Client, owner: Membership) -> None:
    other, seat = _signed_in(Role.VIEWER, owner.organization)
    member = f"team/members/{seat.user.public_id}"
    client.post(_path(owner, f"{member}/role/"), {"role": Role.OWNER})
    assert other.get(_path(seat, "settings/activity/")).status_code == 200
    client.post(_path(owner, f"{member}/role/"), {"role": "emperor"})
    client.post(_path(owner, "team/leave/"))
    assert client.get(_path(owner, "team/")).status_code == 404
    assert other.post(_path(seat, "team/leave/")).status_code == 409
    assert other.post(_path(seat, f"team/members/{owner.user.public_id}/remove/")).status_code == 404


def test_invitations_are_sent_again_and_taken_back_from_the_page(client: Client, owner: Membership) -> None:
    invitation = InvitationFactory(organization=owner.organization, invited_by=owner.user)
    path = f"team/invitations/{invitation.public_id}"
    assert client.post(_path(owner, f"{path}/resend/")).status_code == 302
    assert client.post(_path(owner, f"{path}/revoke/")).status_code == 302
    assert client.post(_path(owner, f"{path}/revoke/")).status_code == 302
    assert client.post(_path(owner, f"{path}/resend/")).status_code == 404


def test_the_link_of_an_invitation_greets_each_kind_of_visitor(client: Client) -> None:
    invitation = InvitationFactory(secret="s")
    page = client.get("/invitations/s/").content.decode()
    assert "/accounts/signup/?next=%2Finvitations%2Fs%2F" in page
    other, invited = Client(), Client()
    other.force_login(UserFactory())
    assert "you are signed in as" in other.get("/invitations/s/").content.decode()
    assert other.post("/invitations/s/").status_code == 403
    assert other.post("/invitations/s/switch/").headers["Location"] == "/invitations/s/"
    assert "_auth_user_id" not in other.session
    invited.force_login(VerifiedEmailFactory(email=invitation.email).user)
    assert "Accept the invitation" in invited.get("/invitations/s/").content.decode()
    assert invited.post("/invitations/s/").status_code == 302
    assert invitation.organization.memberships.get().role == Role.EDITOR
    assert invited.post("/invitations/s/").status_code == client.get("/invitations/nonsense/").status_code == 404


@pytest.mark.parametrize(("answer", "members"), [({}, 1), ({"decline": "1"}, 0)])
def test_an_invitation_is_answered_in_the_account(client: Client, answer: dict[str, str], members: int) -> None:
    invitation = InvitationFactory()
    client.force_login(VerifiedEmailFactory(email=invitation.email).user)
    assert invitation.organization.name in client.get("/account/").content.decode()
    path = f"/account/invitations/{invitation.public_id}/"
    assert client.post(path, answer).status_code == 302
    assert client.post(path, answer).status_code == 404
    assert invitation.organization.memberships.count() == members
    assert not Invitation.objects.unanswered().exists()


def test_a_token_is_shown_once_and_revoked(client: Client, owner: Membership) -> None:
    made = client.post(
        _path(owner, "settings/tokens/"), {"name": "Trainer", "scopes": ["read", "buy"], "expires_in_days": "30"}
    )
    found = re.search(r"lh_\w{40}", made.content.decode())
    assert found
    program = Client(headers={"Authorization": f"Bearer {found[0]}"})
    assert program.get("/api/v1/me/").status_code == 200
    assert found[0] not in client.get(_path(owner, "settings/tokens/")).content.decode()
    token = ApiToken.objects.get()
    assert token.token_hash not in made.content.decode()
    assert client.post(_path(owner, f"settings/tokens/{token.public_id}/revoke/")).status_code == 302
    assert program.get("/api/v1/me/").status_code == 401
    assert "2 things need" in client.post(_path(owner, "settings/tokens/"), {"expires_in_days": "0"}).content.decode()


def test_a_member_sees_their_own_tokens_and_an_owner_all(client: Client, owner: Membership) -> None:
    other, seat = _signed_in(Role.VIEWER, owner.organization)
    mine, theirs = token_for(seat)[0], token_for(owner)[0]
    page = other.get(_path(seat, "settings/tokens/")).content.decode()
    assert mine.prefix in page
    assert theirs.prefix not in page
    assert other.post(_path(seat, f"settings/tokens/{theirs.public_id}/revoke/")).status_code == 404
    assert mine.prefix in client.get(_path(owner, "settings/tokens/")).content.decode()


def test_the_trail_reads_as_sentences_and_is_narrowed(client: Client, owner: Membership) -> None:
    client.post(_path(owner, "team/"), {"email": "ada@example.test", "role": Role.EDITOR})
    client.post(_path(owner, "settings/"), {"name": "New", "about": ""})
    page = client.get(_path(owner, "settings/activity/")).content.decode()
    assert "invited ada@example.test as editor" in page
    assert "changed the settings" in page.split("<tbody>")[1]
    for query, shown in (
        ("?verb=team.invited", True),
        ("?verb=organization.changed", False),
        (f"?person={owner.user.public_id}", True),
        ("?person=nobody&verb=nothing", True),
    ):
        rows = client.get(_path(owner, f"settings/activity/{query}")).content.decode().split("<tbody>")[1]
        assert ("invited ada@example.test" in rows) is shown


def test_a_suspended_organisation_tells_its_members_why(client: Client, owner: Membership) -> None:
    Organization.objects.update(suspended_at="2026-01-01T00:00Z", suspended_reason="Stolen pictures")
    answer = client.get(_path(owner, "team/"))
    assert answer.status_code == 403
    assert "Stolen pictures" in answer.content.decode()
    assert "Stolen pictures" in client.get("/account/").content.decode()
    stranger = Client()
    stranger.force_login(UserFactory())
    assert stranger.get(_path(owner, "team/")).status_code == 404


@pytest.mark.parametrize("rest", ["team/", "settings/tokens/", "settings/activity/", "settings/", ""])
def test_pages_ask_the_database_as_often_for_many_rows_as_for_few(
    client: Client, owner: Membership, rest: str, django_assert_max_num_queries: Any
) -> None:
    def fill(count: int) -> None:
        for seat in MembershipFactory.create_batch(count, organization=owner.organization, role=Role.VIEWER):
            token_for(seat)
            InvitationFactory(organization=owner.organization, invited_by=seat.user)
            audit.record(actor=seat.user, organization=owner.organization, verb="team.left", subject=seat.user)

    fill(2)
    client.get(_path(owner, rest))
    with CaptureQueriesContext(connection) as few:
        client.get(_path(owner, rest))
    fill(10)
    with django_assert_max_num_queries(len(few)):
        assert client.get(_path(owner, rest)).status_code == 200
