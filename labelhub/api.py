"""The API's routes. Each app adds one line: its `api_urls`, whose routes start with `organizations/<slug:slug>/`,
or with the app's own public part (`market/`, `verify/`)."""

from django.urls import include, path

app_name = "api"

urlpatterns = [
    path("", include("accounts.api_urls")),
    path("", include("projects.api_urls")),
    path("", include("marketplace.api_urls")),
    path("", include("payments.payout_api_urls")),
    path("", include("datasets.api_urls")),
    path("", include("payments.api_urls")),
    path("", include("jobs.api_urls")),
]
