from django.urls import path

from jobs import views

app_name = "jobs"

urlpatterns = [
    path("o/<slug:slug>/jobs/", views.job_list, name="list"),
    path("o/<slug:slug>/jobs/<str:public_id>/", views.job_detail, name="detail"),
    path("o/<slug:slug>/jobs/<str:public_id>/progress/", views.job_progress, name="progress"),
    path("o/<slug:slug>/jobs/<str:public_id>/cancel/", views.job_cancel, name="cancel"),
    path("o/<slug:slug>/jobs/<str:public_id>/retry/", views.job_retry, name="retry"),
]
