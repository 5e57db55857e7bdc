from django.urls import path

from payments import budget_views as views

app_name = "budgets"
urlpatterns = [
    path("o/<slug:slug>/budgets/", views.budgets, name="budgets"),
    path("o/<slug:slug>/budgets/new/", views.new, name="new"),
    path("o/<slug:slug>/budgets/<str:public_id>/", views.budget, name="budget"),
    path("o/<slug:slug>/budgets/<str:public_id>/close/", views.close, name="close"),
]
