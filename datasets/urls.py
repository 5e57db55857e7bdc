from django.urls import path

from datasets.views import datasets, media, uploads

app_name = "datasets"

DATASETS = "o/<slug:slug>/datasets/"
DATASET = f"{DATASETS}<slug:dataset>/"
UPLOAD = "o/<slug:slug>/uploads/<str:public_id>/"
MEDIA = "o/<slug:slug>/media/"

urlpatterns = [
    path(DATASETS, datasets.dataset_list, name="list"),
    path(f"{DATASETS}new/", datasets.new_dataset, name="new"),
    path(f"{DATASET}edit/", datasets.edit_dataset, name="edit"),
    path(f"{DATASET}delete/", datasets.delete_dataset, name="delete"),
    path(f"{DATASET}upload/", uploads.new_upload, name="upload"),
    path(UPLOAD, uploads.upload_detail, name="upload-detail"),
    path(f"{UPLOAD}start/", uploads.start_upload, name="upload-start"),
    path(f"{UPLOAD}cancel/", uploads.cancel_upload, name="upload-cancel"),
    path(f"{UPLOAD}outcomes.csv", uploads.outcomes_csv, name="upload-outcomes-csv"),
    path(MEDIA, media.library, name="media"),
    path(f"{MEDIA}delete/", media.delete_assets, name="media-delete"),
    path(f"{MEDIA}<str:public_id>/", media.asset, name="asset"),
    path(f"{MEDIA}<str:public_id>/download/", media.download, name="asset-download"),
    path(f"{MEDIA}<str:public_id>/delete/", media.delete_asset, name="asset-delete"),
]
