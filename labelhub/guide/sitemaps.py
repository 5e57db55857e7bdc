from collections.abc import Sequence

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from labelhub.guide.pages import ORDER


class GuideSitemap(Sitemap[str]):
    def items(self) -> Sequence[str]:
        return ("", *ORDER)

    def location(self, item: str) -> str:
        return reverse("guide:page", args=[item]) if item else reverse("guide:contents")
