from django.urls import path

from licensing import views

app_name = "licensing"

urlpatterns = [
    path("licenses/", views.licenses, name="licenses"),
    path("licenses/<str:code>/<int:version>/", views.license_detail, name="license"),
]
