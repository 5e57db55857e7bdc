from django.urls import path

from projects import api

BASE = "organizations/<slug:slug>/projects/"

urlpatterns = [
    path(BASE, api.Projects.as_view()),
    path(f"{BASE}<str:public_id>/", api.ProjectDetail.as_view()),
    path(f"{BASE}<str:public_id>/purchases/", api.ProjectPurchases.as_view()),
    path(f"{BASE}<str:public_id>/downloads/", api.ProjectDownloads.as_view()),
    path(f"{BASE}<str:public_id>/downloads/<str:download>/", api.DownloadDetail.as_view()),
    path(f"{BASE}<str:public_id>/downloads/<str:download>/file/", api.DownloadFile.as_view()),
]
