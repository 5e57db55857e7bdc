from datetime import timedelta

import factory
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import ApiToken, Invitation, Membership, Organization, User
from accounts.permissions import Role, Scope
from accounts.rules.secrets import SHOWN, hash_of, new_token

PASSWORD = "correct horse battery"


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.test")
    password = factory.LazyFunction(lambda: make_password(PASSWORD))
    date_joined = factory.LazyFunction(timezone.now)


class VerifiedEmailFactory(factory.django.DjangoModelFactory[EmailAddress]):
    class Meta:
        model = EmailAddress

    user = factory.SubFactory(UserFactory)
    email = factory.SelfAttribute("user.email")
    verified = True
    primary = True


class OrganizationFactory(factory.django.DjangoModelFactory[Organization]):
    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"Organisation {n}")
    slug = factory.Sequence(lambda n: f"organisation-{n}")
    pseudonym = factory.Sequence(lambda n: f"Quiet Heron {n}")
    pseudonym_slug = factory.Sequence(lambda n: f"quiet-heron-{n}")


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.OWNER


class InvitationFactory(factory.django.DjangoModelFactory[Invitation]):
    """Its link's secret is `secret`, which is not kept."""

    class Meta:
        model = Invitation

    class Params:
        secret = factory.Sequence(lambda n: f"invitation-secret-{n}")

    organization = factory.SubFactory(OrganizationFactory)
    email = factory.Sequence(lambda n: f"invited{n}@example.test")
    role = Role.EDITOR
    token_hash = factory.LazyAttribute(lambda made: hash_of(made.secret))
    invited_by = factory.SubFactory(UserFactory)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))


def token_for(membership: Membership, *scopes: Scope) -> tuple[ApiToken, str]:
    """A token of the member and its secret; without scopes it may read."""
    secret = new_token()
    token = ApiToken.objects.create(
        organization=membership.organization,
        user=membership.user,
        name="test",
        prefix=secret[:SHOWN],
        token_hash=hash_of(secret),
        scopes=list(scopes or [Scope.READ]),
    )
    return token, secret
