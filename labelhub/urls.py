from django.contrib import admin
from django.contrib.sitemaps.views import index as sitemap_index
from django.contrib.sitemaps.views import sitemap as sitemap_part
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from labelhub import openapi
from labelhub.guide.sitemaps import GuideSitemap
from labelhub.health import views as health
from marketplace.sitemaps import SITEMAPS as MARKET_SITEMAPS

SITEMAPS = {**MARKET_SITEMAPS, "guide": GuideSitemap}

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics_page, name="metrics"),
    path("", include("core.urls")),
    path("", include("labelhub.overview.urls")),
    path("", include("labelhub.guide.urls")),
    path("", include("accounts.urls")),
    path("", include("payments.urls")),
    path("", include("payments.payout_urls")),
    path("", include("payments.budget_urls")),
    path("", include("datasets.urls")),
    path("", include("licensing.urls")),
    path("", include("marketplace.urls")),
    path("", include("marketplace.buying.urls")),
    path("", include("marketplace.selling.urls")),
    path("sitemap.xml", sitemap_index, {"sitemaps": SITEMAPS, "sitemap_url_name": "sitemap_part"}, name="sitemap"),
    path("sitemap-<section>.xml", sitemap_part, {"sitemaps": SITEMAPS}, name="sitemap_part"),
    path("", include("projects.urls")),
    path("", include("jobs.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("labelhub.api")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", openapi.docs, name="api-docs"),
]

handler500 = "core.middleware.failed"
