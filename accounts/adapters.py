"""Where allauth's flows meet ours: mail by the worker, a personal organisation for everyone, a log of sign-ins."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from accounts.services.people import create_personal_organization, note_sign_in
from core import mail


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:
        with transaction.atomic():
            saved: User = super().save_user(request, user, form, commit)
            if commit:
                create_personal_organization(user=saved)
        return saved

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        values = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "request": current.request}
        message = self.render_mail(template_prefix, email, {**values, "email": email, **context})
        mail.post(subject=message.subject, body=message.body, to=email)

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        """Whoever came by a command, such as a superuser, gets a personal organisation here."""
        create_personal_organization(user=user)
        note_sign_in(user=user, ip=self.get_client_ip(request), user_agent=self.get_http_user_agent(request))
        response: HttpResponse = super().post_login(request, user, **how)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Reached only with the right password or provider account, so the reason is shown to its owner alone."""
        return render(request, "account/account_inactive.html", {"suspended": user}, status=403)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Form | None = None) -> User:
        with transaction.atomic():
            user: User = super().save_user(request, sociallogin, form)
            create_personal_organization(user=user)
        return user
