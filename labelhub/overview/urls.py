from django.urls import path

from labelhub.overview import views

app_name = "workspace"

urlpatterns = [path("o/<slug:slug>/", views.overview, name="overview")]
