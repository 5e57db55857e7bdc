"""Signing up and in as a person does it, through allauth's pages."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal.flows.login import complete_login
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.github.provider import GitHubProvider
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.test import Client, RequestFactory
from django.urls import get_resolver
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Role
from accounts.services import people
from accounts.tests.factories import PASSWORD, InvitationFactory, UserFactory, VerifiedEmailFactory
from core import audit

pytestmark = pytest.mark.django_db

Mails = Callable[[Callable[[], Any]], list[EmailMessage]]

NEW = {"email": "ada@example.test", "password1": PASSWORD}


def _link(message: EmailMessage) -> str:
    found = re.search(rf"{settings.SITE_URL}?(/accounts/\S+)|http://testserver(/\S+)", str(message.body))
    assert found
    return found[1] or found[2]


def _sign_in(client: Client, user: User, password: str = PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": user.email, "password": password})


def test_a1_sign_up_verify_and_arrive_in_a_personal_workspace(client: Client, mails: Mails) -> None:
    (letter,) = mails(lambda: client.post("/accounts/signup/", NEW))
    assert letter.subject == "Confirm your address for Label Hub"
    assert isinstance(letter, EmailMultiAlternatives)
    assert letter.alternatives == []
    user = User.objects.get()
    assert user.memberships.get().organization.is_personal
    assert "_auth_user_id" not in client.session
    assert client.post(_link(letter)).headers["Location"] == "/home/"
    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.get("/home/").headers["Location"].startswith("/o/")


def test_an_unverified_person_cannot_sign_in(client: Client, mails: Mails) -> None:
    mails(lambda: client.post("/accounts/signup/", NEW))
    other = Client()
    other.post("/accounts/login/", {"login": NEW["email"], "password": PASSWORD})
    assert "_auth_user_id" not in other.session


def test_signing_up_twice_tells_nobody_but_the_owner_of_the_address(client: Client, mails: Mails) -> None:
    fresh = client.post("/accounts/signup/", NEW)
    VerifiedEmailFactory(email="taken@example.test", user__email="taken@example.test")
    answers: list[Any] = []
    (letter,) = mails(
        lambda: answers.append(Client().post("/accounts/signup/", {**NEW, "email": "taken@example.test"}))
    )
    assert (answers[0].status_code, answers[0].headers["Location"]) == (fresh.status_code, fresh.headers["Location"])
    assert letter.subject == "You have an account on Label Hub"
    assert User.objects.count() == 2


def test_a_wrong_password_and_an_unknown_address_read_the_same(client: Client) -> None:
    user = VerifiedEmailFactory().user
    pages = [
        re.sub(r"value=\"[^\"]*\"", "", _sign_in(client, found, "wrong password").content.decode())
        for found in (user, UserFactory.build(email="nobody@example.test"))
    ]
    errors = [re.findall(r"<li>.*?</li>", page)[:1] for page in pages]
    assert errors[0] == errors[1] != []


def test_a_password_is_set_anew_by_mail(client: Client, mails: Mails) -> None:
    user = VerifiedEmailFactory().user
    (letter,) = mails(lambda: client.post("/accounts/password/reset/", {"email": user.email}))
    form = client.get(_link(letter), follow=True)
    path = form.redirect_chain[-1][0]
    (notice,) = mails(lambda: client.post(path, {"password1": "an even better one", "password2": "an even better one"}))
    assert notice.subject == "Your password was set anew"
    assert client.post(_link(letter), {"password1": PASSWORD}).status_code in {200, 302}
    user.refresh_from_db()
    assert user.check_password("an even better one")


def test_asking_for_a_password_tells_nothing_of_who_has_an_account(client: Client, mails: Mails) -> None:
    known = VerifiedEmailFactory().user
    answers = [client.post("/accounts/password/reset/", {"email": e}) for e in (known.email, "nobody@example.test")]
    assert len({(answer.status_code, answer.headers["Location"]) for answer in answers}) == 1


def test_a14_each_sign_in_is_logged_with_address_and_browser(client: Client) -> None:
    user = VerifiedEmailFactory().user
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}, headers={"User-Agent": "Lynx 2"})
    (entry,) = audit.trail_about(subject=user).filter(verb="user.signed_in")
    assert entry.data == {"ip": "127.0.0.1", "user_agent": "Lynx 2"}
    assert "Lynx 2" in client.get("/account/").content.decode()


def test_other_sessions_are_ended(client: Client) -> None:
    user = VerifiedEmailFactory().user
    other = Client()
    for browser in (client, other):
        _sign_in(browser, user)
    assert UserSession.objects.count() == 2
    client.post("/accounts/sessions/")
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302


def test_activity_is_noted_once_a_minute(client: Client) -> None:
    _sign_in(client, VerifiedEmailFactory().user)
    client.get("/account/")
    before = UserSession.objects.get().last_seen_at
    client.get("/account/")
    assert UserSession.objects.get().last_seen_at == before
    cache.clear()
    client.get("/account/")
    assert UserSession.objects.get().last_seen_at > before


def test_sessions_past_their_end_are_forgotten(client: Client) -> None:
    _sign_in(client, VerifiedEmailFactory().user)
    assert people.forget_ended_sessions() == 0
    long_ago = timezone.now() - timedelta(days=30)
    UserSession.objects.update(last_seen_at=long_ago)
    Session.objects.update(expire_date=long_ago)
    assert people.forget_ended_sessions() == 1
    assert not Session.objects.exists()


def test_a_suspended_person_reads_the_reason_only_with_the_right_password(client: Client, mails: Mails) -> None:
    user = VerifiedEmailFactory().user
    (letter,) = mails(lambda: people.suspend_user(actor=UserFactory(), user=user, reason="Stolen pictures"))
    assert "Stolen pictures" in str(letter.body)
    assert "Stolen pictures" in _sign_in(client, user).content.decode()
    assert "Stolen pictures" not in _sign_in(client, user, "wrong password").content.decode()
    assert "_auth_user_id" not in client.session


def test_whoever_came_by_command_gets_a_workspace_at_sign_in(client: Client) -> None:
    root = User.objects.create_superuser("root@example.test", PASSWORD)
    EmailAddress.objects.create(user=root, email=root.email, verified=True, primary=True)
    for _twice in range(2):
        _sign_in(client, root)
    assert root.memberships.get().role == Role.OWNER


def test_an_invitation_is_the_proof_of_the_address(client: Client) -> None:
    invitation = InvitationFactory(secret="s")
    client.get("/invitations/s/")
    assert invitation.email in client.get("/accounts/signup/?next=/invitations/s/").content.decode()
    sent = {"email": invitation.email, "password1": PASSWORD, "next": "/invitations/s/"}
    assert client.post("/accounts/signup/", sent).headers["Location"] == "/invitations/s/"
    assert client.post("/invitations/s/").status_code == 302
    assert invitation.organization.memberships.get().user.email == invitation.email


@pytest.fixture
def _github(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub as it is with keys in the environment.

    The addresses come first: made with the provider there, they would keep its own for the tests after this one.
    """
    assert get_resolver().url_patterns
    settings.SOCIALACCOUNT_PROVIDERS = {"github": {"APPS": [{"client_id": "id", "secret": "s"}]}}
    monkeypatch.setitem(registry.provider_map, "github", GitHubProvider)


def _from_github(email: str, *, verified: bool) -> str:
    """Come back from GitHub with one address; returns the primary key of who is signed in, or ""."""
    request = RequestFactory().get("/")
    request.user, request.session = AnonymousUser(), SessionStore()
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]  # as the middleware does
    with request_context(request):
        told = {"id": 7, "name": "Ada Byron", "emails": [{"email": email, "primary": True, "verified": verified}]}
        came = get_adapter(request).get_provider(request, "github").sociallogin_from_response(request, told)
        complete_login(request, came)
    return str(request.session.get("_auth_user_id", ""))


@pytest.mark.usefixtures("_github")
def test_a2_a_newcomer_from_a_provider_has_a_workspace() -> None:
    assert _from_github("ada@example.test", verified=True)
    user = User.objects.get()
    assert (user.name, user.memberships.get().organization.name) == ("Ada Byron", "Ada Byron")
    assert _from_github("ada@example.test", verified=True) == str(user.pk)
    assert User.objects.count() == 1


@pytest.mark.usefixtures("_github")
def test_x2_an_address_the_provider_has_not_proved_opens_nobodys_account() -> None:
    owner = VerifiedEmailFactory().user
    assert _from_github(owner.email, verified=False) == ""
    assert not SocialAccount.objects.exists()
    assert _from_github(owner.email, verified=True) == str(owner.pk)


def test_a2_no_provider_is_offered_without_its_keys(client: Client) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert "google" not in page.lower()
    assert "github" not in page.lower()
    assert client.get("/accounts/github/login/").status_code == 404
