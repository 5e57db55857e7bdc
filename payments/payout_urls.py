from django.urls import path

from payments import payout_views as views

app_name = "payouts"
urlpatterns = [
    path("o/<slug:slug>/payouts/", views.payouts, name="payouts"),
    path("o/<slug:slug>/payouts/set-up/", views.set_up, name="set_up"),
    path("o/<slug:slug>/payouts/continue/", views.go_on, name="payouts_continue"),
]
