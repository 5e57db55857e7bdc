from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from accounts.models import Organization
from licensing.models import License, LicenseQuerySet
from marketplace.models import Offer, OfferQuerySet


class DatasetSitemap(Sitemap[Offer]):
    limit = 2_000

    def items(self) -> OfferQuerySet:
        return Offer.objects.on_market().datasets().order_by("pk")

    def lastmod(self, item: Offer) -> datetime:
        return item.listed_at


class ProducerSitemap(Sitemap[Organization]):
    limit = 2_000

    def items(self) -> list[Organization]:
        sellers = Offer.objects.on_market().datasets().values("organization")
        return list(Organization.objects.active().filter(pk__in=sellers).order_by("pk"))

    def location(self, item: Organization) -> str:
        return reverse("marketplace:producer", args=[item.pseudonym_slug])


class LicenseSitemap(Sitemap[License]):
    def items(self) -> LicenseQuerySet:
        return License.objects.catalogue()


class PageSitemap(Sitemap[str]):
    def items(self) -> list[str]:
        return ["marketplace:landing", "marketplace:search", "licensing:licenses"]

    def location(self, item: str) -> str:
        return reverse(item)


SITEMAPS = {
    "pages": PageSitemap,
    "datasets": DatasetSitemap,
    "producers": ProducerSitemap,
    "licenses": LicenseSitemap,
}
