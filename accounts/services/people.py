"""People: their personal organisation, their profile, and their suspension."""

from collections.abc import Iterable
from datetime import timedelta
from importlib import import_module
from random import Random, SystemRandom
from typing import TypedDict, Unpack

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership, Organization, User
from accounts.permissions import Role
from accounts.rules import pseudonyms
from core import audit, mail
from core.errors import Conflict, Forbidden

DRAWS = 20


class Profile(TypedDict, total=False):
    first_name: str
    last_name: str
    title: str
    about: str


audit.phrases(
    {
        "user.joined": gettext_lazy("joined"),
        "user.signed_in": gettext_lazy("signed in from {ip}"),
        "user.profile_changed": gettext_lazy("changed their profile"),
        "user.suspended": gettext_lazy("suspended {email}: {reason}"),
        "user.reinstated": gettext_lazy("reinstated {email}"),
        "user.rights_changed": gettext_lazy("changed the site rights of {email}"),
    }
)


def create_user(
    *, email: str, password: str | None, first_name: str = "", last_name: str = "", is_staff: bool = False
) -> User:
    """A person whose address needs no proof: for commands and demo content. People sign up by allauth."""
    with transaction.atomic():
        user = User.objects.create_user(email, password, first_name=first_name, last_name=last_name, is_staff=is_staff)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        create_personal_organization(user=user)
    return user


def create_personal_organization(*, user: User) -> Organization:
    """Everyone has exactly one; asked again, the same one is returned."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        seat = user.memberships.owners().personal().select_related("organization").first()
        if seat is not None:
            return seat.organization
        organization = save_with_pseudonym(Organization(name=user.name[:80], is_personal=True))
        Membership.objects.create(organization=organization, user=user, role=Role.OWNER)
        audit.record(actor=user, organization=organization, verb="user.joined", subject=user)
    return organization


def save_with_pseudonym(organization: Organization, random: Random | None = None) -> Organization:
    """Draw names until one is free. Without a slug of its own the organisation takes the pseudonym's."""
    slug, random = organization.slug, random or SystemRandom()
    for _attempt in range(DRAWS):
        organization.pseudonym = pseudonyms.draw(random)
        organization.pseudonym_slug = slugify(organization.pseudonym)
        organization.slug = slug or organization.pseudonym_slug
        try:
            with transaction.atomic():
                organization.save(force_insert=True)
            return organization
        except IntegrityError:
            if slug:
                slug = f"{slug[:44].rstrip('-')}-{random.randrange(1000, 10_000)}"
    raise Conflict(_("No free name was found. Try again."), code="no_free_name")


def update_profile(*, user: User, **given: Unpack[Profile]) -> User:
    """Change what is given and leave the rest."""
    changed = [name for name, value in given.items() if getattr(user, name) != value]
    if not changed:
        return user
    with transaction.atomic():
        for name in changed:
            setattr(user, name, given[name])  # type: ignore[literal-required]  # keys of the same mapping
        user.save(update_fields=changed)
        audit.record(actor=user, verb="user.profile_changed", subject=user, data={"fields": changed})
    return user


def note_sign_in(*, user: User, ip: str, user_agent: str) -> None:
    audit.record(actor=user, verb="user.signed_in", subject=user, data={"ip": ip, "user_agent": user_agent[:200]})


def suspend_user(*, actor: User, user: User, reason: str) -> None:
    """At once: sessions end, tokens are refused, invitations they sent are void."""
    if user.pk == actor.pk:
        raise Conflict(_("You cannot suspend yourself."), code="own_account")
    if user.is_superuser and not actor.is_superuser:
        raise Forbidden(_("Only a superuser can suspend a superuser."))
    with transaction.atomic():
        moved = User.objects.filter(pk=user.pk, suspended_at=None).update(
            is_active=False, suspended_at=timezone.now(), suspended_reason=reason
        )
        if moved != 1:
            raise Conflict(_("This person is suspended already."), code="already_suspended")
        end_sessions(user=user)
        mail.send(template="suspended", to=user.email, context={"reason": reason})
        audit.record(actor=actor, verb="user.suspended", subject=user, data={"email": user.email, "reason": reason})


def reinstate_user(*, actor: User, user: User) -> None:
    with transaction.atomic():
        moved = User.objects.filter(pk=user.pk, suspended_at__isnull=False).update(
            is_active=True, suspended_at=None, suspended_reason=""
        )
        if moved != 1:
            raise Conflict(_("This person is not suspended."), code="not_suspended")
        mail.send(template="reinstated", to=user.email, context={})
        audit.record(actor=actor, verb="user.reinstated", subject=user, data={"email": user.email})


def change_rights(*, actor: User, user: User, is_staff: bool, is_superuser: bool, groups: Iterable[Group]) -> None:
    """Who may use the administration. Only superusers decide that, and not about themselves."""
    if not actor.is_superuser:
        raise Forbidden(_("Only a superuser can change these rights."))
    if actor.pk == user.pk:
        raise Conflict(_("Your own rights are for another superuser to change."), code="own_account")
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_staff=is_staff, is_superuser=is_superuser)
        user.groups.set(groups)
        names = [group.name for group in user.groups.all()]
        data = {"email": user.email, "is_staff": is_staff, "is_superuser": is_superuser, "groups": names}
        audit.record(actor=actor, verb="user.rights_changed", subject=user, data=data)


def forget_ended_sessions() -> int:
    """Sessions past their end, with the list of devices that shows them; returns how many devices."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    long_ago = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return int(UserSession.objects.filter(last_seen_at__lt=long_ago).delete()[0])


def end_sessions(*, user: User) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()
