from django.urls import path

from datasets.views import classes, datasets, gallery, items, media, overview, uploads, versions

app_name = "datasets"

DATASETS = "o/<slug:slug>/datasets/"
DATASET = f"{DATASETS}<slug:dataset>/"
UPLOAD = "o/<slug:slug>/uploads/<str:public_id>/"
MEDIA = "o/<slug:slug>/media/"
CLASS = f"{DATASET}classes/<str:public_id>/"
ITEM = f"{DATASET}items/<str:asset>/"
VERSION = f"{DATASET}versions/<int:number>/"

urlpatterns = [
    path(DATASETS, datasets.dataset_list, name="list"),
    path(f"{DATASETS}new/", datasets.new_dataset, name="new"),
    path(DATASET, overview.detail, name="detail"),
    path(f"{DATASET}uploads/", overview.uploads, name="uploads"),
    path(f"{DATASET}gallery/", gallery.gallery, name="gallery"),
    path(f"{DATASET}gallery/change/", gallery.change_items, name="items-change"),
    path(ITEM, items.item, name="item"),
    path(f"{ITEM}history/", items.history, name="item-history"),
    path(f"{ITEM}undo/", items.undo, name="item-undo"),
    path(f"{DATASET}classes/", classes.classes, name="classes"),
    path(CLASS, classes.label_class, name="class"),
    path(f"{CLASS}move/", classes.move, name="class-move"),
    path(f"{CLASS}archive/", classes.archive, name="class-archive"),
    path(f"{CLASS}merge/", classes.merge, name="class-merge"),
    path(f"{CLASS}delete/", classes.delete, name="class-delete"),
    path(f"{DATASET}versions/", versions.versions, name="versions"),
    path(VERSION, versions.version, name="version"),
    path(f"{VERSION}manifest.jsonl", versions.manifest_file, name="version-manifest"),
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
