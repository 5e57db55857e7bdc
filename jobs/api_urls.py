from django.urls import path

from jobs import api

urlpatterns = [
    path("organizations/<slug:slug>/jobs/", api.Jobs.as_view()),
    path("organizations/<slug:slug>/jobs/<str:public_id>/", api.JobDetail.as_view()),
    path("organizations/<slug:slug>/jobs/<str:public_id>/cancel/", api.JobCancel.as_view()),
    path("organizations/<slug:slug>/jobs/<str:public_id>/retry/", api.JobRetry.as_view()),
]
