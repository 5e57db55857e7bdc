from django.urls import path

from payments import budget_api

urlpatterns = [
    path("organizations/<slug:slug>/budgets/", budget_api.Budgets.as_view()),
    path("organizations/<slug:slug>/budgets/<str:public_id>/", budget_api.BudgetDetail.as_view()),
    path("organizations/<slug:slug>/budgets/<str:public_id>/fund/", budget_api.BudgetFund.as_view()),
    path("organizations/<slug:slug>/budgets/<str:public_id>/close/", budget_api.BudgetClose.as_view()),
]
