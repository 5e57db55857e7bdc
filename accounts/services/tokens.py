"""API tokens: shown once, kept as a hash."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TypedDict

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ApiToken, Membership, User
from accounts.permissions import Scope
from accounts.rules.secrets import SHOWN, hash_of, new_token
from core import audit, limits
from core.errors import Conflict, Forbidden, Invalid

MADE_PER_HOUR = 20
MOST_KEPT = 50
LONGEST_LIFE = timedelta(days=366)


class NewToken(TypedDict):
    name: str
    scopes: Collection[str]
    expires_in: timedelta | None


audit.phrases(
    {
        "token.created": gettext_lazy("created the token «{name}» ({scopes})"),
        "token.revoked": gettext_lazy("revoked the token «{name}»"),
    }
)


def create_token(
    *,
    membership: Membership,
    name: str,
    scopes: Collection[str],
    expires_in: timedelta | None,
    by: ApiToken | None = None,
) -> tuple[ApiToken, str]:
    """The token's record and its secret, which is kept nowhere. `by` is the token that asks, if a program does."""
    if expires_in is not None and not timedelta(0) < expires_in <= LONGEST_LIFE:
        raise Invalid(_("A token lives at most a year."), field="expires_in_days")
    expires_at = timezone.now() + expires_in if expires_in else None
    if by is not None:
        _within(by, scopes, expires_at)
    limits.consume("token.create", membership.user_id, limit=MADE_PER_HOUR, seconds=3600)
    if membership.organization.api_tokens.usable().filter(user=membership.user).count() >= MOST_KEPT:
        raise Conflict(_("You have 50 tokens here. Revoke one that is not used any more."), code="too_many_tokens")
    secret = new_token()
    with transaction.atomic():
        token = ApiToken.objects.create(
            organization=membership.organization,
            user=membership.user,
            name=name,
            prefix=secret[:SHOWN],
            token_hash=hash_of(secret),
            scopes=sorted(set(scopes)),
            expires_at=expires_at,
        )
        _audit(membership.user, "token.created", token)
    return token, secret


def revoke_token(*, actor: User, token: ApiToken, by: ApiToken | None = None) -> None:
    """Twice is fine; the first time counts. A program may always end its own token."""
    if by is not None and by.pk != token.pk and Scope.MANAGE not in by.scopes:
        raise Forbidden(_("This token cannot revoke others."), code="token_scope")
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            _audit(actor, "token.revoked", token)


def _within(parent: ApiToken, scopes: Collection[str], expires_at: datetime | None) -> None:
    """A program may only pass on what it has, and never beyond its own end."""
    if Scope.MANAGE not in parent.scopes or not set(scopes) <= set(parent.scopes):
        raise Forbidden(_("This token cannot create a token with these scopes."), code="token_scope")
    if parent.expires_at and (expires_at is None or expires_at > parent.expires_at):
        message = _("The new token has to expire before the one that creates it.")
        raise Invalid(message, field="expires_in_days")


def _audit(actor: User, verb: str, token: ApiToken) -> None:
    audit.record(
        actor=actor,
        organization=token.organization,
        verb=verb,
        subject=token,
        data={"name": token.name, "scopes": ", ".join(token.scopes)},
    )
