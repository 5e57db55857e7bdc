import factory

from accounts.tests.factories import OrganizationFactory
from datasets.models import Manifest
from licensing import catalogue
from licensing.models import Grant, License


def offered(code: str = "research") -> License:
    """A licence of the catalogue; tests that empty the database lose what the migration brought."""
    if not License.objects.filter(code=code).exists():
        catalogue.sync(License.objects)
    return License.objects.offered().get(code=code)


class ManifestFactory(factory.django.DjangoModelFactory[Manifest]):
    class Meta:
        model = Manifest

    sha256 = factory.Sequence(lambda n: f"{n:032x}{'f' * 32}")
    item_count = 0
    annotation_count = 0
    byte_size = 0


class GrantFactory(factory.django.DjangoModelFactory[Grant]):
    class Meta:
        model = Grant

    organization = factory.SubFactory(OrganizationFactory)
    licensor = factory.SubFactory(OrganizationFactory)
    license = factory.LazyFunction(offered)
    manifest = factory.SubFactory(ManifestFactory)
    source = factory.Sequence(lambda n: f"test:{n}")
    title = "Grant"
    terms = factory.LazyAttribute(lambda grant: grant.license.terms)
    text_sha256 = factory.LazyAttribute(lambda grant: grant.license.text_sha256)
    price_minor = 1000
    currency = "EUR"
