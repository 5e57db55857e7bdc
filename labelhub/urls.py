from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from labelhub import openapi
from labelhub.health import views as health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics_page, name="metrics"),
    path("", include("core.urls")),
    path("", include("accounts.urls")),
    path("", include("payments.urls")),
    path("", include("projects.urls")),
    path("", include("jobs.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("labelhub.api")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", openapi.docs, name="api-docs"),
]
