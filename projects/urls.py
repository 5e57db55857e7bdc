from django.urls import path

from projects import views

app_name = "projects"

urlpatterns = [
    path("o/<slug:slug>/projects/", views.project_list, name="list"),
    path("o/<slug:slug>/projects/<str:public_id>/", views.project_detail, name="detail"),
    path("o/<slug:slug>/projects/<str:public_id>/delete/", views.project_delete, name="delete"),
    path("o/<slug:slug>/projects/<str:public_id>/purchases/", views.purchases_add, name="add"),
    path("o/<slug:slug>/projects/<str:public_id>/purchases/<str:grant>/remove/", views.purchase_remove, name="remove"),
    path("o/<slug:slug>/projects/<str:public_id>/downloads/", views.download_request, name="download"),
    path("o/<slug:slug>/projects/<str:public_id>/downloads/<str:download>/", views.download_progress, name="progress"),
    path("o/<slug:slug>/projects/<str:public_id>/downloads/<str:download>/file/", views.download_file, name="file"),
]
