import re
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.utils import timezone

from accounts.models import Invitation, Membership
from accounts.permissions import Role
from accounts.services import organizations, people, team
from accounts.tests.factories import (
    InvitationFactory,
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
    VerifiedEmailFactory,
    token_for,
)
from core import audit
from core.errors import Conflict, DomainError, Forbidden, NotFound, TooMany

pytestmark = pytest.mark.django_db

Mails = Callable[[Callable[[], Any]], list[EmailMessage]]


@pytest.fixture
def owner() -> Membership:
    return MembershipFactory()


def _colleague(seat: Membership, role: Role) -> Membership:
    return MembershipFactory(organization=seat.organization, role=role)


def _secret(message: EmailMessage) -> str:
    found = re.search(r"/invitations/(\w{40})/", str(message.body))
    assert found
    return found[1]


def test_an_invitation_is_mailed_and_accepted_once(owner: Membership, mails: Mails) -> None:
    newcomer = VerifiedEmailFactory(email="ada@example.test").user
    (letter,) = mails(lambda: team.invite(membership=owner, email="Ada@example.test", role=Role.FINANCE))
    assert letter.to == ["ada@example.test"]
    assert owner.organization.name in letter.subject
    invitation = team.open_invitation(_secret(letter))
    assert team.accept_invitation(user=newcomer, invitation=invitation).role == Role.FINANCE
    with pytest.raises(Conflict):
        team.accept_invitation(user=newcomer, invitation=invitation)
    with pytest.raises(NotFound):
        team.open_invitation(_secret(letter))


def test_only_whoever_owns_the_address_may_answer(owner: Membership) -> None:
    invitation = InvitationFactory(organization=owner.organization, invited_by=owner.user)
    unproved = VerifiedEmailFactory(email=invitation.email, verified=False).user
    for stranger in (UserFactory(), unproved):
        with pytest.raises(Forbidden):
            team.accept_invitation(user=stranger, invitation=invitation)
        with pytest.raises(Forbidden):
            team.decline_invitation(user=stranger, invitation=invitation)


@pytest.mark.parametrize(
    "end",
    [
        lambda made: Invitation.objects.filter(pk=made.pk).update(expires_at=timezone.now() - timedelta(seconds=1)),
        lambda made: team.revoke_invitation(membership=made.organization.memberships.get(), invitation=made),
        lambda made: people.suspend_user(actor=UserFactory(), user=made.invited_by, reason="spam"),
        lambda made: organizations.suspend_organization(
            actor=UserFactory(), organization=made.organization, reason="spam"
        ),
    ],
    ids=["expired", "revoked", "inviter suspended", "organisation suspended"],
)
def test_a_void_invitation_opens_nothing(owner: Membership, end: Callable[[Invitation], Any]) -> None:
    invitation = InvitationFactory(organization=owner.organization, invited_by=owner.user, secret="s")
    invited = VerifiedEmailFactory(email=invitation.email).user
    end(invitation)
    with pytest.raises(NotFound):
        team.open_invitation("s")
    with pytest.raises(Conflict):
        team.accept_invitation(user=invited, invitation=invitation)
    assert not team.invitations_for(invited).exists()


def test_one_address_has_one_open_invitation_and_an_expired_one_is_replaced(owner: Membership) -> None:
    first = team.invite(membership=owner, email="ada@example.test", role=Role.VIEWER)
    with pytest.raises(Conflict, match="open invitation"):
        team.invite(membership=owner, email="ADA@example.test", role=Role.VIEWER)
    Invitation.objects.filter(pk=first.pk).update(expires_at=timezone.now())
    assert team.invite(membership=owner, email="ada@example.test", role=Role.VIEWER) != first


def test_sending_again_ends_the_former_link(owner: Membership, mails: Mails) -> None:
    invitation = InvitationFactory(
        organization=owner.organization, invited_by=owner.user, secret="former", expires_at=timezone.now()
    )
    (letter,) = mails(lambda: team.resend_invitation(membership=owner, invitation=invitation))
    assert team.open_invitation(_secret(letter)) == invitation
    with pytest.raises(NotFound):
        team.open_invitation("former")
    team.revoke_invitation(membership=owner, invitation=invitation)
    team.revoke_invitation(membership=owner, invitation=invitation)
    with pytest.raises(Conflict):
        team.resend_invitation(membership=owner, invitation=invitation)
    verbs = [entry.verb for entry in audit.trail_about(subject=invitation)]
    assert verbs == ["team.invitation_revoked", "team.invitation_resent"]


def test_members_and_personal_workspaces_are_not_invited_to(owner: Membership) -> None:
    with pytest.raises(Conflict, match="member already"):
        team.invite(membership=owner, email=owner.user.email.upper(), role=Role.VIEWER)
    personal = MembershipFactory(organization=OrganizationFactory(is_personal=True))
    with pytest.raises(Conflict, match="personal workspace"):
        team.invite(membership=personal, email="ada@example.test", role=Role.VIEWER)
    with pytest.raises(Conflict, match="personal workspace"):
        team.leave(membership=personal)


def test_mails_are_limited_by_the_hour(owner: Membership) -> None:
    invitation = team.invite(membership=owner, email="a@example.test", role=Role.VIEWER)
    for _mail in range(team.MAILS_PER_HOUR - 1):
        team.resend_invitation(membership=owner, invitation=invitation)
    with pytest.raises(TooMany):
        team.invite(membership=owner, email="b@example.test", role=Role.VIEWER)


def test_nobody_gives_or_takes_more_than_they_have(owner: Membership) -> None:
    admin, editor = _colleague(owner, Role.ADMIN), _colleague(owner, Role.EDITOR)
    team.change_role(membership=admin, target=editor, role=Role.ADMIN)
    for refused in (
        lambda: team.invite(membership=admin, email="x@example.test", role=Role.OWNER),
        lambda: team.change_role(membership=admin, target=admin, role=Role.OWNER),
        lambda: team.change_role(membership=admin, target=owner, role=Role.VIEWER),
        lambda: team.remove_member(membership=admin, target=owner),
    ):
        with pytest.raises(Forbidden):
            refused()


def test_the_last_owner_stays_until_there_is_another(owner: Membership) -> None:
    for refused in (
        lambda: team.leave(membership=owner),
        lambda: team.remove_member(membership=owner, target=owner),
        lambda: team.change_role(membership=owner, target=owner, role=Role.ADMIN),
    ):
        with pytest.raises(Conflict, match="needs an owner"):
            refused()
    _colleague(owner, Role.OWNER)
    team.leave(membership=owner)
    assert not owner.user.memberships.exists()


def test_tokens_and_sent_invitations_go_with_the_seat(owner: Membership) -> None:
    admin = _colleague(owner, Role.ADMIN)
    token, _secret = token_for(admin)
    invitation = InvitationFactory(organization=owner.organization, invited_by=admin.user)
    team.remove_member(membership=owner, target=admin)
    token.refresh_from_db()
    invitation.refresh_from_db()
    assert token.revoked_at
    assert invitation.revoked_at


def test_a_seat_changed_meanwhile_is_left_alone(owner: Membership) -> None:
    seen = _colleague(owner, Role.EDITOR)
    Membership.objects.filter(pk=seen.pk).update(role=Role.VIEWER)
    with pytest.raises(Conflict):
        team.change_role(membership=owner, target=seen, role=Role.ADMIN)
    with pytest.raises(Conflict):
        team.remove_member(membership=owner, target=seen)


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_leaving_at_once_one_stays() -> None:
    first = MembershipFactory()
    second = _colleague(first, Role.OWNER)
    start, outcomes = Barrier(2), []

    def go(seat: Membership) -> None:
        start.wait(10)
        try:
            team.leave(membership=seat)
            outcomes.append("left")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=go, args=[seat]) for seat in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["last_owner", "left"]
