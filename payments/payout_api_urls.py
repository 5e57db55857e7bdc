from django.urls import path

from payments import payout_api as api

BASE = "organizations/<slug:slug>/payouts/"

urlpatterns = [
    path(BASE, api.Overview.as_view(), name="payouts"),
    path(f"{BASE}forecast/", api.Forecast.as_view(), name="payouts-forecast"),
    path(f"{BASE}statement/", api.Statement.as_view(), name="payouts-statement"),
    path(f"{BASE}transfers/", api.Transfers.as_view(), name="payouts-transfers"),
    path(f"{BASE}transfers/<str:public_id>/", api.OneTransfer.as_view(), name="payouts-transfer"),
    path(f"{BASE}transfers/<str:public_id>/lines/", api.TransferLines.as_view(), name="payouts-transfer-lines"),
    path(f"{BASE}bank-payouts/", api.BankPayouts.as_view(), name="payouts-bank-payouts"),
    path(f"{BASE}onboarding/", api.Onboarding.as_view(), name="payouts-onboarding"),
    path(f"{BASE}refresh/", api.Refresh.as_view(), name="payouts-refresh"),
]
