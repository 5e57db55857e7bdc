from django.urls import path

from labelhub.guide import views

app_name = "guide"

urlpatterns = [
    path("guide/", views.contents, name="contents"),
    path("guide/<slug:page>/", views.one_page, name="page"),
]
