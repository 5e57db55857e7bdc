from django.urls import path

from core import views

app_name = "core"

urlpatterns = [
    path("media/<str:token>", views.media, name="media"),
    path("outbox/", views.outbox, name="outbox"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("styleguide/<slug:page>/", views.styleguide, name="styleguide-page"),
]
