import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Membership, Organization, User
from accounts.permissions import Role

PASSWORD = "correct horse battery"


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.test")
    password = factory.LazyFunction(lambda: make_password(PASSWORD))
    date_joined = factory.LazyFunction(timezone.now)


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
