import re
from random import Random

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Organization, User
from accounts.rules import pseudonyms
from accounts.services import people
from accounts.tests.factories import PASSWORD, MembershipFactory, UserFactory, token_for
from core import audit
from core.errors import Conflict, Forbidden

pytestmark = pytest.mark.django_db


def test_everyone_has_one_personal_organisation_under_a_pseudonym() -> None:
    user = UserFactory(first_name="Ada", last_name="Byron")
    first = people.create_personal_organization(user=user)
    assert people.create_personal_organization(user=user) == first
    assert (first.name, first.is_personal) == ("Ada Byron", True)
    assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+ \d{4}", first.pseudonym)
    assert first.slug == first.pseudonym_slug
    assert "ada" not in first.pseudonym_slug


def test_a_taken_pseudonym_is_drawn_again() -> None:
    first, second = (people.save_with_pseudonym(Organization(name="x"), Random(1)) for _twice in range(2))
    assert first.pseudonym == pseudonyms.draw(Random(1))
    assert second.pseudonym != first.pseudonym


def test_a_person_made_by_command_can_act_at_once() -> None:
    user = people.create_user(email="Ada@Example.test", password=PASSWORD)
    assert user.email == "ada@example.test"
    assert user.memberships.get().organization.is_personal
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ADA@example.TEST")


def test_a_profile_changes_where_given_and_says_so_once() -> None:
    user = UserFactory(title="Dr")
    for _twice in range(2):
        people.update_profile(user=user, first_name="Ada")
    user.refresh_from_db()
    assert (user.first_name, user.title) == ("Ada", "Dr")
    assert [entry.verb for entry in audit.trail_about(subject=user)] == ["user.profile_changed"]


def test_suspension_ends_sessions_and_tokens_at_once(client: Client) -> None:
    staff, seat = UserFactory(is_staff=True), MembershipFactory()
    _token, secret = token_for(seat)
    client.force_login(seat.user)
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    assert client.get("/api/v1/me/").status_code == program.get("/api/v1/me/").status_code == 200

    people.suspend_user(actor=staff, user=seat.user, reason="Uploaded what is not theirs")
    assert client.get("/api/v1/me/").status_code == program.get("/api/v1/me/").status_code == 401
    assert "sessionid" not in client.cookies or not client.session.get("_auth_user_id")

    people.reinstate_user(actor=staff, user=seat.user)
    assert program.get("/api/v1/me/").status_code == 200
    assert client.get("/api/v1/me/").status_code == 401


def test_suspending_twice_oneself_or_above_oneself_is_refused() -> None:
    staff, user, root = UserFactory(is_staff=True), UserFactory(), UserFactory(is_superuser=True)
    people.suspend_user(actor=staff, user=user, reason="spam")
    with pytest.raises(Conflict):
        people.suspend_user(actor=staff, user=user, reason="spam")
    with pytest.raises(Conflict):
        people.suspend_user(actor=staff, user=staff, reason="spam")
    with pytest.raises(Forbidden):
        people.suspend_user(actor=staff, user=root, reason="spam")
    people.reinstate_user(actor=staff, user=user)
    with pytest.raises(Conflict):
        people.reinstate_user(actor=staff, user=user)
    sentences = [audit.sentence(entry) for entry in audit.trail_about(subject=user)]
    assert sentences == [f"reinstated {user.email}", f"suspended {user.email}: spam"]
