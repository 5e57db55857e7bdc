from django.urls import path

from payments import payout_views as views
from payments import statement_views

app_name = "payouts"
BASE = "o/<slug:slug>/payouts/"
urlpatterns = [
    path(BASE, views.payouts, name="payouts"),
    path(f"{BASE}set-up/", views.set_up, name="set_up"),
    path(f"{BASE}continue/", views.go_on, name="payouts_continue"),
    path(f"{BASE}statement/", statement_views.show_statement, name="statement"),
    path(f"{BASE}statement/export/", statement_views.export_statement, name="statement_export"),
    path(f"{BASE}history/", statement_views.show_history, name="history"),
    path(f"{BASE}history/bank/", statement_views.show_bank_payouts, name="bank_payouts"),
    path(f"{BASE}history/export/", statement_views.export_history, name="history_export"),
    path(f"{BASE}history/<str:public_id>/", statement_views.show_transfer, name="transfer"),
]
