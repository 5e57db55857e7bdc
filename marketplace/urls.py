from django.urls import path

from marketplace import views

app_name = "marketplace"

urlpatterns = [
    path("", views.landing, name="landing"),
    path("robots.txt", views.robots, name="robots"),
    path("market/", views.search, name="search"),
    path("market/d/<str:public_id>/", views.dataset, name="dataset"),
    path("market/i/<str:public_id>/", views.item, name="item"),
    path("market/p/<slug:pseudonym>/", views.producer, name="producer"),
    path("market/preview/<str:public_id>/<int:position>.webp", views.preview, name="preview"),
]
